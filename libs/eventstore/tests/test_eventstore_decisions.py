"""The one loop: decide on the stream as it stands; whoever comes second folds again."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from libs.eventstore.tests.suite_eventstore import ORDER, OTHER, decision, eligible, fact, new

from eventstore import ANY_VERSION, Append, AppendResult, WrongVersion
from eventstore.decisions import (
    Cause,
    Contention,
    DecisionIdTaken,
    Histories,
    decide_all,
    to_append,
)
from eventstore.memory import MemoryEventStore
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event
from ordersync_contracts.ids import decision_id

NOW = datetime(2026, 1, 5, 13, tzinfo=UTC)
CAUSE = Cause(ORDER, "cause-1", "correlation-1", "00-trace-01")


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


def counting(seen: list[Histories]) -> Callable[..., Any]:
    """Decides one event per stream that says how many events it was decided on."""

    async def decide(histories: Histories) -> Mapping[str, Sequence[Event]]:
        seen.append(histories)
        return {stream: [eligible(len(history))] for stream, history in histories.items()}

    return decide


async def run(store: MemoryEventStore, decide: Any, *causes: Cause) -> dict[str, tuple[Event, ...]]:
    return await decide_all(store, causes, decide, source="mapper", clock=lambda: NOW)


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


def test_several_events_of_one_decision_have_ids_of_their_own() -> None:
    command = to_append(CAUSE, (), [eligible(), eligible()], source="mapper", now=NOW)
    assert command.expected_version == 0
    assert [each.id for each in command.events] == [
        decision_id(ORDER, 0, "cause-1", "OrderEligible", n) for n in (0, 1)
    ]


async def test_deciding_nothing_appends_nothing(store: MemoryEventStore) -> None:
    async def nothing(histories: Histories) -> Mapping[str, Sequence[Event]]:
        return {ORDER: []}

    assert await run(store, nothing, CAUSE, Cause(OTHER, "cause-2")) == {}
    assert await run(store, nothing) == {}
    assert await store.head() == 0


async def test_whoever_comes_second_folds_again() -> None:
    store = Racing(races=1)
    seen: list[Histories] = []
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
    async def once(histories: Histories) -> Mapping[str, Sequence[Event]]:
        return {ORDER: [] if histories[ORDER] else [eligible()]}

    store = Racing(races=1)
    assert await run(store, once, CAUSE) == {}
    assert len(await store.read(ORDER)) == 1


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
    stranger = new("x", eligible(99))
    await store.append(
        [Append(OTHER, ANY_VERSION, (type(stranger)(taken, stranger.event, NOW, stranger.trace),))]
    )
    with pytest.raises(DecisionIdTaken, match="stream order-7495-1 at 0"):
        await run(store, counting([]), CAUSE)


async def test_redelivery_changes_nothing(store: MemoryEventStore) -> None:
    async def once(histories: Histories) -> Mapping[str, Sequence[Event]]:
        return {ORDER: [] if histories[ORDER] else [eligible()]}

    await run(store, once, CAUSE)
    await run(store, once, CAUSE)
    assert len(await store.read(ORDER)) == 1


async def test_an_answer_lost_after_the_commit_is_decided_again_safely() -> None:
    class Forgetful(MemoryEventStore):
        lost = False

        async def append(self, commands: Sequence[Append]) -> tuple[AppendResult, ...]:
            outcomes = await super().append(commands)
            if not self.lost:
                self.lost = True
                raise ConnectionError("the answer is lost")
            return outcomes

    async def once(histories: Histories) -> Mapping[str, Sequence[Event]]:
        return {ORDER: [] if histories[ORDER] else [eligible()]}

    store = Forgetful(lambda: NOW)
    with pytest.raises(ConnectionError):
        await run(store, once, CAUSE)
    assert await run(store, once, CAUSE) == {}
    assert len(await store.read(ORDER)) == 1


async def test_a_command_of_an_old_decision_is_refused(store: MemoryEventStore) -> None:
    command = to_append(CAUSE, (), [eligible()], source="mapper", now=NOW)
    await store.append([command])
    assert await store.append([command]) == (WrongVersion(1),)


def test_events_are_appended_in_the_shape_they_were_decided() -> None:
    event = events.OrderIneligible(
        shop_id="7495", order_id="1", snapshot_version=1, reason_code="unpaid"
    )
    command = to_append(CAUSE, (), [event], source="mapper", now=NOW)
    assert command.events[0].event is event
