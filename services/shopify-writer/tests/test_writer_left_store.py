"""A store that its shop has left: what is open there is found out, and nothing waits for ever."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.world import faults, instants
from tests.world.poison import OTHER_STORE
from tests.world.shopify import full_budget_of
from tests.world.story import SHOP_ID, connected, fetched
from tests.world.world import World
from tests.world.writer import CREATE, LOOKUP, VARIANT

from lifecycle import order as orders
from ordersync_contracts import events
from ordersync_contracts.events import Event
from shopify.denials import DenialKind

MUG = {"id": VARIANT, "sku": "MUG-BLUE-11", "title": "Blue", "price": "18.50"}
LEFT = events.ShopDisconnected(shop_id=SHOP_ID, disconnected_by="ana")


def moved() -> tuple[Event, ...]:
    """The shop is connected to another store, where no other connector has been."""
    return (
        connected()[0].model_copy(update={"store": OTHER_STORE}),
        events.AdoptionFinished(shop_id=SHOP_ID, store=OTHER_STORE, waived_by="test"),
    )


async def days_of_rounds(world: Any, days: float) -> None:
    end = world.now + timedelta(days=days)
    while world.now < end:
        await world.process().round("recover")
        await world.work()
        await world.pass_time(timedelta(seconds=30))


@pytest.mark.parametrize("is_heard", [True, False])
async def test_an_order_in_doubt_in_a_store_that_its_shop_left_is_resolved_while_that_answers(
    world: Any, is_heard: bool
) -> None:
    world.shopify.faults[CREATE] = [faults.lost_before]
    await world.draft()
    await world.work()
    await world.say(LEFT)
    await days_of_rounds(world, 0.01)
    assert [(job.state, job.in_doubt) for job in await world.jobs()] == [("parked", True)]
    said = await world.say(*moved())
    if is_heard:
        await world.redeliver(*said)
    await days_of_rounds(world, 0.1)
    assert await world.names() == ["Draft", "Requested", "Failed"]
    assert (await world.last()).reason_code == "not_created"


@pytest.mark.parametrize("is_denied", [False, True], ids=["left", "paused"])
async def test_an_open_request_that_is_parked_just_after_its_release_is_resolved(
    world: Any, is_denied: bool
) -> None:
    """The writer died between intent and look-up; the next one waits for the store, and meanwhile
    the shop is connected to another: what is released then was not parked yet."""
    world.shopify.faults[LOOKUP] = [faults.dies]
    await world.draft()
    await world.work()
    if is_denied:
        world.shopify.faults[LOOKUP] = [faults.denied(DenialKind.TOKEN)]
    else:
        await world.say(LEFT)

    async def connect_elsewhere() -> None:
        await world.redeliver(*await world.say(*moved()))

    instants.before(world.job_store, "park", connect_elsewhere)
    await world.work()
    assert [job.state for job in await world.jobs()] == ["parked"]
    await days_of_rounds(world, 0.1)
    assert await world.names() == ["Draft", "Requested", "Failed"]
    assert (await world.last()).reason_code == "not_created"


async def test_an_order_in_doubt_goes_to_the_store_that_its_shop_is_connected_to_next() -> None:
    async with World.open("shopify-writer", "mapper") as world:
        await two_stores(world)
        world.shopify.faults[CREATE] = [faults.lost_before]
        await world.say(*connected(automatic_sync=True, auto_link_same_sku=True), fetched())
        await turns(world, 3, timedelta(seconds=1))
        await world.say(LEFT)
        await turns(world, 5, timedelta(seconds=30))
        await world.say(*moved())
        await turns(world, 60, timedelta(minutes=10))
        order = orders.fold(await world.history())
        assert order.stands
        assert order.created is not None
        assert order.created.event.store == OTHER_STORE


async def test_a_store_that_its_shop_left_and_that_denies_us_is_asked_by_the_hour(
    world: Any,
) -> None:
    """The writer died between intent and look-up: the order is in flight, its job is not."""
    world.shopify.faults[LOOKUP] = [faults.dies]
    await world.draft()
    await world.work()
    world.shopify.faults[LOOKUP] = [faults.denied(DenialKind.TOKEN)] * 10_000
    await world.redeliver(*await world.say(*moved()))
    await world.draft(store=OTHER_STORE, replaces=1)
    before = world.shopify.asked().count(LOOKUP)
    await days_of_rounds(world, 0.5)
    assert 10 <= world.shopify.asked().count(LOOKUP) - before <= 30


async def test_a_creation_for_a_store_that_its_shop_left_is_not_looked_at_round_by_round(
    world: Any,
) -> None:
    await world.say(LEFT)
    await world.draft()
    await world.work()
    await world.redeliver(*await world.say(*moved()))
    await world.work()
    (job,) = await world.jobs()
    await days_of_rounds(world, 0.1)
    assert await world.jobs() == [job]


async def two_stores(world: World) -> None:
    await world.shopify.behave(variants=[MUG])
    second = replace(world.shopify.sim, domain=OTHER_STORE)
    (await second.put(plan="basic", variants=[MUG])).raise_for_status()
    await second.define_custom_id()
    await full_budget_of(world.shopify.budget, OTHER_STORE)
    token = {"access_token": world.shopify.sim.token}
    await world.vault.put_credential("shopify_store", OTHER_STORE, token)


async def turns(world: World, times: int, between: timedelta) -> None:
    for _ in range(times):
        for process in world.processes.values():
            await process.take_turn()
        await world.pass_time(between)
