"""What each consuming group has looked after, durably: so that what Kafka lost for it is found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Protocol

from runtime.clock import Clock

COUNTED_UP_TO: Final = 1_000


@dataclass(frozen=True, slots=True)
class SetAside:
    """An event that its group could not act on; ``attempts`` counts from 1."""

    position: int
    attempts: int
    reason: str


class Marks(Protocol):
    """Of each group: up to where it was looked after, what it heard beyond, what it could not do.

    ``heard`` is kept of those events only whose streams do not show whether somebody acted.
    """

    async def turn(self, group: str, every_s: float) -> int | None:
        """Take the group's turn, which comes so often for all its processes together.

        Up to which position it was looked after; None: it is not time yet.
        """

    async def move(self, group: str, position: int) -> None:
        """It is looked after up to here; what was heard before that is forgotten."""

    async def heard(self, group: str, positions: Collection[int]) -> None:
        """The group has acted on these events; one statement."""

    async def unheard(self, group: str, positions: Collection[int]) -> frozenset[int]:
        """Those of the events that the group has not acted on."""

    async def set_aside(self, group: str, given: SetAside, wait_s: float) -> None:
        """It could not be acted on; it is due again in so long."""

    async def due(self, group: str, limit: int) -> Sequence[SetAside]:
        """What was set aside and is due, the longest due first."""

    async def done(self, group: str, positions: Collection[int]) -> None:
        """These are set aside no more."""

    async def waiting(self, group: str) -> int:
        """How many are set aside, counted up to ``COUNTED_UP_TO``."""


@dataclass
class _Group:
    position: int = 0
    next_at: datetime | None = None
    heard: set[int] = field(default_factory=set)
    aside: dict[int, tuple[SetAside, datetime]] = field(default_factory=dict)


class MemoryMarks:
    """See ``Marks``; for one process."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._groups: dict[str, _Group] = {}

    async def turn(self, group: str, every_s: float) -> int | None:
        """See ``Marks.turn``."""
        known, now = self._of(group), self._clock()
        if known.next_at is not None and known.next_at > now:
            return None
        known.next_at = now + timedelta(seconds=every_s)
        return known.position

    async def move(self, group: str, position: int) -> None:
        """See ``Marks.move``."""
        known = self._of(group)
        known.position = max(known.position, position)
        known.heard = {at for at in known.heard if at > known.position}

    async def heard(self, group: str, positions: Collection[int]) -> None:
        """See ``Marks.heard``."""
        known = self._of(group)
        known.heard |= {at for at in positions if at > known.position}

    async def unheard(self, group: str, positions: Collection[int]) -> frozenset[int]:
        """See ``Marks.unheard``."""
        return frozenset(positions) - self._of(group).heard

    async def set_aside(self, group: str, given: SetAside, wait_s: float) -> None:
        """See ``Marks.set_aside``."""
        due_at = self._clock() + timedelta(seconds=wait_s)
        self._of(group).aside[given.position] = (given, due_at)

    async def due(self, group: str, limit: int) -> Sequence[SetAside]:
        """See ``Marks.due``."""
        kept = sorted(self._of(group).aside.values(), key=lambda entry: entry[1])
        now = self._clock()
        return tuple(given for given, due_at in kept if due_at <= now)[:limit]

    async def done(self, group: str, positions: Collection[int]) -> None:
        """See ``Marks.done``."""
        for position in positions:
            self._of(group).aside.pop(position, None)

    async def waiting(self, group: str) -> int:
        """See ``Marks.waiting``."""
        return min(COUNTED_UP_TO, len(self._of(group).aside))

    def _of(self, group: str) -> _Group:
        return self._groups.setdefault(group, _Group())
