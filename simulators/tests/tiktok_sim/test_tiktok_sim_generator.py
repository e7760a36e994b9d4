"""Generated orders: every kind, to the cent, with consistent statuses and times."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from simulators.tiktok.generate.kinds import KINDS, plan
from simulators.tiktok.in_process import InProcessTikTok, Json

DAY = 86_400


def total(rows: list[Json], key: str) -> Any:
    return sum((Decimal(row.get(key, "0")) for row in rows), Decimal(0))


async def of_kind(sim: InProcessTikTok, kind: str, count: int = 8, **wish: Any) -> Any:
    return (await sim.generate(count=count, mix={kind: 1}, seed=5, **wish))["orders"]


def shown_by_id(data: Json) -> Any:
    return {order["id"]: order for order in data["orders"]}


@pytest.mark.parametrize("kind", KINDS)
async def test_the_amounts_of_every_kind_add_up_to_the_cent(
    sim: InProcessTikTok, kind: str
) -> None:
    for order in await of_kind(sim, kind):
        given = {k: Decimal(v) for k, v in order["payment"].items() if k != "currency"}
        payment = defaultdict(Decimal, given)
        assert payment["sub_total"] == (
            payment["original_total_product_price"]
            - payment["seller_discount"]
            - payment["platform_discount"]
        )
        assert payment["shipping_fee"] == (
            payment["original_shipping_fee"]
            - payment["shipping_fee_seller_discount"]
            - payment["shipping_fee_platform_discount"]
        )
        assert payment["tax"] == payment["product_tax"] + payment["shipping_fee_tax"]
        assert payment["total_amount"] == (
            payment["sub_total"]
            + payment["shipping_fee"]
            + payment["tax"]
            + payment["retail_delivery_fee"]
            + payment["item_insurance_fee"]
            + payment["item_insurance_tax"]
        )
        assert all(-amount.as_tuple().exponent <= 2 for amount in payment.values())
        lines_agree(order, payment)


def lines_agree(order: Json, payment: dict[str, Decimal]) -> None:
    lines = order["line_items"]
    for line in lines:
        assert Decimal(line["sale_price"]) == (
            Decimal(line["original_price"])
            - Decimal(line["seller_discount"])
            - Decimal(line["platform_discount"])
        )
    live = [line for line in lines if line["display_status"] != "CANCELLED"]
    counted = [
        some
        for some in (lines, live)
        if total(some, "original_price") == payment["original_total_product_price"]
        and total(some, "sale_price") == payment["sub_total"]
        and total(some, "seller_discount") == payment["seller_discount"]
        and sum((total(line.get("item_tax", []), "tax_amount") for line in some), Decimal(0))
        == payment["product_tax"]
    ]
    assert counted


@pytest.mark.parametrize("kind", KINDS)
async def test_times_of_every_kind_follow_one_another(sim: InProcessTikTok, kind: str) -> None:
    for order in await of_kind(sim, kind):
        reached = [
            order[key]
            for key in ("create_time", "paid_time", "rts_time", "collection_time", "delivery_time")
            if key in order
        ]
        assert reached == sorted(reached)
        assert int(sim.now) - 7 * DAY <= reached[0]
        assert reached[-1] <= int(sim.now)
        assert order["update_time"] == int(sim.now)
        assert ("paid_time" in order) is (order["status"] != "UNPAID")


async def test_every_kind_is_what_it_says(sim: InProcessTikTok) -> None:
    orders = {kind: await of_kind(sim, kind) for kind in KINDS}
    expectations: dict[str, Callable[[Json], Any]] = {
        "standard": lambda o: len(o["line_items"]) == 1 and o["status"] == "AWAITING_SHIPMENT",
        "multi_line": lambda o: len({line["sku_id"] for line in o["line_items"]}) > 1,
        "multi_quantity": lambda o: (
            len({line["sku_id"] for line in o["line_items"]}) == 1
            and len(o["line_items"]) > 1
            and len({line["id"] for line in o["line_items"]}) == len(o["line_items"])
        ),
        "same_sku_two_prices": lambda o: len({line["sale_price"] for line in o["line_items"]}) == 2,
        "gift": lambda o: [line["is_gift"] for line in o["line_items"]] == [False, True],
        "gift_only": lambda o: (
            o["line_items"][0]["sale_price"] == "0"
            and o["line_items"][0]["gift_retail_price"] != "0"
        ),
        "sample": lambda o: o["is_sample_order"] and o["payment"]["total_amount"] == "0",
        "seller_discount": lambda o: o["payment"]["seller_discount"] != "0",
        "platform_discount": lambda o: o["payment"]["platform_discount"] != "0",
        "shipping_discount": lambda o: o["payment"]["shipping_fee_platform_discount"] != "0",
        "taxed": lambda o: o["payment"]["product_tax"] != "0",
        "retail_delivery_fee": lambda o: o["payment"]["retail_delivery_fee"] == "0.28",
        "insurance": lambda o: o["payment"]["item_insurance_fee"] == "1.49",
        "split": lambda o: len(o["packages"]) == 2 and o["split_or_combine_tag"] == "SPLIT",
        "part_cancelled": lambda o: (
            {line["display_status"] for line in o["line_items"]}
            == {"CANCELLED", "AWAITING_SHIPMENT"}
        ),
        "on_hold": lambda o: o["status"] == "ON_HOLD",
        "unpaid": lambda o: o["status"] == "UNPAID",
        "cancelled": lambda o: o["status"] == "CANCELLED" and o["cancel_time"],
        "fbt": lambda o: o["fulfillment_type"] == "FULFILLMENT_BY_TIKTOK",
        "non_us": lambda o: o["recipient_address"]["region_code"] == "GB",
        "unlinked": lambda o: o["line_items"][0]["seller_sku"] == "ONLY-TIKTOK",
        "awaiting_collection": lambda o: o["rts_time"] and "collection_time" not in o,
        "in_transit": lambda o: o["collection_time"] and "delivery_time" not in o,
        "delivered": lambda o: o["delivery_time"] and o["status"] == "DELIVERED",
        "completed": lambda o: o["delivery_time"] and o["status"] == "COMPLETED",
        "refunded_completed": lambda o: "delivery_time" not in o and o["status"] == "COMPLETED",
        "partially_shipping": lambda o: (
            {line["display_status"] for line in o["line_items"]}
            == {"AWAITING_COLLECTION", "AWAITING_SHIPMENT"}
        ),
        "message": lambda o: not o["buyer_message"].isascii() or "\n" in o["buyer_message"],
        "long_name": lambda o: len(o["recipient_address"]["name"]) > 100,
        "territory": lambda o: o["recipient_address"]["postal_code"] in "00901 96910 96205 00716",
        "masked": lambda o: o["shipping_type"] == "TIKTOK" and o["status"] == "AWAITING_SHIPMENT",
    }
    for kind, expected in expectations.items():
        assert all(expected(order) for order in orders.pop(kind)), kind
    assert orders == {}


async def test_lines_show_no_package_before_they_are_shipped(sim: InProcessTikTok) -> None:
    for order in (await sim.generate(count=62, seed=1))["orders"]:
        for line in order["line_items"]:
            shipped = line["display_status"] not in {"UNPAID", "AWAITING_SHIPMENT", "CANCELLED"}
            assert ("package_id" in line) is shipped


async def test_the_same_seed_makes_the_same_orders_and_new_ids(sim: InProcessTikTok) -> None:
    def without_ids(order: Json) -> Any:
        del order["id"]
        for line in order["line_items"]:
            for key in ("id", "package_id", "tracking_number"):
                line.pop(key, None)
            for key in ("shipping_provider_id", "shipping_provider_name"):
                line.pop(key, None)
        for key in ("packages", "tracking_number", "shipping_provider", "shipping_provider_id"):
            order.pop(key, None)
        return order

    first, second = [(await sim.generate(count=40, seed=9))["orders"] for _ in range(2)]
    ids = [order["id"] for order in first + second]
    assert len(set(ids)) == 80
    assert all(len(order_id) == 18 and order_id.isdecimal() for order_id in ids)
    other = (await sim.generate(count=40, seed=10))["orders"]
    assert [*map(without_ids, first)] == [*map(without_ids, second)]
    assert [*map(without_ids, other)] != first


def test_a_plan_without_a_mix_holds_every_kind() -> None:
    assert set(plan(None, len(KINDS), random.Random(1))) == set(KINDS)
    assert len(plan(None, 40, random.Random(1))) == 40
    assert plan({"gift": 1, "sample": 3}, 8, random.Random(1)).count("sample") == 6
    assert plan({"gift": 1, "sample": 0}, 3, random.Random(1)) == ["gift"] * 3


@pytest.mark.parametrize(
    ("wish", "names"),
    [
        ({"mix": {"present": 1}}, "present"),
        ({"mix": {"gift": -1}}, "gift"),
        ({"mix": {}}, "mix"),
        ({"mix": {"gift": 0}}, "mix"),
        ({"count": "many"}, "count"),
        ({"rate_per_s": 0}, "rate_per_s"),
        ({"created_from": 9, "created_to": 5}, "created_from"),
        ({"number": 1}, "number"),
    ],
)
async def test_a_wish_that_cannot_be_fulfilled_is_refused_by_name(
    sim: InProcessTikTok, wish: dict[str, object], names: str
) -> None:
    assert names in (await sim.generate(400, **wish))["error"]


async def test_orders_are_created_in_the_time_asked_for(sim: InProcessTikTok) -> None:
    now = int(sim.now)
    wish = {"created_from": now - 30 * DAY, "created_to": now - 20 * DAY}
    for order in await of_kind(sim, "completed", **wish):
        assert wish["created_from"] <= order["create_time"] <= wish["created_to"]
        assert order["delivery_time"] == order["create_time"] + 3 * DAY


async def test_backdated_orders_came_to_their_status_in_the_past_and_are_not_told(
    sim: InProcessTikTok,
) -> None:
    await sim.control("PUT", "/_sim/webhooks", {"url": "http://inbox/"})
    for order in await of_kind(sim, "delivered", backdated=True):
        assert order["update_time"] == order["delivery_time"]
    assert (await sim.control("GET", "/_sim/webhooks"))["pending"] == 0
    assert sim.inbox.requests == []


async def test_orders_may_arrive_over_time(sim: InProcessTikTok) -> None:
    accepted = await sim.generate(count=30, rate_per_s=1_000_000, mix={"standard": 1})
    assert accepted == {"accepted": 30}
    await asyncio.gather(*asyncio.all_tasks() - {asyncio.current_task()})
    orders = (await sim.search())["orders"]
    assert len(orders) == 30
    assert {order["create_time"] for order in orders} == {int(sim.now)}


async def test_a_reset_ends_orders_that_arrive_over_time(sim: InProcessTikTok) -> None:
    await sim.generate(count=1_000, rate_per_s=1)
    await sim.control("POST", "/_sim/reset")
    assert (await sim.search())["total_count"] == 0


@pytest.mark.parametrize("kind", ["standard", "delivered", "split", "territory"])
async def test_the_buyer_is_clear_from_awaiting_shipment_on(
    sim: InProcessTikTok, kind: str
) -> None:
    stored = shown_by_id(await sim.generate(count=5, mix={kind: 1}))
    assert shown_by_id(await sim.search()) == stored


async def test_the_buyer_is_hidden_by_status(sim: InProcessTikTok) -> None:
    await sim.generate(count=3, mix={"unpaid": 1, "on_hold": 1, "cancelled": 1})
    shown = {order["status"]: order for order in (await sim.search())["orders"]}
    assert "recipient_address" not in shown["UNPAID"]
    assert shown["ON_HOLD"]["recipient_address"]["name"] == ""
    masked = shown["CANCELLED"]["recipient_address"]
    assert "***" in masked["name"]
    assert "*****" in masked["phone_number"]
    assert masked["district_info"][1]["address_name"].isascii()
    assert "***" in masked["district_info"][3]["address_name"]
    assert "delivery_preferences" not in masked


async def test_some_buyers_stay_masked_in_every_status(sim: InProcessTikTok) -> None:
    await sim.generate(count=4, mix={"masked": 1, "fbt": 1})
    for order in (await sim.search())["orders"]:
        address = order["recipient_address"]
        assert "***" in address["name"]
        assert "***" in address["address_line1"]
        assert "*" not in address["district_info"][3]["address_name"]
        assert order["buyer_email"].endswith("@scs.tiktokw.us")


async def test_a_buyer_is_masked_from_thirty_days_after_completion(sim: InProcessTikTok) -> None:
    await sim.generate(count=1, mix={"completed": 1})
    sim.now += 30 * DAY
    sim.token = (await sim.control("POST", "/_sim/grants", {"shop_ids": [sim.shop_id]}))[
        "access_token"
    ]
    assert "*" not in (await sim.search())["orders"][0]["recipient_address"]["name"]
    sim.now += 1
    assert "*" in (await sim.search())["orders"][0]["recipient_address"]["name"]


async def test_the_buyer_becomes_clear_when_the_hold_ends(sim: InProcessTikTok) -> None:
    (stored,) = (await sim.generate(count=1, mix={"on_hold": 1}))["orders"]
    sim.now += 3_600
    (shown,) = (await sim.search())["orders"]
    assert shown["recipient_address"] == stored["recipient_address"]


async def test_generated_cancellations_and_refunds_have_their_records(sim: InProcessTikTok) -> None:
    await sim.generate(count=3, mix={"cancelled": 1, "part_cancelled": 1, "refunded_completed": 1})
    cancellations = await sim.data("POST", "/return_refund/202309/cancellations/search")
    returns = await sim.data("POST", "/return_refund/202309/returns/search")
    assert (cancellations["total_count"], returns["total_count"]) == (2, 1)


async def test_a_shop_without_products_gets_made_up_ones(sim: InProcessTikTok) -> None:
    await sim.control("PUT", f"/_sim/shops/{sim.shop_id}", {"products": []})
    orders = (await sim.generate(count=31))["orders"]
    assert all(line["sku_id"] for order in orders for line in order["line_items"])
