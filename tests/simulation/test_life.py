"""Acts of a plan do to the simulators what they say."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

from simulation.judge.amounts import expected
from simulation.judge.texts import buyer_values
from simulation.life import ACTS
from simulation.life.draw_order import draw_order
from simulation.life.raw_order import raw_order
from simulation.outside import Outside
from simulation.plan import Json, order_id, shop_id, store_domain

from simulators.shopify.in_process import running
from simulators.tiktok.in_process import START, InProcessTikTok

ORDER = {"shop_id": shop_id(1), "store": store_domain(1), "order_id": order_id(1)}


async def test_an_order_is_placed_shipped_and_delivered_in_tiktoks_order_of_states() -> None:
    tiktok = InProcessTikTok(shop_id=shop_id(1))
    tiktok.start()
    await tiktok.open_shop()
    async with running(domains=(store_domain(1),)) as shopify:
        outside = Outside(tiktok, shopify, tiktok.time)
        assert not await ACTS["ship"].perform(outside, ORDER)
        assert await ACTS["place_order"].perform(outside, {**ORDER, "status": "UNPAID"})
        assert not await ACTS["place_order"].perform(outside, ORDER)
        for kind in ("pay", "ship", "in_transit", "deliver", "complete"):
            assert await ACTS[kind].perform(outside, ORDER), kind
        assert not await ACTS["cancel_order"].perform(outside, ORDER)
        (order,) = (await tiktok.search())["orders"]
        assert (order["status"], len(order["packages"])) == ("COMPLETED", 1)


async def test_a_merchant_holds_releases_and_deletes_the_order_of_a_tiktok_order() -> None:
    tiktok = InProcessTikTok(shop_id=shop_id(1))
    tiktok.start()
    async with running(domains=(store_domain(2), store_domain(1))) as shopify:
        outside = Outside(tiktok, shopify, tiktok.time)
        assert not await ACTS["merchant_delete"].perform(outside, ORDER)
        await outside.store(store_domain(1)).create(sourceIdentifier=order_id(1))
        for kind in ("merchant_hold", "merchant_release", "merchant_delete"):
            assert await ACTS[kind].perform(outside, ORDER), kind
        assert await outside.store(store_domain(1)).orders() == []


@asynccontextmanager
async def world() -> AsyncIterator[Outside]:
    """A shop and its store, both empty."""
    tiktok = InProcessTikTok(shop_id=shop_id(1))
    tiktok.start()
    await tiktok.open_shop()
    async with running(domains=(store_domain(1),)) as shopify:
        yield Outside(tiktok, shopify, tiktok.time)


async def perform(outside: Outside, *kinds: str, **more: object) -> None:
    for kind in kinds:
        assert await ACTS[kind].perform(outside, {**ORDER, **more}), kind


async def order(outside: Outside, number: int = 1) -> Json:
    found = await outside.tiktok_order(order_id(number))
    assert found is not None
    return found


THREE = {"lines": [{"sku_id": "1729382476852921001", "price": "24.99", "quantity": 3}]}


async def parcels(outside: Outside, number: int = 1) -> list[int]:
    """How many units are in each parcel of an order."""
    found = await order(outside, number)
    of_lines = Counter(line.get("package_id", "") for line in found["line_items"])
    assert [entry["id"] for entry in found.get("packages", [])] == [id_ for id_ in of_lines if id_]
    return list(of_lines.values())


async def test_a_seller_ships_in_parts_splits_and_combines_and_changes_the_tracking() -> None:
    async with world() as outside:
        await perform(outside, "place_order", **THREE)
        await perform(outside, "ship_part", "ship")
        assert await parcels(outside) == [1, 2]
        await perform(outside, "split")
        assert await parcels(outside) == [1, 1, 1]
        assert not await ACTS["split"].perform(outside, ORDER)
        await perform(outside, "combine")
        assert await parcels(outside) == [3]
        before = await order(outside)
        await perform(outside, "change_tracking")
        after = await order(outside)
        assert before["tracking_number"] != after["tracking_number"]
        assert {line["tracking_number"] for line in after["line_items"]} == {
            after["tracking_number"]
        }


async def test_a_seller_ships_two_orders_in_one_parcel() -> None:
    async with world() as outside:
        await perform(outside, "place_order", **THREE)
        second = {**ORDER, "order_id": order_id(2), "with_order_id": order_id(1)}
        assert await ACTS["place_order"].perform(outside, second)
        assert await ACTS["ship_together"].perform(outside, second)
        shipped = [await order(outside, number) for number in (1, 2)]
        assert {found["status"] for found in shipped} == {"AWAITING_COLLECTION"}
        (parcel,) = {line["package_id"] for found in shipped for line in found["line_items"]}
        found = await outside.tiktok.data("GET", f"/fulfillment/202309/packages/{parcel}")
        assert (len(found["orders"]), len(found["order_line_item_ids"])) == (2, 4)


async def test_a_buyer_asks_for_a_cancellation_and_the_seller_rejects_or_accepts_it() -> None:
    async with world() as outside:
        await perform(outside, "place_order", **THREE)
        assert not await ACTS["accept_cancel"].perform(outside, ORDER)
        await perform(outside, "request_cancel", "withdraw_cancel", "request_cancel")
        await perform(outside, "reject_cancel", "request_cancel", "accept_cancel")
        found = await outside.tiktok.data("POST", "/return_refund/202309/cancellations/search")
        assert [told["cancel_status"].rpartition("_")[2] for told in found["cancellations"]] == [
            "CANCEL",
            "REJECT",
            "COMPLETE",
        ]
        assert (await order(outside))["status"] == "CANCELLED"
        shown = (await outside.tiktok.search())["orders"][0]["recipient_address"]["name"]
        assert shown.startswith("P***")


async def test_a_line_is_cancelled_an_address_corrected_and_an_order_refunded() -> None:
    async with world() as outside:
        await perform(outside, "place_order", **THREE)
        before = (await order(outside))["recipient_address"]
        await perform(outside, "cancel_line", "correct_address")
        found = await order(outside)
        assert [line["display_status"] for line in found["line_items"]].count("CANCELLED") == 1
        assert found["recipient_address"]["address_line1"] != before["address_line1"]
        await perform(outside, "ship", "refund_undelivered")
        found = await order(outside)
        assert (found["status"], found.get("delivery_time")) == ("COMPLETED", None)


def test_what_a_buyer_says_is_planted_and_no_two_orders_share_any_of_it() -> None:
    buyers = [raw_order({"order_id": order_id(n), "message": True}, START) for n in (1, 2)]
    told = [buyer_values(raw) for raw in buyers]
    assert [len(values) for values in told] == [8, 8]
    assert not set(told[0]) & set(told[1])
    planted = [value for value in told[0] if "planted" not in value.lower()]
    assert planted == [buyers[0]["recipient_address"]["phone_number"]]


def test_every_drawn_order_adds_up_to_the_cent_and_every_oddity_is_drawn() -> None:
    raws = [
        raw_order({"order_id": order_id(seed), **draw_order(random.Random(seed))}, START)
        for seed in range(1, 400)
    ]
    assert all(expected(raw, is_revenue=False) is not None for raw in raws)
    assert min(Decimal(line["sale_price"]) for raw in raws for line in raw["line_items"]) == 0
    drawn = {
        name
        for raw in raws
        for name, holds in (
            ("equal", len({line["sku_id"] for line in raw["line_items"]}) < len(raw["line_items"])),
            ("gift", any(line["is_gift"] for line in raw["line_items"])),
            ("sample", raw["is_sample_order"]),
            ("held", raw["status"] == "ON_HOLD"),
            ("abroad", raw["payment"]["currency"] == "GBP"),
            ("by tiktok", raw["fulfillment_type"] == "FULFILLMENT_BY_TIKTOK"),
            *((name, Decimal(raw["payment"].get(name, "0")) > 0) for name in CHARGED),
        )
        if holds
    }
    assert drawn == {"equal", "gift", "sample", "held", "abroad", "by tiktok", *CHARGED}


CHARGED = (
    "seller_discount",
    "platform_discount",
    "shipping_fee_seller_discount",
    "shipping_fee_platform_discount",
    "product_tax",
    "shipping_fee_tax",
    "retail_delivery_fee",
)


async def merchant(outside: Outside, *kinds: str, **more: object) -> Json:
    """The Shopify order after these acts of the merchant."""
    await perform(outside, *(f"merchant_{kind}" for kind in kinds), **more)
    return await outside.shopify_order(store_domain(1), order_id(1))


async def test_a_merchant_edits_tags_notes_archives_and_cancels() -> None:
    async with world() as outside:
        await outside.shopify.create(sourceIdentifier=order_id(1), tags=["ours"])
        shown = await merchant(outside, "edit", "tag", "note")
        assert shown["order"]["currentSubtotalLineItemsQuantity"] == 1
        assert shown["order"]["tags"] == ["merchant's own", "ours"]
        assert shown["order"]["note"] == "rings"
        shown = await merchant(outside, "edit", "untag", "archive", "mark_paid", add=True)
        assert shown["order"]["currentSubtotalLineItemsQuantity"] == 2
        assert (shown["order"]["tags"], shown["order"]["closed"]) == ([], True)
        assert shown["order"]["displayFinancialStatus"] == "PAID"
        shown = await merchant(outside, "reopen", "cancel", refund=True, restock=True)
        assert shown["order"]["displayFinancialStatus"] == "REFUNDED"
        assert not await ACTS["merchant_cancel"].perform(outside, ORDER)


async def test_a_merchant_fulfils_by_hand_and_takes_it_back() -> None:
    async with world() as outside:
        await outside.shopify.create(sourceIdentifier=order_id(1))
        shown = await merchant(outside, "fulfil", part=True)
        assert shown["order"]["displayFulfillmentStatus"] == "PARTIALLY_FULFILLED"
        shown = await merchant(outside, "fulfil")
        assert shown["order"]["displayFulfillmentStatus"] == "FULFILLED"
        shown = await merchant(outside, "unfulfil", "unfulfil")
        assert {made["status"] for made in shown["fulfillments"]} == {"CANCELLED"}
        assert not await ACTS["merchant_unfulfil"].perform(outside, ORDER)
