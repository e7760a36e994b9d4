"""The fetcher's tables in memory, for tests; they pass the suite that PostgreSQL passes."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fetcher.notifications import CLAIMED_FOR, Taken
from fetcher.tables import Mark, Overtaken, Progress
from tiktok.webhooks import Notification


class MemoryPolls:
    """See ``tables.Progresses``; ``moves`` in their order."""

    def __init__(self) -> None:
        self.progress: dict[str, Progress] = {}
        self.moves: list[tuple[Mark, datetime]] = []

    async def take_over(self, shop_id: str) -> Progress:
        """See ``tables.Progresses``."""
        known = self.progress.get(shop_id, Progress(0))
        self.progress[shop_id] = replace(known, epoch=known.epoch + 1)
        return self.progress[shop_id]

    async def move(self, shop_id: str, epoch: int, mark: Mark, to: datetime) -> None:
        """See ``tables.Progresses``."""
        known = self.progress.get(shop_id)
        if known is None or known.epoch != epoch:
            raise Overtaken(f"shop {shop_id}, epoch {epoch}")
        moved: Mapping[str, Any] = {mark: to}
        self.progress[shop_id] = replace(known, **moved)
        self.moves.append((mark, to))


class MemoryCensus:
    """See ``tables.Census``."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], datetime] = {}

    async def note(self, shop_id: str, created_at: Mapping[str, datetime]) -> None:
        """See ``tables.Census``."""
        for order_id, at in created_at.items():
            self.known.setdefault((shop_id, order_id), at)

    async def count(self, shop_id: str, begin: datetime, end: datetime) -> int:
        """See ``tables.Census``."""
        return sum(owner == shop_id and begin <= at < end for (owner, _), at in self.known.items())


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
