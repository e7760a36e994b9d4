"""The shopify-writer's table: orders found in a store that no shop has fetched yet."""

from collections.abc import Collection, Sequence
from importlib.resources import files
from typing import Final

import asyncpg

from runtime.migrations import MigrationSet
from shopify_writer.adoption.evidence import FoundOrder

MIGRATIONS: Final = MigrationSet("shopify_writer", files("shopify_writer") / "migrations")
"""For ``ordersync migrate``."""


class KeptOrders:
    """Keeps ``adoption.kept.Kept`` in PostgreSQL; every call is one statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def keep(self, store: str, found: Sequence[FoundOrder]) -> None:
        """See ``Kept.keep``."""
        await self._pool.execute(
            "INSERT INTO shopify_writer.kept_order "
            "(store, order_id, shopify_order_id, name, processed_at) "
            "SELECT DISTINCT ON (f.order_id) $1, f.order_id, f.gid, f.name, f.processed_at "
            "FROM unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[]) "
            "AS f(order_id, gid, name, processed_at) "
            "ON CONFLICT (store, order_id) DO NOTHING",
            store,
            [one.order_id for one in found],
            [one.shopify_order_id for one in found],
            [one.name for one in found],
            [one.processed_at for one in found],
        )

    async def find(self, store: str, order_ids: Collection[str]) -> tuple[FoundOrder, ...]:
        """See ``Kept.find``."""
        rows = await self._pool.fetch(
            "SELECT order_id, shopify_order_id, name, processed_at "
            "FROM shopify_writer.kept_order WHERE store = $1 AND order_id = ANY($2)",
            store,
            list(order_ids),
        )
        return tuple(FoundOrder(*row) for row in rows)

    async def page(self, store: str, after: str, limit: int) -> tuple[FoundOrder, ...]:
        """See ``Kept.page``."""
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
        """See ``Kept.drop``."""
        await self._pool.execute(
            "DELETE FROM shopify_writer.kept_order WHERE store = $1 AND order_id = ANY($2)",
            store,
            list(order_ids),
        )
