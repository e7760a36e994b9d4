"""Decided on the stream as it stands, whoever comes second folds again; facts are recorded once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from libs.eventstore.tests.suite_eventstore import (
    GID,
    ORDER,
    OTHER,
    created,
    decision,
    eligible,
    fact,
    id_of,
    ineligible,
    new,
)

from eventstore.journal import Cause, Contention, Decided, DecisionIdTaken, Fact, FactTaken, Journal
from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, Append, AppendResult
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event
from ordersync_contracts.ids import created_id, decision_id

NOW = datetime(2026, 1, 5, 13, tzinfo=UTC)
CAUSE = Cause(ORDER, "cause-1", "correlation-1", "00-trace-01")
ID = created_id("sunny-mugs.myshopify.com", GID)
History = tuple[Recorded, ...]


class Racing(MemoryEventStore):
    """Somebody appends to ``ORDER`` before each of our first ``races`` appends."""

    def __init__(self, races: int) -> None:
        super().__init__(lambda: NOW)
        self.races = races
        self.asked: list[list[str]] = []

    async def append(self, commands: Sequence[Append]) -> tuple[AppendResult, ...]:
        if self.races:
            self.races -= 1
            await super().append([fact(ORDER, f"faster {self.races}")])
        return await super().append(commands)

    async def read_many(self, streams: Any) -> dict[str, tuple[Recorded, ...]]:
        self.asked.append(sorted(streams))
        return await super().read_many(streams)


class Silent(MemoryEventStore):
    """Answers one command less than it was given."""

    async def append(self, commands: Sequence[Append]) -> tuple[AppendResult, ...]:
        return (await super().append(commands))[1:]


def counting(seen: list[Mapping[str, History]]) -> Callable[..., Any]:
    """Decides one event per stream that says how many events it was decided on."""

    async def decide(histories: Mapping[str, History]) -> Mapping[str, Sequence[Event]]:
        seen.append(histories)
        return {stream: [eligible(len(history))] for stream, history in histories.items()}

    return decide


async def if_empty(histories: Mapping[str, History]) -> Mapping[str, Sequence[Event]]:
    return {stream: [] if history else [eligible()] for stream, history in histories.items()}


def journal(store: MemoryEventStore, source: str = "mapper") -> Journal:
    return Journal(store, source, lambda: NOW)


async def run(store: MemoryEventStore, decide: Any, *causes: Cause) -> dict[str, tuple[Event, ...]]:
    decided = await journal(store).decide_many(causes, tuple, decide)
    return {stream: said.events for stream, said in decided.items() if said.events}


async def test_each_stream_is_decided_on_its_history(store: MemoryEventStore) -> None:
    await store.append([decision(ORDER, 0, "a", "b")])
    appended = await run(store, counting([]), CAUSE, Cause(OTHER, "cause-2"))
    assert appended == {ORDER: (eligible(2),), OTHER: (eligible(0),)}
    assert [each.event for each in await store.read(ORDER)][2:] == [eligible(2)]


async def test_a_decision_says_where_it_comes_from(store: MemoryEventStore) -> None:
    await run(store, counting([]), CAUSE)
    (recorded,) = await store.read(ORDER)
    assert recorded.id == decision_id(ORDER, 0, "cause-1", "OrderEligible", 0)
    assert recorded.occurred_at == NOW
    trace = recorded.trace
    assert (trace.source, trace.causation_id) == ("mapper", "cause-1")
    assert (trace.correlation_id, trace.traceparent) == ("correlation-1", "00-trace-01")


async def test_a_cause_without_correlation_begins_one(store: MemoryEventStore) -> None:
    await run(store, counting([]), Cause(ORDER, "cause-1"))
    (recorded,) = await store.read(ORDER)
    assert recorded.trace.correlation_id == "cause-1"


async def test_several_events_of_one_decision_have_ids_of_their_own(
    store: MemoryEventStore,
) -> None:
    said = await journal(store).decide(CAUSE, tuple, lambda _: [eligible(), eligible()])
    assert said == Decided((), (eligible(), eligible()))
    recorded = await store.read(ORDER)
    assert [each.version for each in recorded] == [1, 2]
    assert [each.id for each in recorded] == [
        decision_id(ORDER, 0, "cause-1", "OrderEligible", n) for n in (0, 1)
    ]


async def test_deciding_nothing_appends_nothing(store: MemoryEventStore) -> None:
    async def nothing(histories: Mapping[str, History]) -> Mapping[str, Sequence[Event]]:
        return {ORDER: []}

    assert await run(store, nothing, CAUSE, Cause(OTHER, "cause-2")) == {}
    assert await run(store, nothing) == {}
    assert await store.head() == 0


async def test_whoever_comes_second_folds_again() -> None:
    store = Racing(races=1)
    seen: list[Mapping[str, History]] = []
    appended = await run(store, counting(seen), CAUSE)
    assert [len(histories[ORDER]) for histories in seen] == [0, 1]
    assert appended == {ORDER: (eligible(1),)}
    recorded = await store.read(ORDER)
    assert recorded[1].id == decision_id(ORDER, 1, "cause-1", "OrderEligible", 0)


async def test_only_the_stream_that_lost_is_decided_again() -> None:
    store = Racing(races=2)
    appended = await run(store, counting([]), CAUSE, Cause(OTHER, "cause-2"))
    assert store.asked == [[ORDER, OTHER], [ORDER], [ORDER]]
    assert appended == {ORDER: (eligible(2),), OTHER: (eligible(0),)}
    assert len(await store.read(OTHER)) == 1


async def test_a_late_decision_may_decide_that_nothing_is_left_to_do() -> None:
    store = Racing(races=1)
    assert await run(store, if_empty, CAUSE) == {}
    assert len(await store.read(ORDER)) == 1


async def test_what_is_answered_is_the_state_that_was_decided_on() -> None:
    store = Racing(races=2)
    said = await journal(store).decide(CAUSE, len, lambda count: [eligible(count)])
    assert said == Decided(2, (eligible(2),))


async def test_losing_for_ever_ends_with_contention() -> None:
    store = Racing(races=1000)
    with pytest.raises(Contention, match="1 streams changed 20 times"):
        await run(store, counting([]), CAUSE)
    assert len(store.asked) == 20


async def test_winning_in_the_last_round_is_not_contention() -> None:
    store = Racing(races=19)
    assert await run(store, counting([]), CAUSE) == {ORDER: (eligible(19),)}


async def test_a_decisions_id_taken_by_another_event_is_an_error(store: MemoryEventStore) -> None:
    taken = decision_id(ORDER, 0, "cause-1", "OrderEligible", 0)
    stranger = replace(new("x", eligible(99)), id=taken)
    await store.append([Append(OTHER, ANY_VERSION, (stranger,))])
    with pytest.raises(DecisionIdTaken, match="stream order-7495-1 at 0"):
        await run(store, counting([]), CAUSE)


async def test_redelivery_changes_nothing(store: MemoryEventStore) -> None:
    await run(store, if_empty, CAUSE)
    await run(store, if_empty, CAUSE)
    assert len(await store.read(ORDER)) == 1


async def test_a_cause_that_counts_once_is_not_decided_on_again(store: MemoryEventStore) -> None:
    async def once(*causes: Cause) -> list[tuple[int, bool]]:
        decided = await journal(store).decide_many(causes, len, one_more, once=True)
        return [(said.state, said.is_repeated) for said in decided.values()]

    async def one_more(counts: Mapping[str, int]) -> Mapping[str, Sequence[Event]]:
        return {stream: [eligible(count)] for stream, count in counts.items()}

    assert await once(CAUSE) == [(0, False)]
    assert await once(CAUSE, Cause(OTHER, "cause-1")) == [(1, True), (0, False)]
    assert await once(Cause(ORDER, "cause-2")) == [(1, False)]
    assert len(await store.read(ORDER)) == 2


async def test_any_other_cause_is_decided_on_as_often_as_it_comes(store: MemoryEventStore) -> None:
    for _ in range(2):
        await journal(store).decide(CAUSE, len, lambda count: [eligible(count)])
    await run(store, counting([]), CAUSE)
    assert [each.event for each in await store.read(ORDER)] == [eligible(n) for n in range(3)]


async def test_a_decision_that_the_store_did_not_answer_is_not_taken_for_appended() -> None:
    with pytest.raises(ValueError, match="shorter"):
        await run(Silent(lambda: NOW), counting([]), CAUSE, Cause(OTHER, "cause-2"))


async def test_an_answer_lost_after_the_commit_is_decided_again_safely() -> None:
    class Forgetful(MemoryEventStore):
        lost = False

        async def append(self, commands: Sequence[Append]) -> tuple[AppendResult, ...]:
            outcomes = await super().append(commands)
            if not self.lost:
                self.lost = True
                raise ConnectionError("the answer is lost")
            return outcomes

    store = Forgetful(lambda: NOW)
    with pytest.raises(ConnectionError):
        await run(store, if_empty, CAUSE)
    assert await run(store, if_empty, CAUSE) == {}
    assert len(await store.read(ORDER)) == 1


async def test_what_was_decided_on_an_old_version_is_not_appended() -> None:
    store = Racing(races=0)
    assert await journal(store).unless_moved(CAUSE, 0, eligible())
    assert not await journal(store).unless_moved(CAUSE, 0, eligible())
    assert await journal(store).unless_moved(CAUSE, 1, eligible())
    assert [each.version for each in await store.read(ORDER)] == [1, 2]
    assert store.asked == []


async def test_events_are_appended_in_the_shape_they_were_decided(store: MemoryEventStore) -> None:
    event = ineligible()
    said = await journal(store).decide(CAUSE, len, lambda _: [event])
    assert said.events[0] is event
    (recorded,) = await store.read(ORDER)
    assert recorded.event == event


# facts


async def test_a_fact_told_twice_is_one_event(store: MemoryEventStore) -> None:
    writer = journal(store, "shopify-writer")
    told = [await writer.fact(ORDER, ID, created("created")) for _ in range(2)]
    assert told == [True, False]
    (recorded,) = await store.read(ORDER)
    assert (recorded.id, recorded.version, recorded.position) == (ID, 1, 1)
    assert recorded.occurred_at == NOW


async def test_a_fact_without_correlation_begins_one(store: MemoryEventStore) -> None:
    await journal(store, "console").fact(ORDER, ID, eligible())
    (recorded,) = await store.read(ORDER)
    trace = recorded.trace
    assert (trace.source, trace.correlation_id, trace.causation_id) == ("console", str(ID), str(ID))


async def test_two_tellings_of_one_thing_are_an_error(store: MemoryEventStore) -> None:
    await journal(store).fact(ORDER, id_of("x"), eligible(1))
    with pytest.raises(FactTaken, match=f"OrderEligible of {ORDER}"):
        await journal(store).fact(ORDER, id_of("x"), eligible(2))


async def test_an_order_found_after_it_was_created_is_no_news(store: MemoryEventStore) -> None:
    assert await journal(store).fact(ORDER, ID, created("created"))
    assert not await journal(store).fact(ORDER, ID, created("found"))
    (recorded,) = await store.read(ORDER)
    assert recorded.event == created("created")


async def test_of_many_facts_each_is_tried_before_one_that_is_taken_is_told(
    store: MemoryEventStore,
) -> None:
    await journal(store).fact(ORDER, id_of("x"), eligible(1))
    facts = [Fact(ORDER, id_of("x"), eligible(2)), Fact(OTHER, id_of("y"), eligible(3))]
    with pytest.raises(FactTaken, match=f"OrderEligible of {ORDER}"):
        await journal(store).facts(facts)
    assert [each.event for each in await store.read(OTHER)] == [eligible(3)]
    again = [*facts[1:], Fact(OTHER, id_of("z"), eligible(4))]
    assert await journal(store).facts(again) == (False, True)
    assert await journal(store).facts([]) == ()


async def test_a_fact_that_the_store_did_not_answer_is_not_taken_for_recorded() -> None:
    facts = [Fact(ORDER, id_of("x"), eligible()), Fact(OTHER, id_of("y"), eligible())]
    with pytest.raises(ValueError, match="shorter"):
        await journal(Silent(lambda: NOW)).facts(facts)
