"""Budgets in memory, shared by processes that are none: the same promises as long as they live."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from jobs.budget import Ask, Bucket, Place, Settlement
from jobs.job import Lane
from runtime.clock import Monotonic

_UNKNOWN_ROOM: Final = 100


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

    def is_held(self, store: str, kind: str, now: datetime) -> bool:
        """Whether jobs of this kind are not claimed in this store now."""
        until = self._held.get((store, kind))
        return until is not None and until > now
