"""A release is worked off while somebody else decides on the same orders: none is forgotten."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.world import instants
from tests.world.story import SHOP_ID, SKU_ID, connected, created, fetched, line
from tests.world.world import World

from eventstore.missed import to_wakeup
from lifecycle import order as orders
from lifecycle.status import view
from mapper.context import Contexts
from mapper.memory import MemoryTables
from mapper.tables.waiting import Tables
from ordersync_contracts import events

GID = "gid://shopify/ProductVariant/1"
CUSTOM_LINES: dict[str, Any] = {"automatic_sync": True, "unlinked_items": "custom_line"}
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


@pytest.fixture
async def unlinked() -> AsyncIterator[World]:
    """A shop whose one order is drafted with a custom item, for want of a link."""
    async with World.open("mapper") as world:
        await world.say(*connected(**CUSTOM_LINES), fetched())
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


async def settings_change(world: World) -> None:
    """Equal SKUs are linked from now on, and the order is decided on again: it waits for them."""
    settings = {**CUSTOM_LINES, "auto_link_same_sku": True}
    await world.say(connected(**settings)[-1])
    await turn(world)
    assert view(await order(world)).reason_code == "reading_products"


async def is_linked(world: World) -> bool:
    """The store's products are read, the SKU is linked; whether the order is drafted with that."""
    mug = {"id": GID, "sku": line().seller_sku, "title": "Mug", "price": "18.50"}
    await world.shopify.behave(variants=[mug])
    await world.process().round("products")
    await turn(world)
    draft = (await order(world)).live_draft
    return draft is not None and draft.event.lines[0].variant_id == GID


async def test_a_release_that_finds_nothing_new_does_not_hide_what_waits_for_its_variants(
    unlinked: World,
) -> None:
    """It has seen the order with the settings before, and says only afterwards what it saw."""
    await unlinked.process().service.parts.rounds["blocked"]()
    instants.before(tables_of(unlinked), "keep", lambda: settings_change(unlinked))
    await release(unlinked)
    assert await is_linked(unlinked)


async def test_a_record_that_brings_nothing_new_does_not_hide_what_waits_for_its_variants(
    unlinked: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever hears it has read the settings, and has said nothing yet."""
    of = Contexts.of

    async def before_the_change(contexts: Contexts, *given: Any, **options: Any) -> Any:
        monkeypatch.setattr(Contexts, "of", of)
        found = await of(contexts, *given, **options)
        await settings_change(unlinked)
        return found

    (drafted, *_) = await unlinked.history()
    monkeypatch.setattr(Contexts, "of", before_the_change)
    await unlinked.process().service.parts.on_records([to_wakeup(drafted)])
    assert await is_linked(unlinked)
