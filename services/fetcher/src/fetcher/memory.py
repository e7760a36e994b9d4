"""The fetcher's tables in memory, for tests; they pass the suite that PostgreSQL passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fetcher.order_index import CLAIMED_FOR, KnownOrder, SetAside
from fetcher.tables import Checkpoint, Checkpoints, Overtaken, Sweep


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

    async def sweep(self, shop_id: str, epoch: int, status: str, sweep: Sweep) -> None:
        """See ``tables.CheckpointStore``."""
        known = self.shops.get(shop_id)
        if known is None or known.epoch != epoch:
            raise Overtaken(f"shop {shop_id}, epoch {epoch}")
        self.shops[shop_id] = replace(known, sweeps={**known.sweeps, status: sweep})


@dataclass
class CountedOrder:
    """One order of the index."""

    noted: KnownOrder
    claimed_until: datetime | None = None
    erased_at: datetime | None = None


class MemoryOrderIndex:
    """See ``order_index.OrderIndex``."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], CountedOrder] = {}
        self.aside: dict[tuple[str, str], SetAside] = {}

    async def note(self, shop_id: str, orders: Sequence[KnownOrder]) -> None:
        """See ``order_index.OrderIndex``."""
        for order in orders:
            counted = self.known.setdefault((shop_id, order.order_id), CountedOrder(order))
            counted.noted = replace(
                counted.noted,
                ended_at=order.ended_at or counted.noted.ended_at,
                has_buyer=order.has_buyer or counted.noted.has_buyer,
            )
            aside = self.aside.get((shop_id, order.order_id))
            if aside is not None and aside.is_ended_by(order):
                del self.aside[shop_id, order.order_id]

    async def set_aside(self, shop_id: str, order: SetAside) -> datetime:
        """See ``order_index.OrderIndex``."""
        known = self.aside.setdefault((shop_id, order.order_id), order)
        since = known.since if known.reason_code == order.reason_code else order.since
        told = replace(
            known,
            since=since,
            reason_code=order.reason_code,
            asked_at=max(known.asked_at, order.asked_at),
            updated_at=max(filter(None, (known.updated_at, order.updated_at)), default=None),
        )
        self.aside[shop_id, order.order_id] = told
        return since

    async def all_set_aside(self, shop_id: str) -> tuple[SetAside, ...]:
        """See ``order_index.OrderIndex``."""
        found = (aside for (owner, _), aside in self.aside.items() if owner == shop_id)
        return tuple(sorted(found, key=lambda aside: (aside.due_at, aside.order_id)))

    async def try_later(self, shop_id: str, due: Mapping[str, datetime]) -> None:
        """See ``order_index.OrderIndex``."""
        for order_id, due_at in due.items():
            aside = self.aside.get((shop_id, order_id))
            if aside is not None:
                tried = replace(aside, due_at=due_at, attempts=aside.attempts + 1)
                self.aside[shop_id, order_id] = tried

    async def count(self, shop_id: str, begin: datetime, end: datetime) -> int:
        """See ``order_index.OrderIndex``."""
        return sum(
            owner == shop_id and begin <= counted.noted.created_at < end
            for (owner, _), counted in self.known.items()
        )

    async def take_ended(
        self, ended_before: datetime, now: datetime, limit: int
    ) -> tuple[tuple[str, str], ...]:
        """See ``order_index.OrderIndex``."""
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
        """See ``order_index.OrderIndex``."""
        self.known[shop_id, order_id].erased_at = now

    async def ends(self, shop_id: str, order_id: str, at: datetime | None) -> None:
        """See ``order_index.OrderIndex``."""
        counted = self.known[shop_id, order_id]
        counted.noted = replace(counted.noted, ended_at=at)
