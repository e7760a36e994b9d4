"""Budgets in memory: the same promises as long as the process lives."""

from collections.abc import Sequence
from datetime import datetime

from jobs.budget import Ask, Bucket, Place, Settlement
from runtime.clock import Monotonic


class MemoryBudget:
    """Keeps what ``Budget`` promises, for one process."""

    def __init__(self, clock: Monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}
        self.held: dict[tuple[str, str], datetime] = {}

    async def reserve(
        self, store: str, settlements: Sequence[Settlement], asks: Sequence[Ask]
    ) -> tuple[Place, ...]:
        """See ``Budget.reserve``."""
        now = self._clock()
        bucket = self._buckets.setdefault(store, Bucket(now))
        bucket.refill(now)
        for settlement in settlements:
            bucket.settle(settlement, now)
        return tuple(bucket.ask(ask, now) for ask in asks)

    async def hold(self, store: str, kind: str, until: datetime) -> None:
        """See ``Budget.hold``."""
        self.held[store, kind] = until
