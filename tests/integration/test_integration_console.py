"""The console's rows in PostgreSQL keep what rows promise, and are fast at any size."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal

import pytest
from services.console.tests.suite_bulk_runs import BulkRunsSuite
from services.console.tests.suite_rows import NOW, SHOP, RowsSuite
from tests.integration.database_access import Pool, connected

from console import projection, tables
from console.migrate.actions import migrate_database, migration_sets
from console.rows import Cursor, OrderFilter, by_status
from console.tables import PostgresRows
from console.tables.bulk_runs import PostgresBulkRuns
from console.tables.condition import condition
from devstack.databases import Database
from eventstore.postgres import MIGRATIONS as EVENTS
from eventstore.postgres import connect
from eventstore.store import ANY_VERSION, Append
from lifecycle.status import Status
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import link_stream, order_stream
from runtime.migrations import migrate

MIGRATED = [EVENTS, tables.MIGRATIONS]


class TestBulkRuns(BulkRunsSuite):
    """``services/console/tests`` runs the suite in memory."""

    @pytest.fixture
    def runs(self, pool: Pool) -> PostgresBulkRuns:
        return PostgresBulkRuns(pool)


class TestRows(RowsSuite):
    """``services/console/tests`` runs the suite in memory."""

    @pytest.fixture
    async def rows(self, migrated: Database) -> AsyncIterator[PostgresRows]:
        async with tables.connect(migrated.app_dsn) as in_postgres:
            yield in_postgres
            await in_postgres.clear()


async def test_rows_are_rebuilt_from_the_events_alone(database: Database) -> None:
    await migrate(database.admin_dsn, MIGRATED)
    async with connect(database.app_dsn) as store, tables.connect(database.app_dsn) as rows:
        await store.append([_fetched(n) for n in range(30)])
        await store.append([_linked()])
        assert await projection.catch_up(store, rows) == 0
        before = await rows.orders(OrderFilter()), await rows.skus()
        assert len(before[0]) == 30
        assert before[1][0].waiting == 30
        await rows.clear()
        assert await projection.catch_up(store, rows) == 0
        assert (await rows.orders(OrderFilter()), await rows.skus()) == before


async def test_two_projections_at_once_do_not_count_twice(database: Database) -> None:
    await migrate(database.admin_dsn, MIGRATED)
    async with connect(database.app_dsn) as store, tables.connect(database.app_dsn) as rows:
        await store.append([_fetched(n) for n in range(40)])

        async def work() -> None:
            while await rows.position() < await store.head():
                await projection.step(store, rows, page=3)

        await asyncio.gather(*(work() for _ in range(4)))
        assert by_status(await rows.tally())[Status.NOT_SYNCED] == 40


def _fetched(n: int) -> Append:
    event = events.OrderFetched(
        shop_id=SHOP,
        order_id=str(5000 + n),
        status="AWAITING_SHIPMENT",
        created_at=NOW + timedelta(minutes=n),
        updated_at=NOW,
        asked_at=NOW,
        payment=events.Payment(currency="USD", total=Decimal("12.50")),
        lines=(events.OrderLine(line_id="1", sku_id="1729", currency="USD"),),
    )
    new = NewEvent(fact_id("order", str(n)), event, NOW, Trace("fetcher"))
    return Append(order_stream(SHOP, event.order_id), ANY_VERSION, (new,))


def _linked() -> Append:
    event = events.ProductLinked(
        shop_id=SHOP,
        sku_id="1729",
        variant_id="gid://shopify/ProductVariant/8",
        store="harbor.myshopify.com",
        linked_by="same_sku",
    )
    new = NewEvent(fact_id("link"), event, NOW, Trace("mapper"))
    return Append(link_stream(SHOP, "1729"), ANY_VERSION, (new,))


@pytest.mark.parametrize(
    "wanted",
    [
        OrderFilter(),
        OrderFilter(shop_id=SHOP),
        OrderFilter(status=Status.SYNC_FAILED),
        OrderFilter(status=Status.SYNC_FAILED, shop_id=SHOP),
        OrderFilter(status=Status.SYNC_FAILED, reason_code="unlinked_sku"),
        OrderFilter(gifts=True),
        OrderFilter(samples=True, status=Status.NOT_SYNCED),
        OrderFilter(text="5764000123"),
        OrderFilter(text="#1234"),
    ],
)
async def test_every_filter_is_served_by_an_index(wanted: OrderFilter, migrated: Database) -> None:
    async with connected(migrated.admin_dsn) as connection:  # closing undoes what it filled in
        await connection.execute(f"BEGIN; {_FILL}; ANALYZE console.order_row")
        where, values = condition(wanted, Cursor(NOW, "order-9"))
        plan = await connection.fetch(
            "EXPLAIN SELECT * FROM console.order_row "
            f"WHERE {where} ORDER BY placed_at DESC, stream_id DESC LIMIT 50",
            *values,
        )
    assert not [line[0] for line in plan if "Seq Scan" in line[0]]


_FILL = """
    INSERT INTO console.order_row
        (stream_id, shop_id, order_id, placed_at, items, total, currency, tiktok_status, status,
         reason_code, remark, may_sync, delivery, store, shopify_order_id, shopify_number,
         shopify_name, is_gift, is_sample, open_sku_ids)
    SELECT 'order-7495000001-' || n, '749500000' || n % 3 + 1, '5764' || lpad(n::text, 8, '0'),
           '2026-11-24T12:00Z'::timestamptz - n * interval '1 minute', 1, 10, 'USD',
           'AWAITING_SHIPMENT',
           (ARRAY['Synced', 'Sync failed', 'Not synced', 'Not eligible'])[n % 4 + 1],
           (ARRAY['', 'unlinked_sku', '', 'on_hold'])[n % 4 + 1], '', true, '', '', '',
           CASE n % 4 WHEN 0 THEN (7000000 + n)::text ELSE '' END,
           CASE n % 4 WHEN 0 THEN '#' || n ELSE '' END, n % 50 = 0, n % 60 = 0, '{}'
    FROM generate_series(1, 20000) AS n
"""


async def test_migrate_brings_every_owners_tables_up_to_date_and_is_safe_again(
    database: Database,
) -> None:
    owners = {migration.owner for migration in await migrate_database(database.admin_dsn)}
    assert {"eventstore", "vault", "effects", "console"} <= owners
    assert await migrate_database(database.admin_dsn) == ()
    assert await migrate(database.admin_dsn, migration_sets()) == ()


async def test_one_row_that_postgresql_refuses_stops_no_other(database: Database) -> None:
    await migrate(database.admin_dsn, MIGRATED)
    async with connect(database.app_dsn) as store, tables.connect(database.app_dsn) as rows:
        ended = _fetched(1)
        (new,) = ended.events
        assert isinstance(new.event, events.OrderFetched)
        huge = events.Payment(currency="USD", total=Decimal("1e140000"))
        bad = dataclasses.replace(new, event=new.event.model_copy(update={"payment": huge}))
        await store.append([_fetched(0), dataclasses.replace(ended, events=(bad,)), _fetched(2)])
        assert await projection.catch_up(store, rows) == 0
        assert len(await rows.orders(OrderFilter())) == 2
        (unshown,) = await rows.unshown()
        assert unshown.stream == ended.stream
        assert await projection.try_again(store, rows) == 1
