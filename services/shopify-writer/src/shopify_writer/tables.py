"""The shopify-writer's tables: orders found that no shop has fetched yet, checkpoints, turns."""

from collections.abc import Collection, Sequence
from datetime import datetime
from importlib.resources import files
from typing import Final

import asyncpg

from runtime.migrations import MigrationSet
from shopify_writer.adoption.evidence import FoundOrder

MIGRATIONS: Final = MigrationSet("shopify_writer", files("shopify_writer") / "migrations")
"""For ``ordersync migrate``."""


class PostgresKeptOrders:
    """Keeps ``adoption.kept_orders.KeptOrders`` in PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def keep(self, store: str, found: Sequence[FoundOrder]) -> None:
        """See ``KeptOrders.keep``."""
        await self._pool.execute(
            "INSERT INTO shopify_writer.kept_order "
            "(store, order_id, shopify_order_id, name, processed_at) "
            "SELECT DISTINCT ON (f.order_id) $1, f.order_id, f.gid, f.name, f.processed_at "
            "FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[]) "
            "AS f(order_id, gid, name, processed_at) "
            "ON CONFLICT (store, order_id) DO NOTHING",
            store,
            [order.order_id for order in found],
            [order.shopify_order_id for order in found],
            [order.name for order in found],
            [order.processed_at for order in found],
        )

    async def find(self, store: str, order_ids: Collection[str]) -> tuple[FoundOrder, ...]:
        """See ``KeptOrders.find``."""
        rows = await self._pool.fetch(
            "SELECT order_id, shopify_order_id, name, processed_at "
            "FROM shopify_writer.kept_order WHERE store = $1 AND order_id = ANY($2)",
            store,
            list(order_ids),
        )
        return tuple(FoundOrder(*row) for row in rows)

    async def page(self, store: str, after: str, limit: int) -> tuple[FoundOrder, ...]:
        """See ``KeptOrders.page``."""
        rows = await self._pool.fetch(
            "SELECT order_id, shopify_order_id, name, processed_at "
            "FROM shopify_writer.kept_order WHERE store = $1 AND order_id > $2 "
            "ORDER BY order_id LIMIT $3",
            store,
            after,
            limit,
        )
        return tuple(FoundOrder(*row) for row in rows)

    async def drop(self, store: str, order_ids: Collection[str]) -> None:
        """See ``KeptOrders.drop``."""
        await self._pool.execute(
            "DELETE FROM shopify_writer.kept_order WHERE store = $1 AND order_id = ANY($2)",
            store,
            list(order_ids),
        )


class PostgresCheckpoints:
    """Keeps ``readback.checkpoints.Checkpoints`` in PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def keep(self, writer: str, position: int, at: datetime) -> None:
        """See ``Checkpoints.keep``."""
        await self._pool.execute(
            "INSERT INTO shopify_writer.read_back_mark (writer, position, seen_at) "
            "VALUES ($1, $2, $3) ON CONFLICT (writer) DO UPDATE "
            "SET position = excluded.position, seen_at = excluded.seen_at, taken_by = NULL",
            writer,
            position,
            at,
        )

    async def take_over(self, writer: str, seen_before: datetime) -> tuple[int, datetime] | None:
        """See ``Checkpoints.take_over``."""
        found = await self._pool.fetchrow(
            "WITH gone AS (UPDATE shopify_writer.read_back_mark AS mark SET taken_by = $1 "
            "  WHERE seen_at < $2 AND writer <> $1 AND (taken_by IS NULL OR taken_by = $1 "
            "    OR NOT EXISTS (SELECT FROM shopify_writer.read_back_mark AS taker "
            "      WHERE taker.writer = mark.taken_by AND taker.seen_at >= $2)) "
            "  RETURNING position, seen_at"
            ") SELECT min(position) AS position, max(seen_at) AS seen_at FROM gone "
            "HAVING count(*) > 0",
            writer,
            seen_before,
        )
        return (found["position"], found["seen_at"]) if found is not None else None

    async def end(self, writer: str) -> None:
        """See ``Checkpoints.end``."""
        await self._pool.execute(
            "DELETE FROM shopify_writer.read_back_mark WHERE taken_by = $1", writer
        )


class PostgresTurns:
    """Keeps ``reconciliation.turns.Turns`` in PostgreSQL."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def take(self, store: str, now: datetime, not_since: datetime) -> bool:
        """See ``Turns.take``."""
        taken = await self._pool.fetchval(
            "INSERT INTO shopify_writer.reconciled AS known (store, begun_at) VALUES ($1, $2) "
            "ON CONFLICT (store) DO UPDATE SET begun_at = excluded.begun_at "
            "WHERE known.begun_at <= $3 RETURNING true",
            store,
            now,
            not_since,
        )
        return taken is not None
