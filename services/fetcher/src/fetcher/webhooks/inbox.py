"""The inbox of TikTok's notifications: durable before they are answered, each taken once."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import asyncpg

from inbox import Layout
from tiktok.webhooks import Notification

CLAIMED_FOR: Final = timedelta(seconds=60)
"""Whoever took a notification and said nothing for so long is taken to be dead."""


LAYOUT: Final = Layout(
    table="fetcher.notification",
    columns=("id", "shop_id", "kind", "order_ids", "expires_at"),
    key="shop_id",
    write=lambda said, _: (
        said.notification_id,
        said.shop_id,
        said.kind,
        list(said.order_ids),
        said.expires_at,
    ),
    read=lambda row: Notification(
        row["kind"], row["id"], row["shop_id"], None, tuple(row["order_ids"]), (), row["expires_at"]
    ),
    claimed_for=CLAIMED_FOR,
    gives_up=True,
)
"""What is not kept of a notification is left out when it is read again."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A notification somebody works on; ``attempts`` counts this one."""

    id: str
    shop_id: str
    kind: int
    order_ids: tuple[str, ...]
    expires_at: datetime | None
    attempts: int


class Inbox(Protocol):
    """What became of each notification; PostgreSQL and memory keep it alike."""

    async def put(self, notification: Notification, now: datetime) -> bool:
        """Keep it, durably; False when it was here before."""
        ...

    async def take(self, now: datetime, busy: Collection[str], limit: int) -> tuple[Taken, ...]:
        """Up to ``limit`` that are due, the oldest first, none of a ``busy`` shop.

        Nobody else gets them for ``CLAIMED_FOR``.
        """
        ...

    async def done(self, ids: Sequence[str], now: datetime) -> None:
        """What they named is fetched."""
        ...

    async def later(self, ids: Sequence[str], due_at: datetime) -> None:
        """Not now: take them again at ``due_at``."""
        ...

    async def forget(self, before: datetime) -> int:
        """Drop what was done before then, and what could not be done since; how many."""
        ...

    async def waiting(self) -> int:
        """How many are not done."""
        ...


class PostgresInbox:
    """The inbox in PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def put(self, notification: Notification, now: datetime) -> bool:
        """See ``Inbox.put``."""
        put = await self._pool.fetchval(
            "INSERT INTO fetcher.notification "
            "(id, shop_id, kind, order_ids, expires_at, received_at, due_at) "
            "VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (id) DO NOTHING RETURNING true",
            notification.notification_id,
            notification.shop_id,
            notification.kind,
            list(notification.order_ids),
            notification.expires_at,
            now,
        )
        return put is not None

    async def take(self, now: datetime, busy: Collection[str], limit: int) -> tuple[Taken, ...]:
        """See ``Inbox.take``."""
        rows = await self._pool.fetch(
            "UPDATE fetcher.notification SET due_at = $2, attempts = attempts + 1 WHERE id IN ("
            "SELECT id FROM fetcher.notification WHERE done_at IS NULL AND due_at <= $1 "
            "AND NOT shop_id = ANY($3) ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED) "
            "RETURNING id, shop_id, kind, order_ids, expires_at, attempts, received_at",
            now,
            now + CLAIMED_FOR,
            list(busy),
            limit,
        )
        return tuple(
            Taken(
                row["id"],
                row["shop_id"],
                row["kind"],
                tuple(row["order_ids"]),
                row["expires_at"],
                row["attempts"],
            )
            for row in sorted(rows, key=lambda row: (row["received_at"], row["id"]))
        )

    async def done(self, ids: Sequence[str], now: datetime) -> None:
        """See ``Inbox.done``."""
        await self._pool.execute(
            "UPDATE fetcher.notification SET done_at = $2 WHERE id = ANY($1)", list(ids), now
        )

    async def later(self, ids: Sequence[str], due_at: datetime) -> None:
        """See ``Inbox.later``."""
        await self._pool.execute(
            "UPDATE fetcher.notification SET due_at = $2 WHERE id = ANY($1) AND done_at IS NULL",
            list(ids),
            due_at,
        )

    async def forget(self, before: datetime) -> int:
        """See ``Inbox.forget``."""
        status = await self._pool.execute(
            "DELETE FROM fetcher.notification WHERE done_at < $1 "
            "OR (done_at IS NULL AND received_at < $1)",
            before,
        )
        return int(status.rpartition(" ")[2])

    async def waiting(self) -> int:
        """See ``Inbox.waiting``."""
        found: int = await self._pool.fetchval(
            "SELECT count(*) FROM fetcher.notification WHERE done_at IS NULL"
        )
        return found
