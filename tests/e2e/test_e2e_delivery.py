"""What carriers do with a synced order stands in Shopify, with TikTok's times."""

from datetime import UTC, datetime
from typing import Any

from tests.system.stack import System
from tests.system.waiting import wait_until


def test_in_transit_then_delivered_reaches_shopify(system: System) -> None:
    (order_id,) = system.arrive(system.make.paid())
    system.await_status(order_id, "Synced")
    moving = system.tiktok.patch(order_id, status="IN_TRANSIT")
    await_delivery(system, order_id, "In transit")
    (fulfilment,) = system.shopify.of(order_id)["fulfillments"]
    assert fulfilment["trackingInfo"][0]["number"] == moving["tracking_number"]
    assert times(fulfilment) == {"IN_TRANSIT": at(moving["collection_time"])}
    arrived = system.tiktok.patch(order_id, status="DELIVERED")
    await_delivery(system, order_id, "Delivered")
    (fulfilment,) = system.shopify.of(order_id)["fulfillments"]
    assert times(fulfilment) == {
        "IN_TRANSIT": at(moving["collection_time"]),
        "DELIVERED": at(arrived["delivery_time"]),
    }
    assert len(fulfilment["events"]["nodes"]) == 2
    assert system.order(order_id)["delivery"] == "Delivered"


def test_a_delivery_is_never_taken_back(system: System) -> None:
    (order_id,) = system.arrive(system.make.paid())
    system.await_status(order_id, "Synced")
    system.tiktok.patch(order_id, status="DELIVERED")
    await_delivery(system, order_id, "Delivered")
    before = system.shopify.of(order_id)["events"]
    system.tiktok.patch(order_id, status="IN_TRANSIT")
    wait_until(lambda: system.life(order_id).events.count("OrderFetched") == 3, 30)
    (marker,) = system.arrive(system.make.paid())
    system.tiktok.patch(marker, status="IN_TRANSIT")
    await_delivery(system, marker, "In transit")
    assert system.life(order_id).delivery == "Delivered"
    assert system.shopify.of(order_id)["events"] == before


def await_delivery(system: System, order_id: str, delivery: str) -> None:
    def is_there() -> bool:
        life = system.life(order_id)
        return life.delivery == delivery and life.is_settled and life.status == "Synced"

    wait_until(is_there, 30, lambda: f"{delivery}: {system.life(order_id)}")


def times(fulfilment: dict[str, Any]) -> dict[str, datetime]:
    return {
        event["status"]: datetime.fromisoformat(event["happenedAt"])
        for event in fulfilment["events"]["nodes"]
    }


def at(unix: int) -> datetime:
    return datetime.fromtimestamp(unix, UTC)
