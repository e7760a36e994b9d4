"""The console's rows: the same promises in memory and in PostgreSQL; fast at any size."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest

from console import projection, tables
from console.memory import MemoryRows
from console.migrate.actions import migrate_database, migration_sets
from console.rows import Changes, Cursor, OrderFilter, OrderRow, Rows, ShopFetched, Sku, by_status
from console.tables.condition import condition
from devstack.backends import Servers
from devstack.databases import Database, create_database, drop_database
from eventstore import ANY_VERSION, Append
from eventstore.postgres import MIGRATIONS as EVENTS
from eventstore.postgres import connect
from lifecycle.status import Delivery, Status
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import link_stream, order_stream
from runtime.migrations import migrate, pending

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SHOP, OTHER_SHOP = "7495000001", "7495000002"


def row(order_id: str, **fields: Any) -> OrderRow:
    defaults: dict[str, Any] = {
        "shop_id": SHOP,
        "order_id": order_id,
        "placed_at": NOW + timedelta(minutes=int(order_id)),
        "items": 2,
        "total": Decimal("25.50"),
        "currency": "USD",
        "tiktok_status": "AWAITING_SHIPMENT",
        "status": Status.NOT_SYNCED,
        "may_sync": True,
    }
    return OrderRow(**{**defaults, **fields})


def synced(order_id: str, number: int) -> OrderRow:
    return row(
        order_id,
        status=Status.SYNCED,
        may_sync=False,
        delivery=Delivery.IN_TRANSIT,
        store="harbor.myshopify.com",
        shopify_order_id=f"gid://shopify/Order/{number}",
        shopify_name=f"#{number % 10000}",
    )


@pytest.fixture(scope="module")
def migrated(stack: Servers) -> Iterator[Database]:
    """One database for the file, emptied after each test: making one takes half a second."""
    database = asyncio.run(create_database(stack.postgres, f"console_{secrets.token_hex(4)}"))
    asyncio.run(migrate(database.admin_dsn, [EVENTS, tables.MIGRATIONS]))
    yield database
    asyncio.run(drop_database(stack.postgres, database.name))


@pytest.fixture(params=["memory", "postgres"])
async def rows(request: pytest.FixtureRequest, migrated: Database) -> AsyncIterator[Rows]:
    if request.param == "memory":
        yield MemoryRows()
        return
    async with tables.connect(migrated.app_dsn) as in_postgres:
        yield in_postgres
        await in_postgres.clear()


async def _put(rows: Rows, *orders: OrderRow) -> None:
    before = await rows.position()
    assert await rows.apply(Changes(orders=orders), before=before, after=before + 1)


async def _ids(rows: Rows, wanted: OrderFilter) -> list[str]:
    found = await rows.orders(wanted)
    assert await rows.count(wanted, limit=1000) == len(found)
    return [one.order_id for one in found]


async def test_rows_come_back_as_they_were_given(rows: Rows) -> None:
    given = replace(
        synced("101", 620001),
        next_attempt_at=NOW,
        remark="Cancelled in TikTok",
        is_gift=True,
        open_sku_ids=("1", "2"),
    )
    await _put(rows, given, row("102"))
    assert await rows.orders(OrderFilter()) == (row("102"), given)


async def test_a_row_given_again_replaces_the_first(rows: Rows) -> None:
    await _put(rows, row("101"))
    await _put(rows, synced("101", 620001))
    assert await rows.orders(OrderFilter()) == (synced("101", 620001),)


async def test_rows_move_only_from_the_position_they_are_at(rows: Rows) -> None:
    await _put(rows, row("101"))
    late = Changes(orders=(row("102"),))
    assert not await rows.apply(late, before=0, after=9)
    assert await rows.position() == 1
    assert await _ids(rows, OrderFilter()) == ["101"]


async def test_all_leaves_out_what_is_not_eligible(rows: Rows) -> None:
    on_hold = row("102", status=Status.NOT_ELIGIBLE, reason_code="on_hold", may_sync=False)
    await _put(rows, row("101"), on_hold)
    assert await _ids(rows, OrderFilter()) == ["101"]
    assert await _ids(rows, OrderFilter(status=Status.NOT_ELIGIBLE)) == ["102"]


async def test_every_filter_takes_what_it_says(rows: Rows) -> None:
    failed = row("105", status=Status.SYNC_FAILED, reason_code="unlinked_sku")
    await _put(
        rows,
        row("101"),
        replace(row("102"), shop_id=OTHER_SHOP),
        replace(row("103"), is_gift=True),
        replace(row("104"), is_sample=True),
        failed,
    )
    assert await _ids(rows, OrderFilter(shop_id=OTHER_SHOP)) == ["102"]
    assert await _ids(rows, OrderFilter(gifts=True)) == ["103"]
    assert await _ids(rows, OrderFilter(samples=True)) == ["104"]
    assert await _ids(rows, OrderFilter(reason_code="unlinked_sku")) == ["105"]
    assert await _ids(rows, OrderFilter(status=Status.SYNC_FAILED, shop_id=SHOP)) == ["105"]
    assert await _ids(rows, OrderFilter(status=Status.SYNC_FAILED, gifts=True)) == []


@pytest.mark.parametrize("text", ["57640001", "576400011", "620001", "6200", "#1"])
async def test_search_begins_either_id(text: str, rows: Rows) -> None:
    wanted = replace(synced("1", 620001), order_id="576400011")
    await _put(rows, wanted, replace(synced("2", 990002), order_id="888800022"))
    assert await _ids(rows, OrderFilter(text=text)) == ["576400011"]


async def test_search_takes_its_text_literally(rows: Rows) -> None:
    await _put(rows, row("101"))
    for text in ("%", "_01", "'", "1\\", "💥"):
        assert await _ids(rows, OrderFilter(text=text)) == []


async def test_pages_show_every_order_once_whatever_is_placed_at_the_same_time(
    rows: Rows,
) -> None:
    given = [replace(row(str(100 + n)), placed_at=NOW) for n in range(7)]
    await _put(rows, *given)
    seen: list[str] = []
    after: Cursor | None = None
    while page := await rows.orders(OrderFilter(), after=after, limit=3):
        seen += [one.order_id for one in page]
        after = Cursor.parse(str(page[-1].cursor))
    assert seen == [str(106 - n) for n in range(7)]


async def test_a_count_stops_at_its_limit(rows: Rows) -> None:
    await _put(rows, *(row(str(100 + n)) for n in range(5)))
    assert await rows.count(OrderFilter(), limit=3) == 3


async def test_the_tally_follows_every_change_of_status(rows: Rows) -> None:
    await _put(rows, row("101"), row("102"), replace(row("103"), shop_id=OTHER_SHOP))
    await _put(rows, synced("101", 620001), row("102"))
    counted = by_status(await rows.tally())
    assert (counted[Status.NOT_SYNCED], counted[Status.SYNCED]) == (2, 1)
    assert by_status(await rows.tally(SHOP))[Status.NOT_SYNCED] == 1
    blocked = row("102", status=Status.SYNC_FAILED, reason_code="unlinked_sku")
    await _put(rows, blocked)
    assert {(one.status, one.reason_code): one.orders for one in await rows.tally(SHOP)} == {
        (Status.SYNCED, None): 1,
        (Status.SYNC_FAILED, "unlinked_sku"): 1,
    }


async def test_skus_say_how_many_orders_wait_and_which_variant_they_are(rows: Rows) -> None:
    named = Sku(SHOP, "1729", seller_sku="CANDLE", product_name="Candle", sku_name="L")
    other = Sku(SHOP, "1730", product_name="Soap")
    linked = Sku(SHOP, "1730", variant_id="gid://shopify/ProductVariant/8", linked_by="ana")
    await rows.apply(
        Changes(
            orders=(
                replace(row("101"), open_sku_ids=("1729", "1730")),
                replace(row("102"), open_sku_ids=("1729",)),
            ),
            skus=(named, other),
            links=(linked,),
        ),
        before=0,
        after=1,
    )
    assert await rows.skus(SHOP) == (
        replace(named, waiting=2),
        replace(other, variant_id=linked.variant_id, linked_by="ana", waiting=1),
    )
    assert await rows.skus(OTHER_SHOP) == ()
    gone = Sku(SHOP, "1730")
    await rows.apply(Changes(links=(gone,)), before=1, after=2)
    assert {sku.sku_id: sku.variant_id for sku in await rows.skus()} == {"1729": None, "1730": None}


async def test_how_far_a_shop_is_fetched_only_ever_reaches_further(rows: Rows) -> None:
    async def say(*said: ShopFetched) -> None:
        before = await rows.position()
        assert await rows.apply(Changes(fetched=said), before=before, after=before + 1)

    day = timedelta(days=1)
    assert await rows.fetched() == {}
    await say(ShopFetched(SHOP, read_back_to=NOW - day))
    await say(ShopFetched(SHOP, NOW - day, NOW), ShopFetched(OTHER_SHOP, NOW, NOW + day))
    await say(ShopFetched(SHOP, NOW, NOW + day))
    await say(ShopFetched(SHOP, read_back_to=NOW - 3 * day))
    await say(ShopFetched(SHOP, read_back_to=NOW - 2 * day))
    assert await rows.fetched() == {
        SHOP: ShopFetched(SHOP, NOW - day, NOW + day, NOW - 3 * day),
        OTHER_SHOP: ShopFetched(OTHER_SHOP, NOW, NOW + day),
    }
    await rows.clear()
    assert await rows.fetched() == {}


async def test_cleared_rows_are_empty_at_position_0(rows: Rows) -> None:
    await _put(rows, row("101"))
    await rows.clear()
    assert await rows.position() == 0
    assert await _ids(rows, OrderFilter()) == []
    assert not any(by_status(await rows.tally()).values())


@asynccontextmanager
async def _event_store(database: Database) -> AsyncIterator[Any]:
    async with connect(database.app_dsn) as store:
        yield store


async def test_rows_are_rebuilt_from_the_events_alone(database: Database) -> None:
    await migrate(database.admin_dsn, [EVENTS, tables.MIGRATIONS])
    async with _event_store(database) as store, tables.connect(database.app_dsn) as rows:
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
    await migrate(database.admin_dsn, [EVENTS, tables.MIGRATIONS])
    async with _event_store(database) as store, tables.connect(database.app_dsn) as rows:
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
    connection = await asyncpg.connect(migrated.admin_dsn)
    filled = connection.transaction()
    await filled.start()
    try:
        await connection.execute(_FILL)
        await connection.execute("ANALYZE console.order_row")
        where, values = condition(wanted, Cursor(NOW, "order-9"))
        plan = await connection.fetch(
            "EXPLAIN SELECT * FROM console.order_row "
            f"WHERE {where} ORDER BY placed_at DESC, stream_id DESC LIMIT 50",
            *values,
        )
        assert not [line[0] for line in plan if "Seq Scan" in line[0]]
    finally:
        await filled.rollback()
        await connection.close()


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
    owners = {one.owner for one in await migrate_database(database.admin_dsn)}
    assert {"eventstore", "vault", "effects", "console"} <= owners
    assert await migrate_database(database.admin_dsn) == ()
    assert await pending(database.app_dsn, migration_sets()) == ()
