"""Each of the shopify-writer's inputs poisoned, while a second shop's orders come into being."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.world.poison import (
    ANSWERS,
    OTHER,
    OTHER_STORE,
    connect_two,
    poison,
    running,
    surprise,
    unreadable,
)
from tests.world.story import ORDER_ID, SHOP_ID, STORE, fetched
from tests.world.world import World
from tests.world.writer import VARIANT, a_draft

from eventstore.journal import Journal
from lifecycle import order as orders
from ordersync_contracts import events
from ordersync_contracts.codec import UnreadableEvent
from ordersync_contracts.streams import order_stream, reconciliation_stream, shop_stream
from shopify_writer.webhooks.erasing import Erasing
from simulators.shopify.in_process import custom_id, line

MUG = {"id": VARIANT, "sku": "MUG-BLUE-11", "title": "Blue", "price": "18.50"}
BESIDE = {
    "read-back": "orders_read_back",
    "adopt": "orders_recent",
    "adopt, at its beginning": "shop_info",
    "reconcile": "orders_recent",
    "reconcile, where one is missed": "orders_read_back",
    "recover": "order_find_by_custom_id",
}
"""What the service does beside its jobs, by the document that it asks for."""


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World.open("shopify-writer") as made:
        await connect_two(made, MUG)
        yield made


async def draft(world: World, shop_id: str, store: str, order_id: str = ORDER_ID) -> None:
    await world.say(a_draft(shop_id=shop_id, store=store, order_id=order_id))
    while await world.process().hear():
        pass


async def is_created(world: World, shop_id: str, order_id: str = ORDER_ID) -> bool:
    return orders.fold(await world.store.read(order_stream(shop_id, order_id))).created is not None


async def stranger(world: World, domain: str) -> None:
    """An order with our id that nobody knows of: comparing says so."""
    sim = replace(world.shopify.sim, domain=domain)
    await sim.create(lineItems=[line(variantId=None)], metafields=custom_id("576461413038789999"))


async def is_reconciled(world: World, shop_id: str) -> bool:
    proofs = await world.store.read(reconciliation_stream(shop_id))
    return [recorded.name for recorded in proofs][-1:] == ["StoreReconciled"]


@pytest.mark.parametrize("beside", BESIDE)
@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_store_that_answers_anything_holds_up_nobody_beside_its_own(
    world: World, answer: str, beside: str
) -> None:
    await draft(world, SHOP_ID, STORE)
    await world.work()
    assert await is_created(world, SHOP_ID)
    await world.say(events.AdoptionRequested(shop_id=SHOP_ID, store=STORE, requested_by="ana"))
    for domain in (STORE, OTHER_STORE):
        await stranger(world, domain)
    if beside == "recover":
        paused = events.ShopPaused(shop_id=SHOP_ID, side="shopify", reason_code="token_invalid")
        await world.say(paused)
    poison(world, BESIDE[beside], ANSWERS[answer])
    await world.pass_time(timedelta(hours=2))
    await draft(world, OTHER, OTHER_STORE, "2")
    await world.process().round()
    await world.work()
    assert await is_created(world, OTHER, "2")
    await world.process().round()
    assert await is_reconciled(world, OTHER)
    world.shopify.faults.clear()
    for _ in range(3):
        await world.pass_time(timedelta(hours=2))
        await world.process().round()
    assert await is_reconciled(world, SHOP_ID)


async def test_jobs_whose_stream_or_call_is_poisoned_are_tried_again_and_hold_up_no_other(
    world: World,
) -> None:
    await draft(world, SHOP_ID, STORE, "1")
    await draft(world, SHOP_ID, STORE, "3")
    await draft(world, OTHER, OTHER_STORE, "2")
    poison(world, "order_find_by_custom_id", surprise, times=3)
    work = world.process().service.parts.tasks["work"]

    async def second_is_there() -> bool:
        return await is_created(world, OTHER, "2")

    with unreadable(order_stream(SHOP_ID, "3")):
        async with running(work, second_is_there):
            pass
    assert not await is_created(world, SHOP_ID, "3")
    world.shopify.faults.clear()
    await world.pass_time(timedelta(minutes=30))
    await world.work_until_settled()
    assert await is_created(world, SHOP_ID, "1")
    assert await is_created(world, SHOP_ID, "3")


async def test_orders_that_cannot_be_read_hold_up_no_reading_back_and_no_reconciliation(
    world: World,
) -> None:
    read, not_read = ORDER_ID, "576461413038785753"
    for order_id in (read, not_read):
        await draft(world, SHOP_ID, STORE, order_id)
    await world.work()
    await stranger(world, STORE)
    await world.pass_time(timedelta(hours=2))
    with unreadable(order_stream(SHOP_ID, not_read)):
        await world.process().restart()
        await world.pass_time(timedelta(hours=2))
        await world.process().round()
    said: Any = (await world.store.read(reconciliation_stream(SHOP_ID)))[-1].event
    assert (said.orders, said.removed, len(said.strangers)) == (3, 0, 1)


async def test_an_order_that_cannot_be_read_holds_up_no_adoption_of_its_store(world: World) -> None:
    adopted, not_read = ORDER_ID, "576461413038785753"
    for order_id in (adopted, not_read):
        await world.say(fetched(order_id=order_id))
        await world.shopify.sim.create(
            lineItems=[line(variantId=None)], tags=[f"TikTokOrderID:{order_id}"]
        )
    await world.say(events.AdoptionRequested(shop_id=SHOP_ID, store=STORE, requested_by="ana"))
    await world.pass_time(timedelta(minutes=1))
    with unreadable(order_stream(SHOP_ID, not_read)):
        await world.process().round()
    finished: Any = (await world.store.read(shop_stream(SHOP_ID)))[-1].event
    assert (finished.orders_recorded, finished.orders_kept) == (1, 1)
    assert await is_created(world, SHOP_ID, adopted)
    await world.process().round()
    assert await is_created(world, SHOP_ID, not_read)


async def test_a_deleted_order_that_cannot_be_told_of_holds_up_no_comparison(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An event of its stream is of a newer version; that it was created can be read."""
    told, not_told = ORDER_ID, "576461413038785753"
    for order_id in (told, not_told):
        await draft(world, SHOP_ID, STORE, order_id)
        await world.work()
    for shown in await world.shopify.orders():
        await world.shopify.delete(shown["order"]["id"])
    await world.pass_time(timedelta(hours=2))
    read = orders.evolve

    def newer(order: Any, version: int, event: Any) -> Any:
        if isinstance(event, events.ShopifyOrderDraft) and event.order_id == not_told:
            raise UnreadableEvent("ShopifyOrderDraft: planted")
        return read(order, version, event)

    monkeypatch.setattr(orders, "evolve", newer)
    await world.process().round()
    proof: Any = (await world.store.read(reconciliation_stream(SHOP_ID)))[-1].event
    assert (proof.orders, proof.removed) == (0, 1)


@pytest.mark.parametrize("asked_by", ["a customer", "a shop"])
async def test_an_order_that_cannot_be_read_holds_up_no_other_erasure_of_its_request(
    world: World, asked_by: str
) -> None:
    streams = [order_stream(SHOP_ID, order_id) for order_id in ("1", "2", "3")]
    for order_id in ("1", "2", "3"):
        await world.say(fetched(order_id=order_id))
    erasing = Erasing(Journal(world.store, "shopify-writer", world.clock.wall), world.vault)
    ask = erasing.store(STORE, [SHOP_ID]) if asked_by == "a shop" else erasing.orders(streams)
    with unreadable(streams[0]), pytest.raises(UnreadableEvent):
        await ask
    histories = await world.store.read_many(streams)
    erased = [said[-1].name == "RecipientErased" for said in histories.values()]
    assert erased == [False, True, True]
