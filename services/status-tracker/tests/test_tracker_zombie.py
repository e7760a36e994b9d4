"""A worker that lost its job, and a doubt that only an answer or its time may end."""

from datetime import timedelta
from typing import Any

import pytest
from tests.world import faults
from tests.world.story import NOW, created, fetched, line

from jobs.job import JobLost
from jobs.outcomes import settle
from ordersync_contracts import events
from runtime.session import LeaseLost
from shopify.answers import Answer, Done

READ, MAKE = "fulfillment_orders", "fulfillment_create"
IN_TRANSIT = fetched(
    status="IN_TRANSIT",
    collected_at=NOW - timedelta(hours=1),
    tracking_number="1Z999",
    shipping_provider="UPS",
    lines=(line(status="IN_TRANSIT"),),
)


async def on_hold(shop: Any, call: Any) -> Answer:
    """As it stands, but its fulfilment orders are on hold."""
    answer: Answer = await shop.answer(call)
    assert isinstance(answer, Done)
    for order in answer.data["order"]["fulfillmentOrders"]["nodes"]:
        order |= {"status": "ON_HOLD", "supportedActions": []}
    return answer


async def test_a_worker_that_lost_its_job_does_not_say_that_it_failed(world: Any) -> None:
    """It reads an order on hold, and stands still; its successor fulfils it meanwhile."""
    await world.hear(IN_TRANSIT)
    (job,) = await world.job_store.claim(world.process().owner.id, world.process().service.kinds, 1)
    lease, perform = world.process().owner.lease, world.process().service.perform

    async def stands_still(shop: Any, call: Any) -> Answer:
        answer = await on_hold(shop, call)
        await world.process().restart()
        await world.work_until_settled()
        return answer

    world.shopify.faults[READ] = [stands_still]
    with pytest.raises((JobLost, LeaseLost)):
        await settle(world.job_store, job, await perform(job, lease))
    assert len(await world.parcels()) == 1
    assert await world.told("ShopifyUpdateFailed") == []


async def test_what_was_read_while_a_write_may_still_arrive_ends_nothing(world: Any) -> None:
    """The order was put on hold for a while; the fulfilment that was asked for comes late."""
    world.shopify.faults |= {MAKE: [faults.dies_late], READ: [None, on_hold]}
    await world.hear(IN_TRANSIT)
    await world.work()
    await world.work()
    assert [job.state for job in await world.jobs()] == ["in_doubt"]
    assert await world.told("ShopifyUpdateFailed") == []
    await world.work_until_settled()
    assert [len(parcel.events) for parcel in await world.parcels()] == [1]


async def test_what_became_of_an_order_says_nothing_of_one_that_was_created_since(
    world: Any,
) -> None:
    """While its fulfilment is made, the order is deleted, and another comes into being."""

    async def created_anew(shop: Any, call: Any) -> Answer:
        answer: Answer = await shop.answer(call)
        ids = created().model_dump(include={"shop_id", "order_id", "store"})
        gid = (await world.ordered())["order"]["id"]
        gone = events.ShopifyOrderRemoved(**ids, shopify_order_id=gid, seen_by="reconciliation")
        await world.say(gone, created("gid://shopify/Order/2"))
        return answer

    world.shopify.faults[MAKE] = [created_anew]
    await world.hear(IN_TRANSIT)
    await world.work()
    assert len(await world.parcels()) == 1
    assert await world.told("DeliveryStatusSynced") == []
