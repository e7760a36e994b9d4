"""A release is worked off while somebody else decides on the same orders: none is forgotten."""

from collections.abc import AsyncIterator

import pytest
from tests.world import instants
from tests.world.story import SHOP_ID, SKU_ID, connected, created, fetched
from tests.world.world import World

from lifecycle import order as orders
from mapper.memory import MemoryTables
from mapper.tables.waiting import Tables
from ordersync_contracts import events

GID = "gid://shopify/ProductVariant/1"
UNLINKED = events.ProductUnlinked(shop_id=SHOP_ID, sku_id=SKU_ID, unlinked_by="ana")
ASKED = events.SyncRequested(
    shop_id=SHOP_ID,
    order_id=fetched().order_id,
    requested_by="ana",
    mode="resync",
    request_id="1",
)
REMOVED = events.ShopifyOrderRemoved(
    shop_id=SHOP_ID,
    order_id=fetched().order_id,
    store=created().store,
    shopify_order_id=created().shopify_order_id,
    seen_by="webhook",
)


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A shop whose one order is drafted."""
    async with World.open("mapper") as world:
        await world.say(*connected(automatic_sync=True))
        await world.link(SKU_ID, GID)
        await world.say(fetched())
        await turn(world)
        assert (await order(world)).live_draft is not None
        yield world


def tables_of(world: World) -> Tables:
    return world.kept(MemoryTables, world.clock.wall)


async def turn(world: World) -> None:
    """The mapper hears, and works off what is queued."""
    await world.process().hear()
    await release(world)


async def release(world: World) -> None:
    while await world.process().service.rounds["release"]():
        pass


async def order(world: World) -> orders.Order:
    return orders.fold(await world.history())


@pytest.mark.parametrize("is_linked", [True, False], ids=["drafted", "blocked"])
async def test_an_order_that_goes_on_while_a_release_drops_it_is_still_waited_for(
    world: World, is_linked: bool
) -> None:
    """The release has seen it stand in Shopify; there it is removed, and a person asks again."""

    async def meanwhile() -> None:
        await world.say(REMOVED, ASKED, *(() if is_linked else (UNLINKED,)))
        await world.process().hear()

    await world.say(created())
    await world.process().service.parts.rounds["blocked"]()
    instants.before(tables_of(world), "drop", meanwhile)
    await release(world)
    await world.link(SKU_ID, "gid://shopify/ProductVariant/2")
    await turn(world)
    draft = (await order(world)).live_draft
    assert draft is not None
    assert draft.event.lines[0].variant_id == "gid://shopify/ProductVariant/2"


async def test_what_a_release_saw_earlier_is_not_kept_over_what_was_decided_since(
    world: World,
) -> None:
    """The release finds the order drafted; meanwhile its link is gone, and it is blocked."""

    async def meanwhile() -> None:
        await world.say(UNLINKED, fetched(updated_at=world.now))
        await world.process().hear()

    await world.process().service.parts.rounds["blocked"]()
    instants.before(tables_of(world), "keep", meanwhile)
    await release(world)
    by_itself = {"variant_id": GID, "store": created().store, "linked_by": "same_sku"}
    await world.say(events.ProductLinked(shop_id=SHOP_ID, sku_id=SKU_ID, **by_itself))
    await turn(world)
    assert (await order(world)).live_draft is not None
