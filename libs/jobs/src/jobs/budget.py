"""A store's budget of points, shared by all workers of all services. The arithmetic, pure.

Shopify's bucket belongs to app and store together. What it holds is known from every answer, but
late: calls under way are not in it yet. So a lower bound is kept. It falls when points are
reserved, before the call; it grows at the restore rate; what an answer did not use is given back.
An answer's number is merged by the time its call was sent: it counts less everything reserved that
was not known to be answered at that moment, and never more than it can have grown since.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from jobs.job import Lane

POINTS_A_JOB: Final = 11.0
"""What a job takes of a store's budget (as ``effects.room`` reckons)."""
GONE_AFTER_S: Final = 60.0
"""What a process reserved that was not heard of for so long counts as used."""
ORDERS_A_MINUTE: Final = 5
"""Admin GraphQL 2026-10, orderCreate: the limit on trial and development stores."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer said of the bucket, points and points a second.

    ``age_s``: how long ago its call was sent. ``settled``: ``Place.settled`` as known by then.
    """

    available: float
    maximum: float
    restore: float
    age_s: float
    settled: float


@dataclass(frozen=True, slots=True)
class Settlement:
    """A place given back: what was reserved, what was used, what the last answer said.

    ``order_limit_met``: the store refused a further order this minute.
    """

    reserved: float
    used: float
    reading: Reading | None = None
    order_limit_met: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """A place asked for. ``horizon_s``: how deep in debt the store may be for it to be granted.

    ``creates_order``: it also needs one of the store's orders a minute, where those are limited.
    """

    points: float
    horizon_s: float
    creates_order: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """The answer to an ``Ask``: granted, to be used after ``wait_s``; or to be asked for then."""

    granted: bool
    wait_s: float
    settled: float


class Budget(Protocol):
    """What the store of budgets promises; PostgreSQL and memory keep it alike."""

    async def reserve(
        self, store: str, settlements: Sequence[Settlement], asks: Sequence[Ask]
    ) -> tuple[Place, ...]:
        """Settle what was answered, then answer each ask in turn.

        The places of a process that is not heard of for a minute count as used.
        """

    async def hold(self, store: str, kind: str, until: datetime) -> None:
        """Jobs of this kind in this store are not claimed before then."""


@dataclass(slots=True)
class Reserved:
    """What a process holds reserved, and when it was heard of last."""

    seen_at: float
    points: float = 0.0


@dataclass(slots=True)
class Bucket:
    """One store's budget in memory; the same arithmetic as ``effects.pace`` in PostgreSQL.

    ``reserved``: by the process that holds it.
    """

    at: float
    maximum: float = 1000.0
    restore: float = 50.0
    level: float = 0.0
    read_at: float = float("-inf")
    spent: float = 0.0
    settled: float = 0.0
    limited_at: float | None = None
    order_slots: list[float] = field(default_factory=list)
    reserved: dict[str, Reserved] = field(default_factory=dict)

    def refill(self, now: float, holder: str) -> None:
        """What came back since, and what processes hold that are gone; ``holder`` is not."""
        self.level = min(self.maximum, self.level + self.restore * (now - self.at))
        self.at = now
        gone = [name for name, held in self.reserved.items() if now - held.seen_at > GONE_AFTER_S]
        for name in gone:
            self.settled += self.reserved.pop(name).points
        self._held_by(holder, now).seen_at = now

    def settle(self, settlement: Settlement, now: float, holder: str) -> None:
        """Give back what was not used, and believe the reading as far as it can be true."""
        held = self._held_by(holder, now)
        back = min(settlement.reserved, held.points)  # 0: it had expired and counts as used
        if back > 0:
            held.points -= back
            self.spent -= back - settlement.used
            self.settled += settlement.used
            self.level = min(self.maximum, self.level + back - settlement.used)
        if settlement.order_limit_met:
            self.limited_at = now
            self.order_slots = [now] * ORDERS_A_MINUTE
        if settlement.reading is not None:
            self._read(settlement.reading, settlement.used, now)

    def _read(self, reading: Reading, used: float, now: float) -> None:
        if now - reading.age_s > self.read_at:
            self.read_at = now - reading.age_s
            self.maximum, self.restore = reading.maximum, max(reading.restore, 0.001)
        at_least = reading.available - (self.spent - used - reading.settled)
        at_most = min(reading.available + self.restore * reading.age_s, self.maximum)
        self.level = min(max(self.level, at_least), at_most)

    def ask(self, ask: Ask, now: float, holder: str) -> Place:
        """Reserve if the debt allows it."""
        debt = max(0.0, -self.level / self.restore)
        slot = self._slot_in(now) if ask.creates_order else 0.0
        if debt > ask.horizon_s or slot > 0:
            return Place(False, max(debt - ask.horizon_s, slot), self.settled)
        self.level -= ask.points
        self.spent += ask.points
        self._held_by(holder, now).points += ask.points
        wait = max(0.0, -self.level / self.restore)
        if ask.creates_order and self.limited_at is not None:
            self.order_slots = [now + wait, *self.order_slots[: ORDERS_A_MINUTE - 1]]
        return Place(True, wait, self.settled)

    def room(self, lane: Lane, running: int, now: float) -> int:
        """How many more jobs may be claimed: what it serves within a second, less those at work.

        Whoever is in a hurry (live) is only kept from a flood. As ``effects.room`` in PostgreSQL.
        """
        served = math.ceil((self.level + self.restore * (1 + now - self.at)) / POINTS_A_JOB)
        return max(1 if lane == "live" else 0, served - running)

    def _held_by(self, holder: str, now: float) -> Reserved:
        return self.reserved.setdefault(holder, Reserved(now))

    def _slot_in(self, now: float) -> float:
        if self.limited_at is None or now - self.limited_at > 3600:
            self.limited_at = None
            return 0.0
        return max(0.0, self.order_slots[ORDERS_A_MINUTE - 1] + 61 - now)
