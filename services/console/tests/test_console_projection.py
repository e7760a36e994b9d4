"""The rows: folded from the events, one per order."""

from datetime import timedelta
from typing import Any

import pytest
from services.console.tests import happenings as happen

from console import projection
from console.memory import MemoryRows
from console.rows import Changes, OrderFilter, RowsRefused, by_status
from lifecycle.status import Delivery, Status
from ordersync_contracts import codec, events
from ordersync_contracts.codec import NewerVersion, UnreadableEvent
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.streams import order_stream


async def _rows(store: Any, rows: Any, status: Status | None = None) -> dict[str, Any]:
    await projection.catch_up(store, rows)
    return {row.order_id: row for row in await rows.orders(OrderFilter(status=status))}


async def test_a_row_says_what_the_orders_stream_says(store: Any, rows: Any, story: Any) -> None:
    await story.order(
        "101",
        happen.eligible("101"),
        happen.created("101"),
        happen.in_transit("101"),
        lines=(happen.line(1), happen.line(2, is_gift=True), happen.line(3, status="CANCELLED")),
    )
    row = (await _rows(store, rows))["101"]
    assert (row.status, row.delivery, row.items) == (Status.SYNCED, Delivery.IN_TRANSIT, 2)
    assert (row.store, row.shopify_name, row.shopify_number) == (happen.STORE, "#5001", "5001")
    assert row.is_gift
    assert not row.may_sync
    assert row.open_sku_ids == ()


async def test_an_order_waits_for_the_links_of_what_is_left_of_it(
    store: Any, rows: Any, story: Any
) -> None:
    lines = (
        happen.line(1, sku_id="2"),
        happen.line(2, sku_id="1"),
        happen.line(3, sku_id="3", status="CANCELLED"),
    )
    await story.order("101", happen.eligible("101"), lines=lines)
    await story.order("102", happen.ineligible("102"), lines=lines)
    found = await _rows(store, rows) | await _rows(store, rows, Status.NOT_ELIGIBLE)
    assert found["101"].open_sku_ids == ("1", "2")
    assert found["102"].open_sku_ids == ()


async def test_an_order_waits_for_the_links_of_the_parts_that_block_it(
    store: Any, rows: Any, story: Any
) -> None:
    parts = (events.BundlePart(sku_id="7", seller_sku="TEE"), events.BundlePart(sku_id="8"))
    blocked = happen.blocked("101").model_copy(update={"sku_ids": ("1", "7")})
    bundle = happen.line(1, sku_id="1", parts=parts)
    await story.order("101", happen.eligible("101"), blocked, lines=(bundle,))
    assert (await _rows(store, rows))["101"].open_sku_ids == ("1", "7")
    waiting = {sku.sku_id: (sku.seller_sku, sku.waiting) for sku in await rows.skus()}
    assert waiting == {"1": (bundle.seller_sku, 1), "7": ("TEE", 1), "8": ("", 0)}


@pytest.mark.parametrize("later", [0, 1])
async def test_a_part_takes_no_name_from_the_item_that_it_is(
    store: Any, rows: Any, story: Any, later: int
) -> None:
    whole = happen.line(1, sku_id="7", product_name="Tee", sku_name="M")
    parts = (events.BundlePart(sku_id="7", seller_sku="TEE"),)
    named = ("Tee", "M", "TEE" if later else whole.seller_sku)
    times = (happen.NOW, happen.NOW + timedelta(hours=1))
    await story.order("101", lines=(whole,), updated_at=times[1 - later])
    if later:
        await projection.catch_up(store, rows)
    bundle = happen.line(1, sku_id="1", parts=parts)
    await story.order("102", lines=(bundle,), updated_at=times[later])
    await projection.catch_up(store, rows)
    (sku,) = [sku for sku in await rows.skus() if sku.sku_id == "7"]
    assert (sku.product_name, sku.sku_name, sku.seller_sku) == named


async def test_an_order_that_only_shopify_knows_has_no_row_until_tiktok_tells_it(
    store: Any, rows: Any, story: Any
) -> None:
    stream = f"order-{happen.SHOP}-101"
    await story.tell(stream, happen.created("101"))
    assert await _rows(store, rows) == {}
    await story.tell(stream, happen.snapshot("101"))
    assert (await _rows(store, rows))["101"].status is Status.SYNCED


async def test_a_sku_is_named_as_its_newest_order_names_it(
    store: Any, rows: Any, story: Any
) -> None:
    await story.order(
        "102",
        lines=(happen.line(1, product_name="New name"),),
        updated_at=happen.NOW + timedelta(hours=1),
    )
    await story.order("101", lines=(happen.line(1, product_name="Old name"),))
    await projection.catch_up(store, rows)
    [sku] = await rows.skus()
    assert sku.product_name == "New name"


async def test_a_link_before_any_order_is_a_sku_too(store: Any, rows: Any, story: Any) -> None:
    await story.link("1729000001", 8801)
    await projection.catch_up(store, rows)
    [sku] = await rows.skus()
    assert (sku.variant_id, sku.linked_by) == ("gid://shopify/ProductVariant/8801", "same_sku")
    await story.order("101")
    await story.tell(
        f"link-{happen.SHOP}-1729000001",
        events.ProductUnlinked(shop_id=happen.SHOP, sku_id="1729000001", unlinked_by="ana"),
    )
    await projection.catch_up(store, rows)
    [sku] = await rows.skus()
    assert (sku.variant_id, sku.product_name, sku.waiting) == (None, "Pine candle", 1)


async def test_catching_up_stops_where_it_is_told_and_says_how_far_behind_it_is(
    store: Any, rows: Any, story: Any
) -> None:
    for n in range(5):
        await story.order(str(n))
    assert await projection.step(store, rows, page=2) == 2
    assert await rows.position() == 2
    assert await projection.catch_up(store, rows, pages=0) == 3
    assert await projection.catch_up(store, rows) == 0
    assert by_status(await rows.tally())[Status.NOT_SYNCED] == 5


async def test_an_event_of_a_newer_version_stops_no_row_and_no_page(
    store: Any, rows: Any, story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a rollback: the row says what this version knows."""
    await story.order("101", happen.eligible("101"), happen.created("101"))
    await story.order("102", happen.eligible("102"))
    codec.decode_once.cache_clear()
    monkeypatch.delitem(events.BY_NAME, "ShopifyOrderCreated")
    found = await _rows(store, rows)
    assert {order_id: row.status for order_id, row in found.items()} == {
        "101": Status.NOT_SYNCED,
        "102": Status.NOT_SYNCED,
    }
    assert await rows.position() == await store.head()


class Poisoned(MemoryRows):
    """Rows that cannot hold what names this order."""

    def __init__(self, order_id: str) -> None:
        super().__init__()
        self.refused: set[str] = {order_id}

    async def apply(self, changes: Changes, *, before: int, after: int) -> bool:
        if any(row.order_id in self.refused for row in changes.orders):
            raise RowsRefused("DataError")
        return await super().apply(changes, before=before, after=after)


async def test_a_row_that_cannot_be_written_stops_no_other_and_is_tried_again(
    store: Any, story: Any
) -> None:
    rows = Poisoned("102")
    for n in (101, 102, 103):
        await story.order(str(n))
    assert [*await _rows(store, rows)] == ["103", "101"]
    assert await rows.position() == await store.head()
    (bad,) = await rows.unshown()
    assert (bad.stream, bad.error) == (order_stream(happen.SHOP, "102"), "DataError")
    assert await projection.try_again(store, rows) == 1
    rows.refused.clear()
    assert await projection.try_again(store, rows) == 0
    assert [*await _rows(store, rows)] == ["103", "102", "101"]


async def test_a_stream_that_cannot_be_read_stops_no_other(
    store: Any, rows: Any, story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: Any = Recorded.__dict__["event"]

    def unreadable(recorded: Recorded) -> Any:
        if recorded.stream in {order_stream(happen.SHOP, "102"), "link-1-1"}:
            raise UnreadableEvent(recorded.name)
        if recorded.name == "OrdersReconciled":
            raise NewerVersion(recorded.name)
        return read.__get__(recorded)

    monkeypatch.setattr(Recorded, "event", property(unreadable))
    for n in (101, 102):
        await story.order(str(n))
    await story.tell("link-1-1", events.ProductUnlinked(shop_id="1", sku_id="1", unlinked_by="a"))
    reconciled = events.OrdersReconciled(
        shop_id=happen.SHOP,
        window_begins_at=happen.NOW,
        complete_until=happen.NOW,
        tiktok_count=0,
        stored_count=0,
    )
    await story.tell(f"reconciliation-{happen.SHOP}", reconciled)
    await story.order("103")
    assert [*await _rows(store, rows)] == ["103", "101"]
    assert await rows.position() == await store.head()
