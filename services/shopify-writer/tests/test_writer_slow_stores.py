"""A store that takes long is waited for by nobody but its own shops."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest
from tests.world.poison import OTHER, OTHER_STORE, connect_two, running
from tests.world.story import SHOP_ID, STORE
from tests.world.world import World
from tests.world.writer import VARIANT, a_draft

from jobs.outcomes import Parked
from ordersync_contracts import events
from ordersync_contracts.streams import shop_stream

MUG = {"id": VARIANT, "sku": "MUG-BLUE-11", "title": "Blue", "price": "18.50"}
LIMIT_S = 5.0


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with World.open("shopify-writer") as made:
        await connect_two(made, MUG)
        yield made


def never(store: str, begun: asyncio.Event) -> Callable[..., Any]:
    """This store is asked, and does not answer; others do."""

    async def answer(side: Any, call: Any) -> Any:
        if call.store == store:
            begun.set()
            await asyncio.Event().wait()
        return await side.answer(call)

    return answer


async def last_of(world: World, shop_id: str) -> str:
    return (await world.store.read(shop_stream(shop_id)))[-1].name


def asked_for(shop_id: str, store: str) -> events.AdoptionRequested:
    return events.AdoptionRequested(shop_id=shop_id, store=store, requested_by="ana")


async def test_a_scan_that_takes_long_holds_up_no_other_of_the_round_nor_of_later_ones(
    world: World,
) -> None:
    begun = asyncio.Event()
    world.shopify.faults["orders_recent"] = [never(STORE, begun)] * 50
    await world.say(asked_for(SHOP_ID, STORE))
    service = world.process().service.parts

    async def is_finished() -> bool:
        return await last_of(world, OTHER) == "AdoptionFinished"

    async with running(service.tasks["adopt"], is_finished):
        async with asyncio.timeout(LIMIT_S):
            await begun.wait()
        await world.say(asked_for(OTHER, OTHER_STORE))
        while await world.process().hear():
            pass
    assert await last_of(world, SHOP_ID) == "AdoptionRequested"
    assert world.shopify.asked().count("orders_recent") == 2


def paused(shop_id: str) -> events.ShopPaused:
    return events.ShopPaused(shop_id=shop_id, side="shopify", reason_code="token_invalid")


async def test_a_probe_that_is_not_answered_holds_up_no_release(world: World) -> None:
    (connected, *_) = [said.event for said in await world.store.read(shop_stream(SHOP_ID))]
    await world.say(events.ShopDisconnected(shop_id=SHOP_ID, disconnected_by="ana"), a_draft())
    while await world.process().hear():
        pass
    assert await world.work() == [Parked("shop_disconnected")]
    await world.say(connected, paused(OTHER))
    begun = asyncio.Event()
    world.shopify.faults["order_find_by_custom_id"] = [never(OTHER_STORE, begun)] * 50

    async def is_released() -> bool:
        return [job.state for job in await world.jobs()] == ["waiting"]

    async with running(partial(world.process().round, "recover"), is_released):
        pass


@pytest.mark.parametrize(
    ("slow", "shop_id"), [(STORE, OTHER), (OTHER_STORE, SHOP_ID)], ids=["first", "second"]
)
async def test_a_probe_that_is_not_answered_holds_up_no_other(
    world: World, slow: str, shop_id: str
) -> None:
    await world.say(paused(SHOP_ID), paused(OTHER))
    begun = asyncio.Event()
    world.shopify.faults["order_find_by_custom_id"] = [never(slow, begun)] * 50

    async def is_resumed() -> bool:
        return begun.is_set() and await last_of(world, shop_id) == "ShopResumed"

    async with running(partial(world.process().round, "recover"), is_resumed):
        pass


@pytest.mark.parametrize("slow", [STORE, OTHER_STORE])
@pytest.mark.parametrize(
    ("task", "document"), [("reconcile", "orders_recent"), ("attend", "orders_cancelled")]
)
async def test_a_store_that_does_not_answer_holds_up_no_other_that_is_looked_after_by_the_hour(
    world: World, task: str, document: str, slow: str
) -> None:
    begun, asked = asyncio.Event(), set()

    async def note(side: Any, call: Any) -> Any:
        asked.add(call.store)
        return await never(slow, begun)(side, call)

    world.shopify.faults[document] = [note] * 50

    async def both_are_asked() -> bool:
        return asked == {STORE, OTHER_STORE}

    async with running(partial(world.process().round, task), both_are_asked):
        pass
