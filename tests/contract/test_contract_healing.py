"""Failures that heal: each ends with one order, by itself or when somebody acts."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.contract.one_order import SERVICES, OneOrder, begin
from tests.world.story import SHOP_ID
from tests.world.world import World

from lifecycle import order as orders
from lifecycle.status import View, view
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import shop_stream
from simulators.shopify.in_process import TEE

LOOKUP, CREATE = "orderByIdentifier", "orderCreate"


@pytest.fixture
async def order(
    fetched: Callable[..., events.OrderFetched],
    connected: Callable[..., tuple[Event, ...]],
) -> AsyncIterator[OneOrder]:
    """An order that is wanted, in a shop that refuses what its stock does not cover."""
    first = fetched()
    shop = connected(automatic_sync=True, inventory="DECREMENT_OBEYING_POLICY")
    async with World.open(*SERVICES, now=first.updated_at) as world:
        yield await begin(world, first, shop)


async def go(order: OneOrder) -> View:
    """Everybody gets round to it once; what a merchant sees then."""
    for step in ("map", "take in", "write", "track", "apply"):
        await order.step(step)
    return view(orders.fold(await order.world.history()))


def fault(operation: str, status: int, count: int = 1) -> dict[str, Any]:
    return {"match": {"operation": operation}, "kind": "status", "status": status, "count": count}


async def stock(order: OneOrder, quantity: int) -> None:
    tee = {"id": TEE, "sku": "TEE", "title": "Tee", "price": "1.00", "quantity": quantity}
    await order.world.shopify.behave(variants=[tee])


@pytest.mark.parametrize("operation", [LOOKUP, CREATE])
async def test_a_frozen_store_pauses_the_shop_is_probed_and_goes_on(
    order: OneOrder, operation: str
) -> None:
    """HTTP 402."""
    await order.world.shopify.sim.fault(fault(operation, 402))
    seen = await go(order)
    assert (seen.status, seen.reason_code) == ("Sync failed", "shop_frozen")
    shop = await order.world.store.read(shop_stream(SHOP_ID))
    assert shop[-1].name == "ShopPaused"
    await order.world.process("shopify-writer").round("recover")
    assert (await go(order)).status == "Synced"
    assert len(await order.world.shopify.orders()) == 1


async def test_a_security_rejection_is_tried_again_with_growing_waits(order: OneOrder) -> None:
    """HTTP 430."""
    await order.world.shopify.sim.fault(fault(CREATE, 430, count=3))
    waits = []
    for _ in range(3):
        seen = await go(order)
        assert (seen.status, seen.reason_code) == ("Sync failed", "security_rejection")
        assert seen.next_attempt_at is not None
        waits.append(seen.next_attempt_at - order.world.now)
        order.world.now = seen.next_attempt_at
    assert waits[0] < waits[1] < waits[2]
    assert (await go(order)).status == "Synced"
    assert len(await order.world.shopify.orders()) == 1


async def test_stock_that_cannot_be_claimed_waits_for_a_person_who_restocks_and_syncs(
    order: OneOrder,
) -> None:
    await stock(order, quantity=0)
    seen = await go(order)
    assert (seen.status, seen.reason_code, seen.next_attempt_at) == (
        "Sync failed",
        "stock_claim_failed",
        None,
    )
    await stock(order, quantity=5)
    await order.world.pass_time(timedelta(hours=5))
    assert (await go(order)).status == "Sync failed"
    await order.world.say(
        events.SyncRequested(
            shop_id=SHOP_ID,
            order_id=order.snapshot.order_id,
            requested_by="ana",
            mode="manual",
            request_id="r1",
        ),
    )
    assert (await go(order)).status == "Synced"
    assert len(await order.world.shopify.orders()) == 1
