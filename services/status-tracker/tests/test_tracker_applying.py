"""A delivery status stands in Shopify once: on its fulfilment, as one event."""

from datetime import timedelta
from typing import Any

import pytest
from tests.world import faults
from tests.world.shopify import Fault
from tests.world.story import (
    IDS,
    NOW,
    SHOP_ID,
    STORE,
    connected,
    created,
    fetched,
    line,
)

from jobs.outcomes import Finished, Parked, Retry
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import shop_stream
from shopify.denials import DenialKind
from shopify.refusals import RefusalKind

CLOSED = RefusalKind.FULFILLMENT_ORDER_CLOSED
READ, MAKE = "fulfillment_orders", "fulfillment_create"
EVENTS, ADD = "fulfillment_events_read", "fulfillment_event_create"


IN_TRANSIT = fetched(
    status="IN_TRANSIT",
    collected_at=NOW - timedelta(hours=1),
    tracking_number="1Z999",
    shipping_provider="UPS",
    lines=(line(status="IN_TRANSIT"),),
)
DELIVERED = IN_TRANSIT.model_copy(
    update={
        "status": "DELIVERED",
        "delivered_at": NOW,
        "updated_at": NOW,
        "lines": (line(status="DELIVERED"),),
    }
)


async def said(world: Any) -> list[list[str]]:
    """The events of each fulfilment in Shopify."""
    return [[status for status, _ in parcel.events] for parcel in await world.parcels()]


async def removed(world: Any, seen_by: str = "webhook") -> events.ShopifyOrderRemoved:
    """The order is deleted in Shopify; what says so."""
    gid = (await world.ordered())["order"]["id"]
    await world.shopify.delete(gid)
    return events.ShopifyOrderRemoved.model_validate(
        {**IDS, "store": STORE, "shopify_order_id": gid, "seen_by": seen_by}
    )


async def test_a_fulfilment_is_made_with_tracking_and_told_that_it_is_in_transit(
    world: Any,
) -> None:
    await world.hear(IN_TRANSIT)
    assert await world.work() == [Finished()]
    assert world.shopify.asked() == [READ, MAKE, ADD]
    (parcel,) = await world.parcels()
    assert (parcel.number, parcel.events) == ("1Z999", [("IN_TRANSIT", "2026-11-25T11:00:00Z")])
    (synced,) = await world.told("DeliveryStatusSynced")
    assert synced == events.DeliveryStatusSynced(
        **IDS,
        store=STORE,
        status="in_transit",
        delivery_version=3,
        fulfillment_id=parcel.id,
        fulfillment_event_id=parcel.event_ids[0],
        fulfillment_ids=(parcel.id,),
    )


async def test_delivered_is_told_to_the_fulfilment_that_is_there(world: Any) -> None:
    await world.hear(IN_TRANSIT)
    await world.work()
    await world.hear(DELIVERED)
    await world.work_until_settled()
    assert await said(world) == [["IN_TRANSIT", "DELIVERED"]]
    assert world.shopify.asked().count(MAKE) == 1


async def test_an_order_first_seen_delivered_gets_both_events_in_order(world: Any) -> None:
    await world.hear(DELIVERED)
    await world.work_until_settled()
    assert await said(world) == [["IN_TRANSIT", "DELIVERED"]]
    assert len(await world.told("DeliveryStatusSynced")) == 2


async def test_redelivery_changes_nothing(world: Any) -> None:
    await world.hear(IN_TRANSIT)
    await world.work()
    calls = len(world.shopify.asked())
    changed = await world.told("DeliveryStatusChanged")
    await world.hear(IN_TRANSIT.model_copy(update={"asked_at": NOW + timedelta(hours=1)}))
    await world.job_store.purge_done(world.now + timedelta(hours=1))
    await world.hear(events.OrderEligible(**IDS, snapshot_version=1))
    await world.work_until_settled()
    assert len(world.shopify.asked()) == calls
    assert await world.told("DeliveryStatusChanged") == changed


async def test_a_status_waits_until_the_order_stands(world: Any) -> None:
    await world.say(await removed(world))
    await world.hear(IN_TRANSIT)
    assert await world.jobs() == []
    await world.hear(created(await world.create()))
    await world.work_until_settled()
    assert await said(world) == [["IN_TRANSIT"]]


async def test_a_fulfilment_that_a_person_made_carries_the_status(world: Any) -> None:
    await world.fulfil()
    await world.hear(IN_TRANSIT)
    await world.work()
    assert world.shopify.asked() == [READ, EVENTS, ADD]
    assert await said(world) == [["IN_TRANSIT"]]


async def test_an_event_that_is_there_is_not_told_again(world: Any) -> None:
    await world.tell(await world.fulfil(), "IN_TRANSIT", "2026-11-25T10:00:00Z")
    await world.hear(IN_TRANSIT)
    await world.work()
    assert world.shopify.asked() == [READ, EVENTS]
    (synced,) = await world.told("DeliveryStatusSynced")
    (parcel,) = await world.parcels()
    assert [synced.fulfillment_event_id] == parcel.event_ids


@pytest.mark.parametrize("document", [MAKE, ADD])
@pytest.mark.parametrize("fault", faults.OF_ANY_CALL)
async def test_whatever_happens_to_a_call_there_is_one_fulfilment_with_one_event(
    world: Any, document: str, fault: Fault
) -> None:
    world.shopify.faults[document] = [fault]
    await world.hear(IN_TRANSIT)
    await world.work_until_settled()
    assert await said(world) == [["IN_TRANSIT"]]
    assert len(await world.told("DeliveryStatusSynced")) == 1
    assert {job.state for job in await world.jobs()} == {"done"}


async def test_a_planted_haste_to_believe_absence_makes_a_second_event(world: Any) -> None:
    """Shows that the test above can fail: Shopify appends a second event without a word."""
    await world.believe_at_once()
    world.shopify.faults[ADD] = [faults.dies_late]
    await world.hear(IN_TRANSIT)
    await world.work_until_settled()
    await world.pass_time(timedelta(minutes=5))
    assert await said(world) == [["IN_TRANSIT", "IN_TRANSIT"]]


@pytest.mark.parametrize("document", [READ, EVENTS])
@pytest.mark.parametrize("fault", [faults.trouble, faults.throttled_for(7.0), faults.unreachable])
async def test_a_read_that_does_not_answer_is_no_doubt(
    world: Any, document: str, fault: Fault
) -> None:
    await world.fulfil()
    world.shopify.faults[document] = [fault]
    await world.hear(IN_TRANSIT)
    (outcome,) = await world.work()
    assert isinstance(outcome, Retry)
    await world.work_until_settled()
    assert await said(world) == [["IN_TRANSIT"]]


async def test_a_read_that_does_not_answer_leaves_a_doubt_a_doubt(world: Any) -> None:
    world.shopify.faults |= {ADD: [faults.dies_late], READ: [None, faults.trouble]}
    await world.hear(IN_TRANSIT)
    await world.work()
    (outcome,) = await world.work()
    assert isinstance(outcome, Retry)
    assert [job.state for job in await world.jobs()] == ["in_doubt"]
    await world.work_until_settled()
    assert await said(world) == [["IN_TRANSIT"]]


async def test_a_throttled_call_waits_as_long_as_shopify_wants(world: Any) -> None:
    world.shopify.faults[READ] = [faults.throttled_for(7.0)]
    await world.hear(IN_TRANSIT)
    (outcome,) = await world.work()
    assert isinstance(outcome, Retry)
    assert outcome.due_at >= world.now + timedelta(seconds=7)
    assert await world.told("ShopifyUpdateFailed") == []


async def test_a_refused_fulfilment_is_told_once_with_its_reason(world: Any) -> None:
    world.shopify.faults[MAKE] = [faults.refusing(CLOSED, at=("fulfillment", "x"))]
    await world.hear(IN_TRANSIT)
    assert await world.work() == [Finished()]
    (failed,) = await world.told("ShopifyUpdateFailed")
    found = (failed.reason_code, failed.field, failed.change, failed.request_id)
    assert found == ("fulfillment_refused", "fulfillment.x", "delivery", "request-2")


async def test_an_order_that_is_gone_is_told_and_its_next_one_is_served(world: Any) -> None:
    gone = await removed(world, "reconciliation")
    await world.hear(IN_TRANSIT)
    assert await world.work() == [Finished()]
    (failed,) = await world.told("ShopifyUpdateFailed")
    assert failed.reason_code == "order_removed"
    await world.hear(gone, created(await world.create()))
    await world.work_until_settled()
    assert await said(world) == [["IN_TRANSIT"]]


async def test_an_order_created_again_is_fulfilled_again(world: Any) -> None:
    await world.hear(IN_TRANSIT)
    await world.work()
    gone, gid = await removed(world), await world.create()
    await world.hear(gone, created(gid))
    await world.work_until_settled()
    assert await said(world) == [["IN_TRANSIT"]]
    asked = [call.variables["orderId"] for call in world.shopify.calls if call.what == READ]
    assert asked == [gone.shopify_order_id, gid]


async def test_a_token_that_ended_pauses_the_shop_and_nothing_is_lost(world: Any) -> None:
    world.shopify.faults[READ] = [faults.denied(DenialKind.TOKEN)]
    await world.hear(IN_TRANSIT)
    assert await world.work() == [Parked("token_invalid")]
    await world.hear(DELIVERED)
    assert await world.work() == [Parked("token_invalid")]
    assert len(await world.told("ShopifyUpdateFailed")) == 1
    paused = (await world.store.read(shop_stream(SHOP_ID)))[-1].event
    assert paused == events.ShopPaused(
        shop_id=SHOP_ID, side="shopify", reason_code="token_invalid", refused=READ
    )
    await world.say(events.ShopResumed(shop_id=SHOP_ID, side="shopify"))
    await world.job_store.release(store=STORE)
    await world.work_until_settled()
    assert await said(world) == [["IN_TRANSIT", "DELIVERED"]]


async def test_a_missing_permission_is_told_once_and_asked_for_again_by_the_hour(
    world: Any,
) -> None:
    world.shopify.faults[MAKE] = [faults.denied(DenialKind.SCOPE)] * 3
    await world.hear(IN_TRANSIT)
    (outcome,) = await world.work()
    assert outcome == Retry(world.now + timedelta(hours=1), "missing_scope", is_settled=True)
    await world.work_until_settled(hours=5)
    found = [failed.reason_code for failed in await world.told("ShopifyUpdateFailed")]
    assert found == ["missing_scope"]
    assert await said(world) == [["IN_TRANSIT"]]
    shop = await world.store.read(shop_stream(SHOP_ID))
    assert "ShopPaused" not in [recorded.name for recorded in shop]


async def test_a_disconnected_shop_s_jobs_are_parked(world: Any) -> None:
    await world.say(events.ShopDisconnected(shop_id=SHOP_ID, disconnected_by="ana"))
    await world.hear(IN_TRANSIT)
    assert await world.work() == [Parked("shop_disconnected")]
    assert world.shopify.asked() == []


async def test_without_the_lease_nothing_is_written(world: Any) -> None:
    world.clock.stood_still_s = 60.0
    await world.hear(IN_TRANSIT)
    assert await world.work() == []
    assert (world.shopify.asked(), await world.parcels()) == ([READ], [])


async def test_split_packages_are_two_fulfilments(world_of_two: Any) -> None:
    world = world_of_two
    lines = [
        line(n, seller_sku=sku, package_id=f"p{n}", tracking_number=f"t{n}", status="IN_TRANSIT")
        for n, sku in ((1, "MUG-BLUE-11"), (2, "BOWL-RED-6"))
    ]
    split = IN_TRANSIT.model_copy(update={"lines": tuple(lines), "package_ids": ("p1", "p2")})
    await world.hear(split)
    await world.work_until_settled()
    found = [(parcel.number, len(parcel.events)) for parcel in await world.parcels()]
    assert found == [("t1", 1), ("t2", 1)]
    assert (await world.ordered())["order"]["displayFulfillmentStatus"] == "FULFILLED"


async def test_jobs_are_keyed_by_event_and_shopify_order_in_stream_order(world: Any) -> None:
    await world.hear(DELIVERED)
    jobs = await world.jobs()
    assert [job.version for job in jobs] == [3, 4]
    await world.hear(events.OrderEligible(**IDS, snapshot_version=1))
    assert await world.jobs() == jobs


@pytest.mark.parametrize("reason_code", ["protected_data", "token_invalid"])
async def test_a_pause_of_the_store_that_a_shop_has_now_holds_up_no_order_in_the_one_it_left(
    world: Any, reason_code: str
) -> None:
    await world.say(*moved())
    await world.say(events.ShopPaused(shop_id=SHOP_ID, side="shopify", reason_code=reason_code))
    await world.hear(IN_TRANSIT)
    assert await world.work() == [Finished()]
    assert await said(world) == [["IN_TRANSIT"]]


async def test_a_store_that_its_shop_left_and_that_denies_us_is_asked_again_by_the_hour(
    world: Any,
) -> None:
    await world.say(*moved())
    world.shopify.faults[READ] = [faults.denied(DenialKind.TOKEN)]
    await world.hear(IN_TRANSIT)
    assert await world.work() == [Retry(world.now + timedelta(hours=1), "token_invalid")]
    shop = await world.store.read(shop_stream(SHOP_ID))
    assert "ShopPaused" not in [recorded.name for recorded in shop]
    await world.work_until_settled(hours=2)
    assert await said(world) == [["IN_TRANSIT"]]


def moved() -> tuple[Event, ...]:
    """The shop is connected to another store."""
    other = "another.myshopify.com"
    return (
        connected()[0].model_copy(update={"store": other}),
        events.AdoptionFinished(shop_id=SHOP_ID, store=other, waived_by="test"),
    )
