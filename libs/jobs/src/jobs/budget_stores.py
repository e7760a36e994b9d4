"""Where budgets are kept: in PostgreSQL (tables of schema ``effects``), or in memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import asyncpg

from jobs.backlog import DEFAULT_RESTORE
from jobs.budget import Ask, Bucket, Place, Settlement
from jobs.job import Lane
from runtime.clock import Monotonic

_UNKNOWN_ROOM: Final = 100
_PACE: Final = (
    "SELECT granted, wait, settled"
    " FROM effects.pace($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
)
_HOLD: Final = """
    INSERT INTO effects.hold AS held (store, kind, until) VALUES ($1, $2, $3)
    ON CONFLICT (store, kind) DO UPDATE SET until = greatest(held.until, excluded.until)
"""


class PostgresBudget:
    """Keeps what ``Budget`` promises. ``holder`` names the process: another one, another name."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", holder: str) -> None:
        self._pool = pool
        self._holder = holder

    async def reserve(
        self, store: str, settlements: Sequence[Settlement], asks: Sequence[Ask]
    ) -> tuple[Place, ...]:
        """See ``Budget.reserve``; one statement."""
        readings = [settlement.reading for settlement in settlements]
        rows = await self._pool.fetch(
            _PACE,
            store,
            self._holder,
            [settlement.reserved for settlement in settlements],
            [settlement.used for settlement in settlements],
            [reading.available if reading else None for reading in readings],
            [reading.maximum if reading else None for reading in readings],
            [reading.restore if reading else None for reading in readings],
            [reading.age_s if reading else None for reading in readings],
            [reading.settled if reading else None for reading in readings],
            [settlement.order_limit_met for settlement in settlements],
            [ask.points for ask in asks],
            [ask.horizon_s for ask in asks],
            [ask.creates_order for ask in asks],
        )
        return tuple(Place(row["granted"], row["wait"], row["settled"]) for row in rows)

    async def hold(self, store: str, kind: str, until: datetime) -> None:
        """See ``Budget.hold``."""
        await self._pool.execute(_HOLD, store, kind, until)


class MemoryBudget:
    """Keeps what ``Budget`` promises. ``holder`` names the process, as in PostgreSQL."""

    def __init__(self, clock: Monotonic, holder: str = "") -> None:
        self._clock = clock
        self._holder = holder
        self._buckets: dict[str, Bucket] = {}
        self._held: dict[tuple[str, str], datetime] = {}

    def shared_with(self, holder: str) -> "MemoryBudget":
        """The same budgets, for another process."""
        other = MemoryBudget(self._clock, holder)
        other._buckets, other._held = self._buckets, self._held
        return other

    async def reserve(
        self, store: str, settlements: Sequence[Settlement], asks: Sequence[Ask]
    ) -> tuple[Place, ...]:
        """See ``Budget.reserve``."""
        now = self._clock()
        bucket = self._buckets.setdefault(store, Bucket(now))
        bucket.refill(now, self._holder)
        for settlement in settlements:
            bucket.settle(settlement, now, self._holder)
        return tuple(bucket.ask(ask, now, self._holder) for ask in asks)

    async def hold(self, store: str, kind: str, until: datetime) -> None:
        """See ``Budget.hold``."""
        self._held[store, kind] = max(until, self._held.get((store, kind), until))

    def room(self, store: str, lane: Lane, running: int) -> int:
        """How many more of the store's jobs may be claimed, given those at work."""
        bucket = self._buckets.get(store)
        return _UNKNOWN_ROOM if bucket is None else bucket.room(lane, running, self._clock())

    def restore(self, store: str) -> float:
        """Points a second, as last heard."""
        bucket = self._buckets.get(store)
        return DEFAULT_RESTORE if bucket is None else bucket.restore

    def is_held(self, store: str, kind: str, now: datetime) -> bool:
        """Whether jobs of this kind are not claimed in this store now."""
        until = self._held.get((store, kind))
        return until is not None and until > now
