"""What happened outside is told on the version it was judged on; who comes second judges again."""

from collections.abc import Sequence

import pytest
from libs.eventstore.tests.suite_eventstore import ORDER, OTHER, clock, eligible, fact, id_of
from libs.eventstore.tests.test_eventstore_journal import Racing, Silent, journal

from eventstore.journal import Contention, Fact, FactTaken
from eventstore.memory import MemoryEventStore
from eventstore.telling import Judge, Seen, Told, tell
from ordersync_contracts.envelope import Recorded

FACT = Fact(ORDER, id_of("outside"), eligible(7), "talk")
History = Sequence[Recorded]
UNTOLD: Seen[History] = Seen(0, ())


def if_at_most(events: int, fact: Fact = FACT) -> Judge[History]:
    """Tells it of a stream that has not more events than that."""
    return lambda history: fact if len(history) <= events else None


async def test_what_counts_on_the_stream_is_told(store: MemoryEventStore) -> None:
    told = await tell(journal(store), {ORDER: if_at_most(0)}, tuple)
    assert told == {ORDER: Told((), FACT)}
    (recorded,) = await store.read(ORDER)
    assert (recorded.id, recorded.event) == (FACT.id, FACT.event)
    assert (recorded.trace.source, recorded.trace.correlation_id) == ("mapper", "talk")


async def test_what_does_not_count_is_not_told(store: MemoryEventStore) -> None:
    await store.append([fact(ORDER, "before")])
    told = await tell(journal(store), {ORDER: if_at_most(0)}, tuple)
    assert told[ORDER].fact is None
    assert len(told[ORDER].state) == len(await store.read(ORDER)) == 1


async def test_what_was_seen_is_not_read_again() -> None:
    store = Racing(races=0)
    told = await tell(journal(store), {ORDER: if_at_most(0)}, tuple, {ORDER: UNTOLD})
    assert told == {ORDER: Told((), FACT)}
    assert store.asked == []


@pytest.mark.parametrize(("still_counts", "events"), [(True, 2), (False, 1)])
async def test_a_stream_that_moved_on_is_judged_again(still_counts: bool, events: int) -> None:
    store = Racing(races=1)
    judge = if_at_most(1 if still_counts else 0)
    told = await tell(journal(store), {ORDER: judge}, tuple, {ORDER: UNTOLD})
    assert (told[ORDER].fact is not None) == still_counts
    assert store.asked == [[ORDER]]
    assert len(await store.read(ORDER)) == events


async def test_only_the_stream_that_lost_is_judged_again() -> None:
    store = Racing(races=1)
    other = Fact(OTHER, id_of("other"), eligible(1))
    await tell(journal(store), {ORDER: if_at_most(9), OTHER: if_at_most(9, other)}, tuple)
    assert store.asked == [[ORDER, OTHER], [ORDER]]
    assert [len(await store.read(stream)) for stream in (ORDER, OTHER)] == [2, 1]


async def test_what_was_told_before_is_no_news(store: MemoryEventStore) -> None:
    await tell(journal(store), {ORDER: if_at_most(9)}, tuple)
    told = await tell(journal(store), {ORDER: if_at_most(9)}, tuple)
    assert told[ORDER].fact is None
    assert len(await store.read(ORDER)) == 1


async def test_another_telling_of_it_is_an_error_after_all_were_tried(
    store: MemoryEventStore,
) -> None:
    await tell(journal(store), {ORDER: if_at_most(9)}, tuple)
    another, other = Fact(ORDER, FACT.id, eligible(8)), Fact(OTHER, id_of("other"), eligible(1))
    with pytest.raises(FactTaken, match=ORDER):
        await tell(
            journal(store), {ORDER: if_at_most(9, another), OTHER: if_at_most(9, other)}, tuple
        )
    assert len(await store.read(OTHER)) == 1


async def test_a_stream_that_never_stands_still_is_given_up() -> None:
    store = Racing(races=99)
    with pytest.raises(Contention, match="1 streams changed 20 times"):
        await tell(journal(store), {ORDER: if_at_most(99)}, tuple)
    assert len(store.asked) == 20


async def test_what_is_told_in_the_last_round_is_told() -> None:
    told = await tell(journal(Racing(races=19)), {ORDER: if_at_most(99)}, tuple)
    assert told[ORDER].fact == FACT


async def test_what_the_store_did_not_answer_is_not_taken_for_told() -> None:
    other = Fact(OTHER, id_of("other"), eligible(1))
    judges = {ORDER: if_at_most(9), OTHER: if_at_most(9, other)}
    with pytest.raises(ValueError, match="shorter"):
        await tell(journal(Silent(clock)), judges, tuple)
