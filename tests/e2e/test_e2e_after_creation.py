"""What TikTok changes after an order was created stands in Shopify too, and nobody is told."""

from collections.abc import Callable
from typing import Any

from tests.system.shopify_side import Entry
from tests.system.stack import System
from tests.system.waiting import wait_until

from lifecycle.status import view

OTHER_STREET = "77 Imaginary Parkway"


def test_an_order_cancelled_in_tiktok_is_cancelled_in_shopify(system: System) -> None:
    (order_id,) = system.arrive(system.make.paid())
    system.await_status(order_id, "Synced")
    system.tiktok.patch(order_id, status="CANCELLED")
    shown = await_order(system, order_id, lambda order: order["cancelledAt"] is not None)
    assert (shown["mails"], shown["order"]["refunds"]) == ([], [])
    wait_until(lambda: "ShopifyOrderUpdated" in system.life(order_id).events, 30)
    assert view(system.life(order_id).order).remark == "Cancelled in TikTok"


def test_an_order_cancelled_after_it_was_shipped_is_tagged(system: System) -> None:
    (order_id,) = system.arrive(system.make.paid())
    system.await_status(order_id, "Synced")
    system.tiktok.patch(order_id, status="IN_TRANSIT")
    await_order(system, order_id, lambda order: order["fulfillments"] != [])
    system.tiktok.patch(order_id, status="CANCELLED")
    tag = "TikTok Shop Cancelled"
    shown = await_order(system, order_id, lambda order: tag in order["tags"])
    assert shown["order"]["cancelledAt"] is None


def test_a_corrected_address_reaches_shopify_and_no_event(system: System) -> None:
    order = system.make.paid()
    (order_id,) = system.arrive(order)
    system.await_status(order_id, "Synced")
    corrected = {**order["recipient_address"], "address_line1": OTHER_STREET}
    system.tiktok.patch(order_id, recipient_address=corrected, status="AWAITING_COLLECTION")
    await_order(
        system, order_id, lambda order: order["shippingAddress"]["address1"] == OTHER_STREET
    )
    wait_until(lambda: "ShopifyOrderUpdated" in system.life(order_id).events, 30)
    printed = system.ordersync("order", "show", order_id, "-o", "json").stdout
    assert "Imaginary" not in printed


def await_order(system: System, order_id: str, has_come: Callable[[dict[str, Any]], bool]) -> Entry:
    def is_there() -> Entry | None:
        shown = system.shopify.of(order_id)
        return shown if has_come(shown["order"]) else None

    return wait_until(is_there, 30, lambda: str(system.life(order_id)))
