"""Packages, cancellations and returns follow the orders."""

from typing import Any

from simulators.tiktok.in_process import InProcessTikTok, Json

PACKAGES = "/fulfillment/202309/packages/search"
CANCELLATIONS = "/return_refund/202309/cancellations/search"
RETURNS = "/return_refund/202309/returns/search"


async def packages(sim: InProcessTikTok, body: Json | None = None) -> Any:
    return (await sim.data("POST", PACKAGES, body, page_size="50"))["packages"]


async def cancellations(sim: InProcessTikTok, body: Json | None = None) -> Any:
    return (await sim.data("POST", CANCELLATIONS, body))["cancellations"]


async def test_a_package_moves_by_its_own_time_when_the_order_s_stands_still(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.post(order)
    assert await packages(sim) == []
    shipped = await sim.patch(order["id"], {"status": "AWAITING_COLLECTION"})
    sim.now += 500
    lines = [line | {"tracking_number": "NEW-1"} for line in shipped["line_items"]]
    patched = await sim.patch(order["id"], {"line_items": lines})
    assert patched["update_time"] == shipped["update_time"]
    (package,) = await packages(sim, {"update_time_ge": int(sim.now)})
    assert package["tracking_number"] == "NEW-1"
    assert package["create_time"] == shipped["update_time"]
    assert package["order_line_item_ids"] == ["1", "2"]
    assert package["orders"] == [{"id": order["id"]}]


async def test_a_package_s_status_is_that_of_its_lines(sim: InProcessTikTok, order: Json) -> None:
    await sim.post(order)
    for status, shown in (
        ("AWAITING_COLLECTION", "PROCESSING"),
        ("IN_TRANSIT", "FULFILLING"),
        ("DELIVERED", "COMPLETED"),
    ):
        await sim.patch(order["id"], {"status": status})
        assert [package["status"] for package in await packages(sim)] == [shown]
        assert len(await packages(sim, {"package_status": shown})) == 1


async def test_orders_combined_into_one_package_share_it(sim: InProcessTikTok, order: Json) -> None:
    line = {"id": "1", "package_id": "P1", "display_status": "IN_TRANSIT"}
    other = order | {"id": "2", "line_items": [line | {"id": "9"}]}
    await sim.post(order | {"line_items": [line]}, other)
    (package,) = await packages(sim)
    assert package["orders"] == [{"id": order["id"]}, {"id": "2"}]
    detail = await sim.data("GET", "/fulfillment/202309/packages/P1")
    assert detail["split_and_combine_tag"] == "COMBINE"
    await sim.patch("2", {"line_items": [{"id": "9", "display_status": "AWAITING_SHIPMENT"}]})
    assert (await packages(sim))[0]["orders"] == [{"id": order["id"]}]


async def test_package_detail_shows_the_recipient_and_hides_foreign_packages(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.post(order)
    shipped = await sim.patch(order["id"], {"status": "IN_TRANSIT"})
    package_id = shipped["packages"][0]["id"]
    detail = await sim.data("GET", f"/fulfillment/202309/packages/{package_id}")
    assert (detail["package_id"], detail["package_status"]) == (package_id, "FULFILLING")
    assert detail["recipient_address"] == order["recipient_address"]
    answer = await sim.call("GET", "/fulfillment/202309/packages/9")
    assert answer.json()["code"] == 21008111


async def test_tracking_is_in_milliseconds_and_newest_first(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.post(order)
    await sim.patch(order["id"], {"status": "AWAITING_COLLECTION"})
    sim.now += 60
    await sim.patch(order["id"], {"status": "IN_TRANSIT"})
    path = f"/fulfillment/202309/orders/{order['id']}/tracking"
    steps = (await sim.data("GET", path))["tracking"]
    at = int(sim.now) * 1000
    assert [step["update_time_millis"] for step in steps] == [at, at - 60_000]


async def test_a_whole_cancellation_refunds_every_line(sim: InProcessTikTok, order: Json) -> None:
    order["line_items"][0]["item_tax"] = [{"tax_type": "SALES_TAX", "tax_amount": "0.41"}]
    await sim.post(order)
    await sim.patch(order["id"], {"status": "CANCELLED", "cancellation_initiator": "SELLER"})
    (found,) = await cancellations(sim, {"order_ids": [order["id"]]})
    assert (found["cancel_type"], found["role"]) == ("CANCEL", "SELLER")
    assert found["cancel_status"] == "CANCELLATION_REQUEST_COMPLETE"
    assert found["refund_amount"]["refund_subtotal"] == "12.5"
    assert found["refund_amount"]["refund_total"] == "12.91"
    assert len(found["cancel_line_items"]) == 2


async def test_an_unpaid_cancellation_refunds_nothing(sim: InProcessTikTok, order: Json) -> None:
    del order["paid_time"]
    await sim.post(order | {"status": "CANCELLED"})
    (found,) = await cancellations(sim)
    assert found["refund_amount"]["refund_total"] == "0"


async def test_a_part_cancellation_is_found_though_update_time_stands_still(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.post(order)
    sim.now += 50
    first, second = order["line_items"]
    gone = second | {"display_status": "CANCELLED", "cancel_user": "BUYER"}
    await sim.patch(order["id"], {"line_items": [first, gone]})
    (found,) = await cancellations(sim, {"update_time_ge": int(sim.now)})
    assert [line["order_line_item_id"] for line in found["cancel_line_items"]] == ["2"]
    await sim.patch(order["id"], {"status": "CANCELLED"})
    assert [len(found["cancel_line_items"]) for found in await cancellations(sim)] == [1, 1]


async def test_a_buyer_s_request_is_pending_then_withdrawn_or_done(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.post(order)
    await sim.patch(order["id"], {"is_buyer_request_cancel": True})
    (asked,) = await cancellations(sim, {"cancel_types": ["BUYER_CANCEL"]})
    assert asked["cancel_status"] == "CANCELLATION_REQUEST_PENDING"
    await sim.patch(order["id"], {"is_buyer_request_cancel": False})
    (withdrawn,) = await cancellations(sim)
    assert withdrawn["cancel_status"] == "CANCELLATION_REQUEST_CANCEL"
    await sim.patch(order["id"], {"is_buyer_request_cancel": True})
    await sim.patch(order["id"], {"status": "CANCELLED"})
    done = (await cancellations(sim, {"cancel_status": ["CANCELLATION_REQUEST_COMPLETE"]}))[0]
    assert (done["cancel_type"], done["role"]) == ("BUYER_CANCEL", "BUYER")
    assert done["cancel_id"] != withdrawn["cancel_id"]


async def test_completion_without_delivery_is_a_refund(sim: InProcessTikTok, order: Json) -> None:
    assert "return_orders" not in await sim.data("POST", RETURNS)
    await sim.post(order)
    await sim.patch(order["id"], {"status": "IN_TRANSIT"})
    await sim.patch(order["id"], {"status": "COMPLETED"})
    (found,) = (await sim.data("POST", RETURNS, {"order_ids": [order["id"]]}))["return_orders"]
    assert found["return_status"] == "RETURN_OR_REFUND_REQUEST_COMPLETE"
    assert found["refund_amount"]["refund_total"] == "12.5"


async def test_page_sizes_have_the_limits_of_each_search(sim: InProcessTikTok) -> None:
    for path, size, accepted in (
        (PACKAGES, "51", False),
        (PACKAGES, None, False),
        (CANCELLATIONS, None, True),
        (CANCELLATIONS, "51", False),
        (RETURNS, "9", False),
        (RETURNS, "10", True),
    ):
        answer = await sim.call("POST", path, page_size=size)
        assert (answer.json()["code"] == 0) is accepted, (path, size)


async def test_a_request_that_the_seller_rejects_is_over_and_the_order_stands(
    sim: InProcessTikTok, order: Json
) -> None:
    await sim.post(order)
    path = f"/_sim/orders/{order['id']}/reject_cancellation"
    refused = await sim.control("POST", path, expect=400)
    assert "asks for no cancellation" in refused["error"]
    await sim.patch(order["id"], {"is_buyer_request_cancel": True})
    stored = await sim.control("POST", path)
    assert (stored["status"], stored["is_buyer_request_cancel"]) == ("AWAITING_SHIPMENT", False)
    (found,) = await cancellations(sim)
    assert found["cancel_status"] == "CANCELLATION_REQUEST_REJECT"
