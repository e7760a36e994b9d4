"""The rows in PostgreSQL: one statement per question, a constant number per page of events."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from console.rows import (
    Changes,
    Cursor,
    OrderFilter,
    OrderRow,
    RowsRefused,
    ShopFetched,
    Sku,
    Tally,
    Unshown,
)
from console.tables.condition import condition
from console.tables.records import (
    ORDER_COLUMNS,
    fetched_record,
    order_record,
    order_row,
    sku_record,
    unshown_record,
)
from lifecycle.status import Status
from runtime.database_faults import ABOUT_A_ROW

_ALL_COLUMNS: Final = f"stream_id, {ORDER_COLUMNS}, shopify_number"
_EXCLUDED: Final = ", ".join(f"excluded.{name}" for name in _ALL_COLUMNS.split(", "))
_WRITE_ORDERS: Final = f"""
    WITH new AS (
        SELECT {_ALL_COLUMNS} FROM jsonb_populate_recordset(NULL::console.order_row, $1::jsonb)
    ), before AS (
        SELECT o.shop_id, o.status, o.reason_code
        FROM console.order_row o JOIN new USING (stream_id)
    ), written AS (
        INSERT INTO console.order_row ({_ALL_COLUMNS}) SELECT {_ALL_COLUMNS} FROM new
        ON CONFLICT (stream_id) DO UPDATE SET ({_ALL_COLUMNS}) = ({_EXCLUDED})
    ), moved AS (
        SELECT shop_id, status, reason_code, sum(n) AS n
        FROM (SELECT shop_id, status, reason_code, 1 AS n FROM new
              UNION ALL SELECT shop_id, status, reason_code, -1 FROM before) AS both_sides
        GROUP BY shop_id, status, reason_code HAVING sum(n) <> 0
    )
    INSERT INTO console.tally AS t (shop_id, status, reason_code, orders)
    SELECT shop_id, status, reason_code, n FROM moved
    ON CONFLICT (shop_id, status, reason_code) DO UPDATE SET orders = t.orders + excluded.orders
"""
_WRITE_SKUS: Final = """
    INSERT INTO console.sku AS k (shop_id, sku_id, seller_sku, product_name, sku_name)
    SELECT shop_id, sku_id, seller_sku, product_name, sku_name
    FROM jsonb_populate_recordset(NULL::console.sku, $1::jsonb)
    ON CONFLICT (shop_id, sku_id) DO UPDATE SET
        seller_sku = excluded.seller_sku,
        product_name = coalesce(nullif(excluded.product_name, ''), k.product_name),
        sku_name = coalesce(nullif(excluded.sku_name, ''), k.sku_name)
"""
_WRITE_LINKS: Final = """
    INSERT INTO console.sku (shop_id, sku_id, variant_id, store, linked_by)
    SELECT shop_id, sku_id, variant_id, store, linked_by
    FROM jsonb_populate_recordset(NULL::console.sku, $1::jsonb)
    ON CONFLICT (shop_id, sku_id) DO UPDATE SET
        (variant_id, store, linked_by) = (excluded.variant_id, excluded.store, excluded.linked_by)
"""
_WRITE_FETCHED: Final = """
    INSERT INTO console.shop_fetched AS known (shop_id, proven_from, complete_until, read_back_to)
    SELECT shop_id, proven_from, complete_until, read_back_to
    FROM jsonb_populate_recordset(NULL::console.shop_fetched, $1::jsonb)
    ON CONFLICT (shop_id) DO UPDATE SET
        proven_from = least(known.proven_from, excluded.proven_from),
        complete_until = coalesce(excluded.complete_until, known.complete_until),
        read_back_to = least(known.read_back_to, excluded.read_back_to)
"""
_MOVE: Final = """
    WITH shown AS (
        DELETE FROM console.unshown WHERE stream_id = ANY($3)
            AND EXISTS (SELECT FROM console.checkpoint WHERE position = $1)
    )
    UPDATE console.checkpoint SET position = $2 WHERE position = $1 RETURNING true
"""
_WRITE_UNSHOWN: Final = """
    INSERT INTO console.unshown (stream_id, error)
    SELECT stream_id, error FROM jsonb_populate_recordset(NULL::console.unshown, $1::jsonb)
    ON CONFLICT (stream_id) DO UPDATE SET error = excluded.error
"""
_SKUS: Final = """
    WITH waiting AS (
        SELECT o.shop_id, s.sku_id, count(*) AS orders, min(o.ship_by) AS ship_by
        FROM console.order_row o, unnest(o.open_sku_ids) AS s(sku_id)
        WHERE o.open_sku_ids <> '{}' AND ($1::text IS NULL OR o.shop_id = $1)
        GROUP BY o.shop_id, s.sku_id
    )
    SELECT k.shop_id, k.sku_id, k.seller_sku, k.product_name, k.sku_name,
           nullif(k.variant_id, ''), k.store, k.linked_by, coalesce(w.orders, 0), w.ship_by
    FROM console.sku k LEFT JOIN waiting w USING (shop_id, sku_id)
    WHERE $1::text IS NULL OR k.shop_id = $1
    ORDER BY k.variant_id <> '', coalesce(w.orders, 0) DESC, k.shop_id, k.sku_id
"""


class PostgresRows:
    """Keeps the promises of ``Rows``; made by ``connect``."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def position(self) -> int:
        """See ``Rows.position``."""
        position: int = await self._pool.fetchval("SELECT position FROM console.checkpoint")
        return position

    async def apply(self, changes: Changes, *, before: int, after: int) -> bool:
        """See ``Rows.apply``. The position is moved first: its row's lock makes others wait."""
        try:
            return await self._apply(changes, before, after)
        except ABOUT_A_ROW as error:
            raise RowsRefused(type(error).__name__) from error

    async def _apply(self, changes: Changes, before: int, after: int) -> bool:
        async with self._pool.acquire() as connection, connection.transaction():
            moved = await connection.fetchval(_MOVE, before, after, list(changes.streams))
            if not moved:
                return False
            for statement, records in (
                (_WRITE_ORDERS, [order_record(row) for row in changes.orders]),
                (_WRITE_SKUS, [sku_record(sku) for sku in changes.skus]),
                (_WRITE_LINKS, [sku_record(link) for link in changes.links]),
                (_WRITE_FETCHED, [fetched_record(shop) for shop in changes.fetched]),
                (_WRITE_UNSHOWN, [unshown_record(bad) for bad in changes.unshown]),
            ):
                if records:
                    await connection.execute(statement, json.dumps(records, default=str))
        return True

    async def unshown(self) -> tuple[Unshown, ...]:
        """See ``Rows.unshown``."""
        found = await self._pool.fetch(
            "SELECT stream_id, error FROM console.unshown ORDER BY since, stream_id"
        )
        return tuple(Unshown(*row) for row in found)

    async def clear(self) -> None:
        """See ``Rows.clear``."""
        async with self._pool.acquire() as connection, connection.transaction():
            await connection.execute("UPDATE console.checkpoint SET position = 0")
            await connection.execute(
                "TRUNCATE console.order_row, console.tally, console.sku, console.shop_fetched, "
                "console.unshown"
            )

    async def orders(
        self, wanted: OrderFilter, *, after: Cursor | None = None, limit: int = 50
    ) -> tuple[OrderRow, ...]:
        """See ``Rows.orders``."""
        where, values = condition(wanted, after)
        found = await self._pool.fetch(
            f"SELECT {ORDER_COLUMNS} FROM console.order_row WHERE {where} "
            f"ORDER BY placed_at DESC, stream_id DESC LIMIT {int(limit)}",
            *values,
        )
        return tuple(order_row(row) for row in found)

    async def count(self, wanted: OrderFilter, *, limit: int) -> int:
        """See ``Rows.count``; in the list's order, so that the list's index is counted."""
        where, values = condition(wanted, None)
        counted: int = await self._pool.fetchval(
            "SELECT count(*) FROM (SELECT FROM console.order_row "
            f"WHERE {where} ORDER BY placed_at DESC, stream_id DESC LIMIT {int(limit)}) AS found",
            *values,
        )
        return counted

    async def tally(self, shop_id: str | None = None) -> Sequence[Tally]:
        """See ``Rows.tally``."""
        found = await self._pool.fetch(
            "SELECT status, reason_code, sum(orders)::bigint AS orders FROM console.tally "
            "WHERE orders > 0 AND ($1::text IS NULL OR shop_id = $1) "
            "GROUP BY status, reason_code",
            shop_id,
        )
        return tuple(Tally(Status(row[0]), row[1] or None, row[2]) for row in found)

    async def skus(self, shop_id: str | None = None) -> tuple[Sku, ...]:
        """See ``Rows.skus``."""
        return tuple(Sku(*row) for row in await self._pool.fetch(_SKUS, shop_id))

    async def fetched(self) -> Mapping[str, ShopFetched]:
        """See ``Rows.fetched``."""
        rows = await self._pool.fetch("SELECT * FROM console.shop_fetched")
        return {row["shop_id"]: ShopFetched(**dict(row)) for row in rows}


@asynccontextmanager
async def connect(dsn: str, *, max_connections: int = 4) -> AsyncIterator[PostgresRows]:
    """The rows in the database at ``dsn``.

    Every question is planned with its values: which index serves the list depends on them.
    """
    async with asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=max_connections,
        command_timeout=30,
        server_settings={"application_name": "console", "plan_cache_mode": "force_custom_plan"},
    ) as pool:
        yield PostgresRows(pool)
