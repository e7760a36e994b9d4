"""What others do to an order in Shopify before its delivery status comes."""

from datetime import timedelta
from typing import Any

from tests.world.story import NOW, fetched, line

CANCEL = "mutation C($id: ID!) { fulfillmentCancel(id: $id) { userErrors { message } } }"
SHIPPED = fetched(
    status="IN_TRANSIT",
    collected_at=NOW - timedelta(hours=1),
    tracking_number="1Z999",
    shipping_provider="UPS",
    lines=(line(status="IN_TRANSIT"),),
)
DELIVERED = SHIPPED.model_copy(
    update={
        "status": "DELIVERED",
        "delivered_at": NOW,
        "updated_at": NOW,
        "lines": (line(status="DELIVERED"),),
    }
)


async def in_admin(world: Any, action: str, **given: Any) -> None:
    gid = (await world.ordered())["order"]["id"]
    answer = await world.shopify.sim.http.post(f"/_sim/orders/{gid}/{action}", json=given)
    answer.raise_for_status()


async def test_what_a_person_shipped_and_took_back_is_shipped_by_what_was_opened_for_it(
    world: Any,
) -> None:
    await world.shopify.sim.ask(CANCEL, id=(await world.fulfil()).id)
    await world.hear(SHIPPED)
    await world.work_until_settled()
    taken_back, sent = await world.parcels()
    assert taken_back.events == []
    assert (sent.number, [status for status, _ in sent.events]) == ("1Z999", ["IN_TRANSIT"])


async def test_what_the_carrier_said_already_is_not_said_again(world: Any) -> None:
    plan = [{"status": "DELIVERED", "after_s": 3600}]
    await world.shopify.behave(carrier_events=plan)
    await world.hear(SHIPPED)
    await world.work_until_settled()
    await world.pass_time(timedelta(hours=2))
    await world.hear(DELIVERED)
    await world.work_until_settled()
    (parcel,) = await world.parcels()
    assert [status for status, _ in parcel.events] == ["IN_TRANSIT", "DELIVERED"]
    assert [synced.status for synced in await world.told("DeliveryStatusSynced")] == [
        "in_transit",
        "delivered",
    ]


async def test_an_order_that_a_person_holds_says_so(world: Any) -> None:
    await in_admin(world, "hold")
    await world.hear(SHIPPED)
    await world.work_until_settled()
    (failed,) = await world.told("ShopifyUpdateFailed")
    assert (failed.reason_code, failed.field) == ("fulfillment_refused", "ON_HOLD")
    assert await world.parcels() == []
