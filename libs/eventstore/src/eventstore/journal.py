"""A service's way to the event store: read the streams, decide, append; fold again when too late.

What woke us decides nothing: the decision is taken on the stream as it stands, so late, repeated
and replayed wake-ups all decide the same.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar
from uuid import UUID

from eventstore.store import ANY_VERSION, Append, Appended, EventStore, IdTaken, WrongVersion
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import decision_id
from runtime.clock import Clock
from runtime.passing import Passing
from runtime.turns import in_turns

State = TypeVar("State")
Fold = Callable[[Sequence[Recorded]], State]
"""What a stream says, made of its whole history (``lifecycle.order.fold`` and its like)."""
_MAX_ROUNDS: Final = 20


class Contention(Passing):
    """Other writers were faster every time; try again later."""

    safe = True


class DecisionIdTaken(Exception):
    """An event id of a decision is taken by another event: ids are made wrongly somewhere."""


class FactTaken(Exception):
    """The fact was recorded before with other content: two tellings of one thing."""

    safe = True


@dataclass(frozen=True, slots=True)
class Cause:
    """What woke a decision on ``stream``; ``id`` tells it from every other cause."""

    stream: str
    id: str
    correlation_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened outside: its ``id`` comes from the fact, so it is recorded once."""

    stream: str
    id: UUID
    event: Event
    correlation_id: str = ""


@dataclass(frozen=True, slots=True)
class Decided(Generic[State]):
    """How one decision ended.

    ``state``: what the stream said when the decision was taken. ``events``: what was appended
    then; none when there was nothing to say. ``is_repeated``: its cause had been decided before.
    """

    state: State
    events: tuple[Event, ...] = ()
    is_repeated: bool = False


Decide = Callable[[State], Sequence[Event]]
DecideMany = Callable[[Mapping[str, State]], Awaitable[Mapping[str, Sequence[Event]]]]
"""The states of all streams still open → the events for each; a stream left out gets none."""


@dataclass(frozen=True, slots=True)
class Journal:
    """The loop and the facts of one service, under its name (``source``) and its clock."""

    store: EventStore
    source: str
    clock: Clock

    async def decide(
        self, cause: Cause, fold: Fold[State], decide: Decide[State], *, once: bool = False
    ) -> Decided[State]:
        """Decide on the cause's stream and append what was decided; see ``decide_many``."""

        async def decide_one(states: Mapping[str, State]) -> Mapping[str, Sequence[Event]]:
            return {stream: decide(state) for stream, state in states.items()}

        return (await self.decide_many([cause], fold, decide_one, once=once))[cause.stream]

    async def decide_many(
        self,
        causes: Iterable[Cause],
        fold: Fold[State],
        decide: DecideMany[State],
        *,
        once: bool = False,
    ) -> dict[str, Decided[State]]:
        """Decide on each cause's stream and append what was decided; by stream.

        One read and one append per round; a round repeats only the streams where somebody was
        faster. ``once``: a cause that has an event in its stream is not decided on again. Raises
        Contention, and what ``decide`` raises.
        """
        open_causes = {cause.stream: cause for cause in causes}
        decided: dict[str, Decided[State]] = {}
        for _ in range(_MAX_ROUNDS):
            if not open_causes:
                return decided
            round_ = await self._round(open_causes, fold, decide, once=once)
            decided |= round_
            open_causes = {s: cause for s, cause in open_causes.items() if s not in round_}
        if open_causes:
            raise Contention(f"{len(open_causes)} streams changed {_MAX_ROUNDS} times: try again")
        return decided

    async def unless_moved(self, cause: Cause, version: int, *events: Event) -> bool:
        """Append to the cause's stream, unless it has moved on from ``version``; whether it did.

        For a decision that was taken on what was read before. One statement, no read.
        """
        return not await self._lost([self._decision(cause, version, events)])

    async def fact(
        self, stream: str, event_id: UUID, event: Event, *, correlation_id: str = ""
    ) -> bool:
        """Record what happened outside, whatever the stream's version is; whether it is news.

        Raises FactTaken when it was recorded before with other content.
        """
        (is_new,) = await self.facts([Fact(stream, event_id, event, correlation_id)])
        return is_new

    async def facts(self, facts: Iterable[Fact]) -> tuple[bool, ...]:
        """``fact`` for many, in one append; whether each is news. All are tried before a raise."""
        given = list(facts)
        outcomes = await self.store.append([self.as_fact(fact) for fact in given]) if given else ()
        taken = [
            f"{fact.event.type_name()} of {fact.stream}"
            for fact, outcome in zip(given, outcomes, strict=True)
            if isinstance(outcome, IdTaken)
        ]
        if taken:
            raise FactTaken(", ".join(taken))
        return tuple(isinstance(outcome, Appended) for outcome in outcomes)

    async def _round(
        self,
        causes: Mapping[str, Cause],
        fold: Fold[State],
        decide: DecideMany[State],
        *,
        once: bool,
    ) -> dict[str, Decided[State]]:
        """What was decided, but for the streams on which somebody was faster."""
        histories = await self.store.read_many(causes.keys())
        states = await _folded(histories, fold)
        repeated = {
            stream for stream, cause in causes.items() if once and _knows(histories[stream], cause)
        }
        asked = {stream: state for stream, state in states.items() if stream not in repeated}
        news = {s: tuple(events) for s, events in (await decide(asked)).items()} if asked else {}
        commands = [
            self._decision(causes[stream], _version(histories[stream]), events)
            for stream, events in news.items()
            if events
        ]
        lost = await self._lost(commands)
        return {
            stream: Decided(state, news.get(stream, ()), stream in repeated)
            for stream, state in states.items()
            if stream not in lost
        }

    async def _lost(self, commands: Sequence[Append]) -> set[str]:
        """Append; the streams on which somebody was faster."""
        lost: set[str] = set()
        outcomes = await self.store.append(commands) if commands else ()
        for command, outcome in zip(commands, outcomes, strict=True):
            if isinstance(outcome, WrongVersion):
                lost.add(command.stream)
            elif isinstance(outcome, IdTaken):
                raise DecisionIdTaken(f"stream {command.stream} at {command.expected_version}")
        return lost

    def _decision(self, cause: Cause, version: int, events: Sequence[Event]) -> Append:
        trace = Trace(self.source, cause.correlation_id or cause.id, cause.id, cause.traceparent)
        now = self.clock()
        new = (
            NewEvent(
                decision_id(cause.stream, version, cause.id, event.type_name(), n),
                event,
                now,
                trace,
            )
            for n, event in enumerate(events)
        )
        return Append(cause.stream, version, tuple(new))

    def as_fact(self, fact: Fact, version: int | None = ANY_VERSION) -> Append:
        """The command that records it: on this version of its stream, or whatever that is."""
        trace = Trace(self.source, fact.correlation_id or str(fact.id), str(fact.id))
        new = NewEvent(fact.id, fact.event, self.clock(), trace)
        return Append(fact.stream, version, (new,))


async def _folded(
    histories: Mapping[str, tuple[Recorded, ...]], fold: Fold[State]
) -> dict[str, State]:
    return {stream: fold(history) async for stream, history in in_turns(histories.items())}


def _version(history: Sequence[Recorded]) -> int:
    return history[-1].version if history else 0


def _knows(history: Sequence[Recorded], cause: Cause) -> bool:
    return any(recorded.trace.causation_id == cause.id for recorded in history)
