"""Each of the status-tracker's inputs poisoned, while a second shop's deliveries are told."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.world.poison import (
    ANSWERS,
    OTHER,
    OTHER_STORE,
    connect_two,
    poison,
    running,
    unreadable,
)
from tests.world.story import NOW, ORDER_ID, SHOP_ID, STORE, created, fetched, line
from tests.world.world import World

from lifecycle import order as orders
from ordersync_contracts.streams import order_stream
from simulators.shopify.in_process import line as shopify_line

DOCUMENTS = ("fulfillment_orders", "fulfillment_create", "fulfillment_event_create")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """Two shops, each with an order that stands in its store and is on its way at TikTok."""
    async with World.open("status-tracker") as made:
        await connect_two(made)
        for shop_id, store in ((SHOP_ID, STORE), (OTHER, OTHER_STORE)):
            await order(made, shop_id, store, ORDER_ID)
        yield made


async def order(world: World, shop_id: str, store: str, order_id: str) -> None:
    """An order stands in this store, and what it is made of is in transit."""
    sim = replace(world.shopify.sim, domain=store)
    lines = [shopify_line(variantId=None, sku="MUG-BLUE-11", quantity=1)]
    ids = {"shop_id": shop_id, "order_id": order_id}
    stands = created(await sim.create(lineItems=lines)).model_copy(update={**ids, "store": store})
    moving = fetched(
        **ids,
        status="IN_TRANSIT",
        collected_at=NOW - timedelta(hours=1),
        tracking_number="1Z999",
        shipping_provider="UPS",
        lines=(line(status="IN_TRANSIT"),),
    )
    await world.say(stands, moving)


async def is_told(world: World, shop_id: str, order_id: str = ORDER_ID) -> bool:
    """Whether the delivery stands in Shopify, and the order's stream says so."""
    history = await world.store.read(order_stream(shop_id, order_id))
    return bool(orders.fold(history).synced_deliveries)


@pytest.mark.parametrize("document", DOCUMENTS)
@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_store_that_answers_anything_holds_up_no_other(
    world: World, answer: str, document: str
) -> None:
    poison(world, document, ANSWERS[answer])
    while await world.process().hear():
        pass

    async def second_is_told() -> bool:
        return await is_told(world, OTHER)

    async with running(world.process().service.parts.tasks["work"], second_is_told):
        pass
    assert not await is_told(world, SHOP_ID)


async def test_an_order_that_cannot_be_read_holds_up_no_job_of_another_and_is_tried_again(
    world: World,
) -> None:
    await order(world, SHOP_ID, STORE, "3")
    while await world.process().hear():
        pass

    async def others_are_told() -> bool:
        return await is_told(world, OTHER) and await is_told(world, SHOP_ID)

    with unreadable(order_stream(SHOP_ID, "3")):
        async with running(world.process().service.parts.tasks["work"], others_are_told):
            pass
    assert not await is_told(world, SHOP_ID, "3")
    await world.work_until_settled()
    assert await is_told(world, SHOP_ID, "3")
