"""The fetcher's tables in memory, for tests; they pass the suite that PostgreSQL passes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fetcher.tables import CLAIMED_FOR as ERASING_FOR
from fetcher.tables import Checkpoint, Checkpoints, KnownOrder, Overtaken
from fetcher.webhooks.inbox import CLAIMED_FOR, Taken
from tiktok.webhooks import Notification


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
            self.known[key].claimed_until = now + ERASING_FOR
        return taken

    async def erased(self, shop_id: str, order_id: str, now: datetime) -> None:
        """See ``tables.OrderIndex``."""
        self.known[shop_id, order_id].erased_at = now

    async def ends(self, shop_id: str, order_id: str, at: datetime | None) -> None:
        """See ``tables.OrderIndex``."""
        counted = self.known[shop_id, order_id]
        counted.noted = replace(counted.noted, ended_at=at)


@dataclass
class KeptNotification:
    """One notification in the inbox."""

    notification: Notification
    received_at: datetime
    due_at: datetime
    attempts: int = 0
    done_at: datetime | None = None


class MemoryInbox:
    """See ``notifications.Inbox``."""

    def __init__(self) -> None:
        self.kept: dict[str, KeptNotification] = {}

    async def put(self, notification: Notification, now: datetime) -> bool:
        """See ``notifications.Inbox``."""
        is_new = notification.notification_id not in self.kept
        new = KeptNotification(notification, now, now)
        self.kept.setdefault(notification.notification_id, new)
        return is_new

    async def take(self, now: datetime, busy: Collection[str], limit: int) -> tuple[Taken, ...]:
        """See ``notifications.Inbox``."""
        due = [
            one
            for one in self.kept.values()
            if one.done_at is None and one.due_at <= now and one.notification.shop_id not in busy
        ]
        taken = sorted(due, key=lambda one: one.due_at)[:limit]
        for one in taken:
            one.due_at, one.attempts = now + CLAIMED_FOR, one.attempts + 1
        return tuple(_taken(one) for one in sorted(taken, key=lambda one: one.received_at))

    async def done(self, ids: Sequence[str], now: datetime) -> None:
        """See ``notifications.Inbox``."""
        for one in ids:
            self.kept[one].done_at = now

    async def later(self, ids: Sequence[str], due_at: datetime) -> None:
        """See ``notifications.Inbox``."""
        for one in ids:
            if self.kept[one].done_at is None:
                self.kept[one].due_at = due_at

    async def forget(self, before: datetime) -> int:
        """See ``notifications.Inbox``."""
        old = [
            one for one, kept in self.kept.items() if (kept.done_at or kept.received_at) < before
        ]
        for one in old:
            del self.kept[one]
        return len(old)

    async def waiting(self) -> int:
        """See ``notifications.Inbox``."""
        return sum(one.done_at is None for one in self.kept.values())


def _taken(kept: KeptNotification) -> Taken:
    said = kept.notification
    return Taken(
        said.notification_id,
        said.shop_id,
        said.kind,
        said.order_ids,
        said.expires_at,
        kept.attempts,
    )
