"""The one loop: read the streams, decide, append; whoever comes second folds again.

What woke us decides nothing: the decision is taken on the stream as it stands, so late, repeated
and replayed wake-ups all decide the same.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from eventstore.journal import Cause, Contention, DecisionIdTaken
from eventstore.store import Append, EventStore, IdTaken, WrongVersion
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import decision_id

__all__ = [
    "Cause",
    "Contention",
    "Decide",
    "DecisionIdTaken",
    "Histories",
    "decide_all",
    "to_append",
]

Histories = Mapping[str, tuple[Recorded, ...]]
Decide = Callable[[Histories], Awaitable[Mapping[str, Sequence[Event]]]]
_MAX_ROUNDS: Final = 20


async def decide_all(
    store: EventStore,
    causes: Iterable[Cause],
    decide: Decide,
    *,
    source: str,
    clock: Callable[[], datetime],
) -> dict[str, tuple[Event, ...]]:
    """Decide on each cause's stream and append what was decided.

    ``decide`` gets the histories of all streams still open and gives the events for each. One
    read and one append per round; a round repeats only the streams where somebody was faster.
    Returns what was appended, by stream.
    """
    open_causes = {cause.stream: cause for cause in causes}
    appended: dict[str, tuple[Event, ...]] = {}
    rounds = 0
    while open_causes:
        if rounds == _MAX_ROUNDS:
            raise Contention(f"{len(open_causes)} streams changed {rounds} times while deciding")
        rounds += 1
        histories = await store.read_many(open_causes.keys())
        decided = {
            stream: tuple(events) for stream, events in (await decide(histories)).items() if events
        }
        commands = [
            to_append(open_causes[stream], histories[stream], events, source=source, now=clock())
            for stream, events in decided.items()
        ]
        lost = await _append(store, commands)
        appended |= {stream: events for stream, events in decided.items() if stream not in lost}
        open_causes = {stream: open_causes[stream] for stream in lost}
    return appended


def to_append(
    cause: Cause,
    history: Sequence[Recorded],
    events: Sequence[Event],
    *,
    source: str,
    now: datetime,
) -> Append:
    """The command that appends a decision taken on ``history``."""
    expected = history[-1].version if history else 0
    trace = Trace(source, cause.correlation_id or cause.id, cause.id, cause.traceparent)
    return Append(
        cause.stream,
        expected,
        tuple(
            NewEvent(
                decision_id(cause.stream, expected, cause.id, event.type_name(), n),
                event,
                now,
                trace,
            )
            for n, event in enumerate(events)
        ),
    )


async def _append(store: EventStore, commands: Sequence[Append]) -> set[str]:
    """The streams on which somebody was faster."""
    lost: set[str] = set()
    outcomes = await store.append(commands)
    for command, outcome in zip(commands, outcomes, strict=True):
        match outcome:
            case WrongVersion():
                lost.add(command.stream)
            case IdTaken():
                raise DecisionIdTaken(f"stream {command.stream} at {command.expected_version}")
            case _:
                pass
    return lost
