"""The inbox of Shopify's webhooks: durable before they are answered, each carried out once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

import asyncpg

from inbox import Layout
from shopify.webhooks import COMPLIANCE, DATA_REQUEST, Webhook

CLAIMED_FOR: Final = timedelta(minutes=5)
"""Whoever took a webhook and said nothing for so long is taken to be dead."""
RESPOND_WITHIN: Final = timedelta(days=30)
"""For compliance topics (shopify.dev "Privacy law compliance")."""
_COLUMNS: Final = (
    "id, topic, store, triggered_at, order_ids, customer_id, reason, "
    "received_at, respond_by, attempts"
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A webhook somebody works on; ``attempts`` counts this one."""

    webhook: Webhook
    received_at: datetime
    respond_by: datetime | None = None
    attempts: int = 0


class Inbox(Protocol):
    """What became of each webhook; PostgreSQL and memory keep it alike."""

    async def put(self, webhook: Webhook, now: datetime) -> bool:
        """Keep it, durably; False when it was here before."""
        ...

    async def take(self, now: datetime, limit: int) -> tuple[Taken, ...]:
        """Up to ``limit`` that are due, the oldest first; nobody else gets them meanwhile.

        Requests for a person's data are not among them: a person answers them.
        """
        ...

    async def done(self, webhook_id: str, now: datetime, by: str) -> bool:
        """It is carried out; False when it was before, or is not here."""
        ...

    async def later(self, webhook_id: str, due_at: datetime) -> None:
        """Not now: take it again at ``due_at``."""
        ...

    async def requests(self) -> tuple[Taken, ...]:
        """Compliance requests that are not carried out, the first due first."""
        ...

    async def forget(self, before: datetime) -> int:
        """Drop what was carried out before then, except compliance requests; how many."""
        ...


def respond_by(webhook: Webhook, now: datetime) -> datetime | None:
    """Until when the webhook has to be carried out, None where Shopify asks for no date."""
    return now + RESPOND_WITHIN if webhook.topic in COMPLIANCE else None


LAYOUT: Final = Layout(
    table="shopify_writer.webhook",
    columns=(
        "id",
        "topic",
        "store",
        "triggered_at",
        "order_ids",
        "customer_id",
        "reason",
        "respond_by",
    ),
    key="store",
    write=lambda webhook, now: (
        webhook.id,
        webhook.topic,
        webhook.store,
        webhook.triggered_at,
        list(webhook.order_ids),
        webhook.customer_id,
        webhook.reason,
        respond_by(webhook, now),
    ),
    read=lambda row: Webhook(
        row["id"],
        row["topic"],
        row["store"],
        row["triggered_at"],
        tuple(row["order_ids"]),
        row["customer_id"],
        row["reason"],
    ),
    claimed_for=CLAIMED_FOR,
    never_taken=("topic", DATA_REQUEST),
    respond_by="respond_by",
    done_by="done_by",
)


class Webhooks:
    """The inbox in PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def put(self, webhook: Webhook, now: datetime) -> bool:
        """See ``Inbox.put``."""
        put = await self._pool.fetchval(
            "INSERT INTO shopify_writer.webhook (id, topic, store, triggered_at, order_ids, "
            "customer_id, reason, received_at, due_at, respond_by) "
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9) "
            "ON CONFLICT (id) DO NOTHING RETURNING true",
            webhook.id,
            webhook.topic,
            webhook.store,
            webhook.triggered_at,
            list(webhook.order_ids),
            webhook.customer_id,
            webhook.reason,
            now,
            respond_by(webhook, now),
        )
        return put is not None

    async def take(self, now: datetime, limit: int) -> tuple[Taken, ...]:
        """See ``Inbox.take``."""
        rows = await self._pool.fetch(
            "UPDATE shopify_writer.webhook SET due_at = $2, attempts = attempts + 1 WHERE id IN ("
            "SELECT id FROM shopify_writer.webhook WHERE done_at IS NULL AND due_at <= $1 "
            "AND topic <> $4 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) "
            f"RETURNING {_COLUMNS}",
            now,
            now + CLAIMED_FOR,
            limit,
            DATA_REQUEST,
        )
        return tuple(_taken(row) for row in sorted(rows, key=lambda row: row["received_at"]))

    async def done(self, webhook_id: str, now: datetime, by: str) -> bool:
        """See ``Inbox.done``."""
        found = await self._pool.fetchval(
            "UPDATE shopify_writer.webhook SET done_at = $2, done_by = $3 "
            "WHERE id = $1 AND done_at IS NULL RETURNING true",
            webhook_id,
            now,
            by,
        )
        return found is not None

    async def later(self, webhook_id: str, due_at: datetime) -> None:
        """See ``Inbox.later``."""
        await self._pool.execute(
            "UPDATE shopify_writer.webhook SET due_at = $2 WHERE id = $1 AND done_at IS NULL",
            webhook_id,
            due_at,
        )

    async def requests(self) -> tuple[Taken, ...]:
        """See ``Inbox.requests``."""
        rows = await self._pool.fetch(
            f"SELECT {_COLUMNS} FROM shopify_writer.webhook "
            "WHERE done_at IS NULL AND respond_by IS NOT NULL ORDER BY respond_by, id"
        )
        return tuple(_taken(row) for row in rows)

    async def forget(self, before: datetime) -> int:
        """See ``Inbox.forget``."""
        status = await self._pool.execute(
            "DELETE FROM shopify_writer.webhook WHERE done_at < $1 AND respond_by IS NULL", before
        )
        return int(status.rpartition(" ")[2])


def _taken(row: asyncpg.Record) -> Taken:
    webhook = Webhook(
        row["id"],
        row["topic"],
        row["store"],
        row["triggered_at"],
        tuple(row["order_ids"]),
        row["customer_id"],
        row["reason"],
    )
    return Taken(webhook, row["received_at"], row["respond_by"], row["attempts"])
