"""What the rows promise, in memory and in PostgreSQL alike."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from console.rows import (
    Changes,
    Cursor,
    OrderFilter,
    OrderRow,
    Rows,
    ShopFetched,
    Sku,
    Unshown,
    by_status,
)
from lifecycle.status import Delivery, Status

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


async def _put(rows: Rows, *orders: OrderRow) -> None:
    before = await rows.position()
    assert await rows.apply(Changes(orders=orders), before=before, after=before + 1)


async def _ids(rows: Rows, wanted: OrderFilter) -> list[str]:
    found = await rows.orders(wanted)
    assert await rows.count(wanted, limit=1000) == len(found)
    return [order.order_id for order in found]


class RowsSuite:
    """A subclass brings the fixture ``rows``: empty ones."""

    async def test_rows_come_back_as_they_were_given(self, rows: Rows) -> None:
        given = replace(
            synced("101", 620001),
            next_attempt_at=NOW,
            remark="Cancelled in TikTok",
            is_gift=True,
            open_sku_ids=("1", "2"),
        )
        await _put(rows, given, row("102"))
        assert await rows.orders(OrderFilter()) == (row("102"), given)

    async def test_a_row_given_again_replaces_the_first(self, rows: Rows) -> None:
        await _put(rows, row("101"))
        await _put(rows, synced("101", 620001))
        assert await rows.orders(OrderFilter()) == (synced("101", 620001),)

    async def test_rows_move_only_from_the_position_they_are_at(self, rows: Rows) -> None:
        await _put(rows, row("101"))
        late = Changes(orders=(row("102"),))
        assert not await rows.apply(late, before=0, after=9)
        assert await rows.position() == 1
        assert await _ids(rows, OrderFilter()) == ["101"]

    async def test_all_leaves_out_what_is_not_eligible(self, rows: Rows) -> None:
        on_hold = row("102", status=Status.NOT_ELIGIBLE, reason_code="on_hold", may_sync=False)
        await _put(rows, row("101"), on_hold)
        assert await _ids(rows, OrderFilter()) == ["101"]
        assert await _ids(rows, OrderFilter(status=Status.NOT_ELIGIBLE)) == ["102"]

    async def test_every_filter_takes_what_it_says(self, rows: Rows) -> None:
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
    async def test_search_begins_either_id(self, text: str, rows: Rows) -> None:
        wanted = replace(synced("1", 620001), order_id="576400011")
        await _put(rows, wanted, replace(synced("2", 990002), order_id="888800022"))
        assert await _ids(rows, OrderFilter(text=text)) == ["576400011"]

    async def test_search_takes_its_text_literally(self, rows: Rows) -> None:
        await _put(rows, row("101"))
        for text in ("%", "_01", "'", "1\\", "💥"):
            assert await _ids(rows, OrderFilter(text=text)) == []

    async def test_pages_show_every_order_once_whatever_is_placed_at_the_same_time(
        self, rows: Rows
    ) -> None:
        given = [replace(row(str(100 + n)), placed_at=NOW) for n in range(7)]
        await _put(rows, *given)
        seen: list[str] = []
        after: Cursor | None = None
        while page := await rows.orders(OrderFilter(), after=after, limit=3):
            seen += [order.order_id for order in page]
            after = Cursor.parse(str(page[-1].cursor))
        assert seen == [str(106 - n) for n in range(7)]

    async def test_a_count_stops_at_its_limit(self, rows: Rows) -> None:
        await _put(rows, *(row(str(100 + n)) for n in range(5)))
        assert await rows.count(OrderFilter(), limit=3) == 3

    async def test_the_tally_follows_every_change_of_status(self, rows: Rows) -> None:
        await _put(rows, row("101"), row("102"), replace(row("103"), shop_id=OTHER_SHOP))
        await _put(rows, synced("101", 620001), row("102"))
        counted = by_status(await rows.tally())
        assert (counted[Status.NOT_SYNCED], counted[Status.SYNCED]) == (2, 1)
        assert by_status(await rows.tally(SHOP))[Status.NOT_SYNCED] == 1
        blocked = row("102", status=Status.SYNC_FAILED, reason_code="unlinked_sku")
        await _put(rows, blocked)
        assert {
            (tally.status, tally.reason_code): tally.orders for tally in await rows.tally(SHOP)
        } == {(Status.SYNCED, None): 1, (Status.SYNC_FAILED, "unlinked_sku"): 1}

    async def test_skus_say_how_many_orders_wait_and_which_variant_they_are(
        self, rows: Rows
    ) -> None:
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
        await rows.apply(Changes(skus=(Sku(SHOP, "1729", "TEE"),)), before=1, after=2)
        (kept,) = [sku for sku in await rows.skus() if sku.sku_id == "1729"]
        assert kept == replace(named, seller_sku="TEE", waiting=2)
        gone = Sku(SHOP, "1730")
        await rows.apply(Changes(links=(gone,)), before=2, after=3)
        assert {sku.sku_id: sku.variant_id for sku in await rows.skus()} == {
            "1729": None,
            "1730": None,
        }

    async def test_how_far_a_shop_is_fetched_only_ever_reaches_further(self, rows: Rows) -> None:
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

    async def test_cleared_rows_are_empty_at_position_0(self, rows: Rows) -> None:
        await _put(rows, row("101"))
        await rows.clear()
        assert await rows.position() == 0
        assert await _ids(rows, OrderFilter()) == []
        assert not any(by_status(await rows.tally()).values())

    async def test_a_text_that_no_database_holds_is_shown_with_a_mark(self, rows: Rows) -> None:
        planted = "Mug\x00 and \ud83d half"
        before = await rows.position()
        order, sku = row("101", remark=planted), Sku(SHOP, "1", product_name=planted)
        assert await rows.apply(Changes(orders=(order,), skus=(sku,)), before=before, after=before)
        (shown,) = await rows.orders(OrderFilter())
        assert (shown.remark or "").startswith("Mug")

    async def test_what_cannot_be_shown_is_remembered_until_its_row_comes(self, rows: Rows) -> None:
        order = row("101")
        for error in ("DataError", "UnreadableEvent"):
            at = await rows.position()
            bad = Unshown(order.stream, error)
            assert await rows.apply(Changes(unshown=(bad,)), before=at, after=at)
        (known,) = await rows.unshown()
        assert (known.stream, known.error) == (order.stream, "UnreadableEvent")
        await _put(rows, order)
        assert await rows.unshown() == ()
