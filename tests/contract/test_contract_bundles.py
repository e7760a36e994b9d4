"""A bundle in one world: blocked with what helps, created as its parts, shipped whole."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.world.story import ORDER_ID, SHOP_ID, raw_order
from tests.world.world import World

from lifecycle import order as orders
from lifecycle.status import view
from ordersync_contracts import events
from simulators.shopify.in_process import TEE

SERVICES = ("fetcher", "mapper", "shopify-writer", "status-tracker")
LARGE = "gid://shopify/ProductVariant/48540157378794"
TEE_M, TEE_L = "1729592969712000003", "1729592969712000001"


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A shop with automatic sync; all services are at work, and a bundle of tees is ordered."""
    async with World.open(*SERVICES) as world:
        await world.connect(automatic_sync=True)
        await world.tiktok.sim.post(placed(world))
        yield world


def placed(world: World) -> dict[str, Any]:
    """A bundle of one large and two medium tees for 40.00, and a medium tee for 10.00."""
    (unit,) = raw_order()["line_items"]
    plain = {"item_tax": [], "original_price": "10", "sale_price": "10", "package_id": "2"}
    tee = {**unit, **plain, "id": "2", "sku_id": TEE_M, "seller_sku": "TEE-BLK-M"}
    parts = [
        {"sku_id": TEE_L, "seller_sku": "TEE-BLK-L", "sku_count": 1},
        {"sku_id": TEE_M, "seller_sku": "TEE-BLK-M", "sku_count": 2},
    ]
    priced = {"original_price": "40", "sale_price": "40", "package_id": "1"}
    bundle = {**tee, **priced, "id": "1", "sku_id": "9", "seller_sku": "SET"}
    return raw_order(
        world.now,
        update_time=int(world.now.timestamp()),
        line_items=[bundle | {"combined_listing_skus": parts}, tee],
        payment={"currency": "USD", "total_amount": "50", "sub_total": "50"},
    )


async def reason(world: World) -> tuple[str, str | None]:
    seen = view(orders.fold(await world.history()))
    return str(seen.status), seen.reason_code


async def explode(world: World) -> None:
    settings = events.OrderSettings(automatic_sync=True, bundles="explode")
    changed = events.OrderSettingsChanged(shop_id=SHOP_ID, settings=settings, changed_by="test")
    await world.say(changed)
    await world.come_to_rest()


async def test_a_bundle_waits_for_the_setting_and_is_created_as_its_parts(world: World) -> None:
    await world.come_to_rest()
    assert await reason(world) == ("Sync failed", "unlinked_sku")
    await world.link(TEE_M, TEE)
    await world.link(TEE_L, LARGE)
    await world.come_to_rest()
    assert await reason(world) == ("Sync failed", "unlinked_bundle")
    await explode(world)
    (made,) = await world.shopify.orders(ORDER_ID)
    assert made["order"]["totalPriceSet"]["shopMoney"]["amount"] == "50.0"
    assert await reason(world) == ("Synced", None)
    assert "orders_read_back" in world.shopify.asked()
    assert "ShopifyUpdateFailed" not in [recorded.name for recorded in await world.history()]


async def test_parts_are_linked_by_themselves_by_their_own_skus(world: World) -> None:
    settings = {"automatic_sync": True, "auto_link_same_sku": True, "bundles": "explode"}
    await world.say(events.OrderSettingsChanged(shop_id=SHOP_ID, settings=settings, changed_by="x"))
    await world.come_to_rest()
    (made,) = await world.shopify.orders(ORDER_ID)
    shown = [(line["sku"], line["quantity"]) for line in made["order"]["lineItems"]["nodes"]]
    assert sorted(shown) == [("TEE-BLK-L", 1), ("TEE-BLK-M", 1), ("TEE-BLK-M", 2)]


async def test_a_part_that_is_linked_at_last_releases_the_order(world: World) -> None:
    await world.link(TEE_M, TEE)
    await explode(world)
    assert await reason(world) == ("Sync failed", "unlinked_sku")
    await world.link(TEE_L, LARGE)
    await world.come_to_rest()
    assert await reason(world) == ("Synced", None)


async def test_a_parcel_of_the_bundle_takes_all_its_parts_and_nothing_else(world: World) -> None:
    await world.link(TEE_M, TEE)
    await world.link(TEE_L, LARGE)
    await explode(world)
    await world.pass_time(timedelta(hours=1))
    bundle, tee = placed(world)["line_items"]
    travels = {"display_status": "IN_TRANSIT", "tracking_number": "1Z1"}
    changes = {"status": "PARTIALLY_SHIPPING", "line_items": [bundle | travels, tee]}
    await world.tiktok.sim.patch(ORDER_ID, changes)
    await world.come_to_rest()
    (made,) = await world.shopify.orders(ORDER_ID)
    (sent,) = made["fulfillments"]
    assert (sent["totalQuantity"], sent["trackingInfo"][0]["number"]) == (3, "1Z1")
    await world.tiktok.sim.patch(
        ORDER_ID, {"line_items": [bundle | travels, tee | travels | {"tracking_number": "1Z2"}]}
    )
    await world.come_to_rest()
    (made,) = await world.shopify.orders(ORDER_ID)
    assert [sent["totalQuantity"] for sent in made["fulfillments"]] == [3, 1]
