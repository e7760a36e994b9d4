"""The fetcher's tables in memory, for tests; they pass the suite that PostgreSQL passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fetcher.tables import CLAIMED_FOR, Checkpoint, Checkpoints, KnownOrder, Overtaken


class MemoryCheckpoints:
    """See ``tables.CheckpointStore``; ``moves`` in their order."""

    def __init__(self) -> None:
        self.shops: dict[str, Checkpoints] = {}
        self.moves: list[tuple[Checkpoint, datetime]] = []

    async def take_over(self, shop_id: str) -> Checkpoints:
        """See ``tables.CheckpointStore``."""
        known = self.shops.get(shop_id, Checkpoints(0))
        self.shops[shop_id] = replace(known, epoch=known.epoch + 1)
        return self.shops[shop_id]

    async def move(self, shop_id: str, epoch: int, checkpoint: Checkpoint, to: datetime) -> None:
        """See ``tables.CheckpointStore``."""
        known = self.shops.get(shop_id)
        if known is None or known.epoch != epoch:
            raise Overtaken(f"shop {shop_id}, epoch {epoch}")
        moved: Mapping[str, Any] = {checkpoint: to}
        self.shops[shop_id] = replace(known, **moved)
        self.moves.append((checkpoint, to))


@dataclass
class CountedOrder:
    """One order of the index."""

    noted: KnownOrder
    claimed_until: datetime | None = None
    erased_at: datetime | None = None


class MemoryOrderIndex:
    """See ``tables.OrderIndex``."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], CountedOrder] = {}

    async def note(self, shop_id: str, orders: Sequence[KnownOrder]) -> None:
        """See ``tables.OrderIndex``."""
        for order in orders:
            counted = self.known.setdefault((shop_id, order.order_id), CountedOrder(order))
            counted.noted = replace(
                counted.noted,
                ended_at=order.ended_at or counted.noted.ended_at,
                has_buyer=order.has_buyer or counted.noted.has_buyer,
            )

    async def count(self, shop_id: str, begin: datetime, end: datetime) -> int:
        """See ``tables.OrderIndex``."""
        return sum(
            owner == shop_id and begin <= counted.noted.created_at < end
            for (owner, _), counted in self.known.items()
        )

    async def take_ended(
        self, ended_before: datetime, now: datetime, limit: int
    ) -> tuple[tuple[str, str], ...]:
        """See ``tables.OrderIndex``."""
        due = [
            (counted.noted.ended_at, key)
            for key, counted in self.known.items()
            if counted.noted.has_buyer
            and counted.erased_at is None
            and counted.noted.ended_at is not None
            and counted.noted.ended_at <= ended_before
            and (counted.claimed_until is None or counted.claimed_until <= now)
        ]
        taken = tuple(key for _, key in sorted(due)[:limit])
        for key in taken:
            self.known[key].claimed_until = now + CLAIMED_FOR
        return taken

    async def erased(self, shop_id: str, order_id: str, now: datetime) -> None:
        """See ``tables.OrderIndex``."""
        self.known[shop_id, order_id].erased_at = now

    async def ends(self, shop_id: str, order_id: str, at: datetime | None) -> None:
        """See ``tables.OrderIndex``."""
        counted = self.known[shop_id, order_id]
        counted.noted = replace(counted.noted, ended_at=at)
