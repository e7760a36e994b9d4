"""The whole system in one world: what is placed at TikTok stands in Shopify, once, to the cent."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.world import faults
from tests.world.shopify import Fault
from tests.world.story import BUYER, ORDER_ID, SKU_ID, raw_order
from tests.world.world import World

from lifecycle import order as orders
from lifecycle.status import view
from simulators.shopify.in_process import TEE

SERVICES = ("fetcher", "mapper", "shopify-writer", "status-tracker")


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A shop with automatic sync whose tee is linked; all services are at work."""
    async with World.open(*SERVICES) as world:
        await world.connect(automatic_sync=True)
        await world.link(SKU_ID, TEE)
        await world.come_to_rest()
        yield world


def placed(world: World, **changes: str) -> dict[str, Any]:
    """An order that TikTok has just changed."""
    return raw_order(world.now, update_time=int(world.now.timestamp()), **changes)


async def moves(world: World, status: str) -> None:
    """TikTok moves the order on, and everybody gets round to it."""
    await world.pass_time(timedelta(hours=1))
    await world.tiktok.sim.patch(ORDER_ID, {"status": status})
    await world.come_to_rest()


async def test_an_order_is_placed_created_shipped_and_delivered(world: World) -> None:
    await world.tiktok.sim.post(placed(world))
    await world.come_to_rest()
    (made,) = await world.shopify.orders(ORDER_ID)
    assert made["order"]["totalPriceSet"]["shopMoney"]["amount"] == "24.97"
    assert made["order"]["shippingAddress"]["address1"] == BUYER.line1
    await moves(world, "IN_TRANSIT")
    await moves(world, "DELIVERED")
    (made,) = await world.shopify.orders(ORDER_ID)
    assert [event["status"] for event in made["events"]] == ["IN_TRANSIT", "DELIVERED"]
    seen = view(orders.fold(await world.history()))
    assert (seen.status, seen.delivery) == ("Synced", "Delivered")
    told = b"".join(recorded.data for recorded in await world.store.read_after(0, 1_000))
    assert not [word for word in (b"Petra", b"Planted", b"2135550147") if word in told]


async def test_an_order_cancelled_before_anybody_saw_it_is_never_created(world: World) -> None:
    await world.tiktok.sim.post(placed(world, status="CANCELLED"))
    await world.come_to_rest()
    assert await world.shopify.orders() == []


@pytest.mark.parametrize(
    "fault", [faults.lost_before, faults.lost_after, faults.late, faults.dies, faults.dies_after]
)
async def test_whatever_becomes_of_the_create_the_order_stands_once(
    world: World, fault: Fault
) -> None:
    await world.shopify.behave(lookup_lag_s=20, search_lag_s=40)
    world.shopify.faults["order_create"] = [fault]
    await world.tiktok.sim.post(placed(world))
    await world.come_to_rest()
    assert len(await world.shopify.orders(ORDER_ID)) == 1


async def test_processes_that_begin_anew_and_hear_everything_again_change_nothing(
    world: World,
) -> None:
    await world.tiktok.sim.post(placed(world))
    await world.come_to_rest()
    await moves(world, "CANCELLED")
    head, calls = await world.store.head(), len(world.shopify.calls)
    for name, process in world.processes.items():
        await process.restart()
        world.kafka.rewind(name)
    await world.come_to_rest()
    assert (await world.store.head(), len(world.shopify.calls)) == (head, calls)


async def test_the_same_story_ends_in_the_same_events(world: World) -> None:
    async def told(world: World) -> list[tuple[str, str, datetime]]:
        await world.tiktok.sim.post(placed(world))
        await world.come_to_rest()
        await moves(world, "IN_TRANSIT")
        said = await world.store.read_after(0, 1_000)
        return [(recorded.stream, recorded.name, recorded.recorded_at) for recorded in said]

    first = await told(world)
    async with World.open(*SERVICES) as again:
        await again.connect(automatic_sync=True)
        await again.link(SKU_ID, TEE)
        await again.come_to_rest()
        assert await told(again) == first
