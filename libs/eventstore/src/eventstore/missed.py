"""What Kafka lost for a group is found in the events, some minutes later, and handed to it again.

Kafka may lose a record before its group reads it (retention, a topic made anew, a broker that
forgets), and a record may die although its order is well. Every event is therefore looked at once
more, behind the head, in pages by position from a durable mark. A stream's event names mostly show
whether the group has acted; where they cannot, what it heard is marked. Whatever is still open goes
to ``on_records`` like a record would: a wake-up too many changes nothing. What fails even so is set
aside and tried again, for ever, with growing waits.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from datetime import timedelta
from itertools import takewhile
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

from eventstore.journal import Cause
from eventstore.marks import Marks, SetAside
from eventstore.store import EventStore
from eventstore.wakeups import Wakeup
from ordersync_contracts import codec, topics
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.streams import category
from runtime.apart import apart
from runtime.backoff import Backoff
from runtime.clock import Clock
from runtime.randomness import Chance
from runtime.service import Handle

log = structlog.get_logger()
PAGE: Final = 500
MOST_BEHIND: Final = 1000
"""A group with more records before it has not lost them: it has not come to them yet."""
WAITS: Final = Backoff(first=60.0, longest=3600.0)
Names = Mapping[str, Sequence[str]]
"""Of each stream the names of its events, by version from 1."""
StillOpen = Callable[[Sequence[Recorded], Names], Awaitable[Sequence[Recorded]]]
"""Of these events of orders, those on which the group may not have acted."""
Lag = Callable[[], Awaitable[Mapping[str, int]]]


class MissedMetrics:
    """How much was found, and how much waits."""

    def __init__(self, registry: CollectorRegistry) -> None:
        def counter(name: str, text: str) -> Counter:
            return Counter(name, text, ["group"], registry=registry)

        self.handed = counter("missed_events_handed", "Events handed to their group once more")
        self.found = counter("missed_events_found", "Of them, those that it had not acted on")
        self.set_aside = Gauge(
            "missed_events_set_aside",
            "Events that the group could not act on, to be tried again",
            ["group"],
            registry=registry,
        )


@dataclass(frozen=True, slots=True)
class Times:
    """``after``: so long ago an event was recorded at least. ``every_s``: how often a group is
    looked after, by whichever of its processes.
    """

    after: timedelta = timedelta(minutes=5)
    every_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Missed:
    """Looks after one group. ``handle`` is what its records go to, ``still_open`` its judgement.

    ``shows``: whether its streams show what it did.
    """

    group: str
    store: EventStore
    marks: Marks
    handle: Handle
    still_open: StillOpen
    _: KW_ONLY
    lag: Lag
    clock: Clock
    chance: Chance
    metrics: MissedMetrics
    times: Times
    shows: bool = True
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        consumed = (event for topic in topics.consumed_by(self.group) for event in topic.events)
        object.__setattr__(self, "names", frozenset(event.type_name() for event in consumed))

    async def on_records(self, wakeups: Sequence[Wakeup]) -> None:
        """Handle them; what no stream shows is marked as heard, in one statement."""
        await self.handle(wakeups)
        heard = [w.position for w in wakeups if w.position and not _is_of_an_order(w.stream)]
        if heard:
            await self.marks.heard(self.group, heard)

    async def round(self) -> int:
        """Look after everything since the last time; how many events the group had missed.

        Not while it is behind: then it has not come to them yet.
        """
        if (await self.lag()).get(self.group, 0) > MOST_BEHIND:
            return 0
        position = await self.marks.turn(self.group, self.times.every_s)
        if position is None:
            return 0
        found = await self._try_again()
        while page := await self._settled_after(position):
            found += await self._look_after([r for r in page if r.name in self.names])
            position = page[-1].position
            await self.marks.move(self.group, position)
            if len(page) < PAGE:
                break
        self.metrics.set_aside.labels(self.group).set(await self.marks.waiting(self.group))
        return found

    async def _settled_after(self, position: int) -> list[Recorded]:
        """Up to the first one that is too young, whatever stands behind it.

        The mark passes nothing by: recording times may go back where positions go on, because the
        database's clock was set back.
        """
        until = self.clock() - self.times.after
        page = await self.store.read_after(position, PAGE)
        return list(takewhile(lambda recorded: recorded.recorded_at <= until, page))

    async def _look_after(self, page: Sequence[Recorded]) -> int:
        of_orders = [recorded for recorded in page if _is_of_an_order(recorded.stream)]
        others = [recorded for recorded in page if not _is_of_an_order(recorded.stream)]
        names = await self._names(of_orders)
        still_open = [*(await self.still_open(of_orders, names))] if of_orders else []
        if others:
            unheard = await self.marks.unheard(self.group, [other.position for other in others])
            still_open += [other for other in others if other.position in unheard]
        return await self._hand(still_open, names) if still_open else 0

    async def _names(self, recorded: Sequence[Recorded]) -> Names:
        streams = {each.stream for each in recorded}
        return await self.store.names_of(streams) if streams else {}

    async def _hand(self, missed: Sequence[Recorded], before: Names) -> int:
        """Hand them over; how many of them changed something, as far as can be told."""
        self.metrics.handed.labels(self.group).inc(len(missed))
        await self._hand_over(missed, {})
        after = await self._names(missed) if self.shows else {}
        found = [each for each in missed if self._did_something(each, before, after)]
        if found:
            self.metrics.found.labels(self.group).inc(len(found))
            streams = sorted({each.stream for each in found})
            log.warning("events.missed", group=self.group, events=len(found), streams=streams[:5])
        return len(found)

    def _did_something(self, recorded: Recorded, before: Names, after: Names) -> bool:
        if not self.shows or recorded.stream not in before:
            return True
        return len(after[recorded.stream]) > len(before[recorded.stream])

    async def _try_again(self) -> int:
        """What was set aside and is due; how much of it could be acted on now.

        An event that is gone since (a restore) is set aside no more.
        """
        due = {given.position: given for given in await self.marks.due(self.group, PAGE)}
        found = {position: await self._at(position) for position in due}
        gone = [position for position, recorded in found.items() if recorded is None]
        if gone:
            log.warning("events.gone", group=self.group, positions=gone)
            await self.marks.done(self.group, gone)
        recorded = [each for each in found.values() if each is not None]
        return await self._hand_over(recorded, due)

    async def _at(self, position: int) -> Recorded | None:
        found = await self.store.read_after(position - 1, 1)
        return next((each for each in found if each.position == position), None)

    async def _hand_over(self, given: Sequence[Recorded], before: Mapping[int, SetAside]) -> int:
        """All at once, in halves where that fails; what fails alone is set aside. How many went.

        A fault of the infrastructure is raised.
        """
        failures = 0

        async def hand(part: Sequence[Recorded]) -> None:
            await self.handle([to_wakeup(recorded) for recorded in part])
            done = [recorded.position for recorded in part if recorded.position in before]
            if done:
                await self.marks.done(self.group, done)

        async def failed(recorded: Recorded, error: Exception) -> None:
            nonlocal failures
            failures += 1
            await self._set_aside(recorded, before.get(recorded.position), error)

        await apart(given, hand, failed)
        return len(given) - failures

    async def _set_aside(
        self, recorded: Recorded, before: SetAside | None, error: Exception
    ) -> None:
        attempts = before.attempts + 1 if before is not None else 1
        reason = _reason(error)
        wait_s = WAITS.delay(attempts, self.chance)
        await self.marks.set_aside(
            self.group, SetAside(recorded.position, attempts, reason), wait_s
        )
        log.error(
            "event.set_aside",
            group=self.group,
            stream=recorded.stream,
            name=recorded.name,
            position=recorded.position,
            attempts=attempts,
            reason=reason,
        )


def to_wakeup(recorded: Recorded) -> Wakeup:
    """The wake-up that the event's record would be; raises what ``codec.decode`` raises."""
    trace = recorded.trace
    cause = Cause(recorded.stream, str(recorded.id), trace.correlation_id, trace.traceparent)
    return Wakeup(cause, recorded.event, recorded.version, recorded.position)


def _is_of_an_order(stream: str) -> bool:
    return category(stream) == "order"


def _reason(error: Exception) -> str:
    """Names only, never a value."""
    known = (codec.UnknownEvent, codec.UnreadableEvent, codec.NewerVersion)
    return str(error) if isinstance(error, known) else type(error).__name__
