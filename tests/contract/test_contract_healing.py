"""Failures that heal: each ends with one order, by itself or when somebody acts."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.contract.one_order import SHOP_ID, STREAM, World

from lifecycle import order as orders
from lifecycle.status import View, view
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import shop_stream
from simulators.shopify import in_process
from simulators.shopify.in_process import DOMAIN, TEE

LOOKUP, CREATE = "orderByIdentifier", "orderCreate"


@pytest.fixture
async def world(
    fetched: Callable[..., events.OrderFetched],
    connected: Callable[..., tuple[Event, ...]],
) -> AsyncIterator[World]:
    """An order that is wanted, in a shop that refuses what its stock does not cover."""
    async with in_process.running() as sim:
        await sim.define_custom_id()
        first = fetched()
        made = World(sim, first, first.updated_at)
        for one in connected(automatic_sync=True, inventory="DECREMENT_OBEYING_POLICY"):
            event = one.model_copy(update={"store": DOMAIN}) if hasattr(one, "store") else one
            await made.say(shop_stream(SHOP_ID), event)
        async with made.job_store.open_owner(clock=lambda: 0.0) as made.owner:
            await made.change("address")
            yield made


async def go(world: World) -> View:
    """Everybody gets round to it once; what a merchant sees then."""
    for step in ("map", "take in", "write", "track", "apply"):
        await world.step(step)
    return view(orders.fold(await world.history()))


def fault(operation: str, status: int, count: int = 1) -> dict[str, Any]:
    return {"match": {"operation": operation}, "kind": "status", "status": status, "count": count}


async def variant(world: World, quantity: int) -> None:
    one = {"id": TEE, "sku": "TEE", "title": "Tee", "price": "1.00", "quantity": quantity}
    (await world.sim.put(variants=[one])).raise_for_status()


@pytest.mark.parametrize("operation", [LOOKUP, CREATE])
async def test_a_frozen_store_pauses_the_shop_is_probed_and_goes_on(
    world: World, operation: str
) -> None:
    """HTTP 402."""
    await world.sim.fault(fault(operation, 402))
    seen = await go(world)
    assert (seen.status, seen.reason_code) == ("Sync failed", "shop_frozen")
    paused = [one.name for one in await world.store.read(shop_stream(SHOP_ID))]
    assert paused[-1] == "ShopPaused"
    await world.stores.tend()
    assert (await go(world)).status == "Synced"
    assert len(await world.sim.orders()) == 1


async def test_a_security_rejection_is_tried_again_with_growing_waits(world: World) -> None:
    """HTTP 430."""
    await world.sim.fault(fault(CREATE, 430, count=3))
    waits = []
    for _ in range(3):
        seen = await go(world)
        assert (seen.status, seen.reason_code) == ("Sync failed", "security_rejection")
        assert seen.next_attempt_at is not None
        waits.append(seen.next_attempt_at - world.now)
        world.now = seen.next_attempt_at
    assert waits[0] < waits[1] < waits[2]
    assert (await go(world)).status == "Synced"
    assert len(await world.sim.orders()) == 1


async def test_stock_that_cannot_be_claimed_waits_for_a_person_who_restocks_and_syncs(
    world: World,
) -> None:
    await variant(world, quantity=0)
    seen = await go(world)
    assert (seen.status, seen.reason_code, seen.next_attempt_at) == (
        "Sync failed",
        "stock_claim_failed",
        None,
    )
    await variant(world, quantity=5)
    await world.wait(timedelta(hours=5))
    assert (await go(world)).status == "Sync failed"
    await world.say(
        STREAM,
        events.SyncRequested(
            shop_id=SHOP_ID,
            order_id=world.snapshot.order_id,
            requested_by="ana",
            mode="manual",
            request_id="r1",
        ),
    )
    assert (await go(world)).status == "Synced"
    assert len(await world.sim.orders()) == 1
