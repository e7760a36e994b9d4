"""Each of the mapper's inputs poisoned, while a second shop's orders go on in time."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from tests.world import faults
from tests.world.poison import ANSWERS, OTHER, connect_two, poison, unreadable
from tests.world.story import ORDER_ID, SHOP_ID, SKU_ID, fetched
from tests.world.world import World

from lifecycle import order as orders
from lifecycle.status import view
from mapper.memory import MemoryTables
from mapper.tables.waiting import Waiting
from ordersync_contracts import events
from ordersync_contracts.streams import link_stream, order_stream, shop_stream

GID = "gid://shopify/ProductVariant/1"
VARIANT = {"id": GID, "sku": "MUG-BLUE-11", "title": "Mug", "price": "1"}


class Two:
    """Two shops, each with its store; whatever is poisoned is the first one's."""

    def __init__(self, world: World) -> None:
        self.world = world

    def order(self, shop_id: str, order_id: str, **changes: Any) -> events.OrderFetched:
        return fetched(shop_id=shop_id, order_id=order_id, **changes)

    async def turn(self) -> None:
        """Everybody gets round to everything once, as records come in batches of their own."""
        await self.world.process().take_turn()
        await self.world.process().hear()
        await self.world.process().round("release")
        while await self.world.process().service.rounds["release"]():
            pass

    async def reason(self, shop_id: str, order_id: str) -> str | None:
        """Why there is no draft; "drafted" when there is one."""
        order = orders.fold(await self.world.store.read(order_stream(shop_id, order_id)))
        return "drafted" if order.live_draft is not None else view(order).reason_code


@pytest.fixture
async def two() -> AsyncIterator[Two]:
    async with World.open("mapper") as world:
        await connect_two(world, VARIANT, automatic_sync=True, auto_link_same_sku=True)
        yield Two(world)


@pytest.mark.parametrize("document", ["variants_page", "variants_by_ids"])
@pytest.mark.parametrize("answer", ANSWERS)
async def test_a_store_that_answers_anything_holds_up_its_own_orders_only(
    two: Two, answer: str, document: str
) -> None:
    poison(two.world, document, ANSWERS[answer])
    await two.world.say(two.order(SHOP_ID, "1"), two.order(OTHER, "2"))
    for _ in range(3):
        await two.turn()
    assert await two.reason(OTHER, "2") == "drafted"
    assert await two.reason(SHOP_ID, "1") == "reading_products"
    two.world.shopify.faults.clear()
    for _ in range(4):
        await two.world.pass_time(timedelta(minutes=16))
        await two.turn()
    assert await two.reason(SHOP_ID, "1") == "drafted"


async def test_orders_and_links_that_cannot_be_read_hold_up_no_release(two: Two) -> None:
    waiting = [str(n) for n in range(1, 8)]
    poison(two.world, "variants_page", faults.unreachable)
    await two.world.say(*(two.order(SHOP_ID, n) for n in waiting), two.order(OTHER, "9"))
    await two.turn()
    bad_link = link_stream(SHOP_ID, "404")
    await two.world.say(
        events.ProductLinked(
            shop_id=SHOP_ID, sku_id="404", variant_id=GID, store="s", linked_by="person"
        )
    )
    await two.turn()
    with unreadable(order_stream(SHOP_ID, "3"), bad_link):
        await two.world.process().restart()
        await two.world.link(SKU_ID, GID)
        await two.turn()
        await two.world.process().service.parts.rounds["links"]()
        await two.world.process().service.parts.rounds["blocked"]()
        await two.turn()
    assert [n for n in waiting if await two.reason(SHOP_ID, n) != "drafted"] == ["3"]
    assert await two.reason(OTHER, "9") == "drafted"
    await two.world.process().service.parts.rounds["blocked"]()
    await two.turn()
    assert await two.reason(SHOP_ID, "3") == "drafted"


async def test_a_shop_that_cannot_be_read_holds_up_no_sweep_of_others(two: Two) -> None:
    with unreadable(shop_stream(SHOP_ID)):
        await two.world.process().restart()
        await two.world.say(two.order(OTHER, "2"))
        for _ in range(3):
            await two.turn()
        for task in ("sweep", "links", "blocked"):
            await two.world.process().service.parts.rounds[task]()
    assert await two.reason(OTHER, "2") == "drafted"


async def test_rows_of_orders_that_nobody_knows_are_worked_off(two: Two) -> None:
    tables = two.world.kept(MemoryTables, two.world.clock.wall)
    await tables.keep([Waiting(order_stream(SHOP_ID, "404"), SHOP_ID, "link", (SKU_ID,))])
    await two.world.say(two.order(OTHER, "2"), two.order(SHOP_ID, ORDER_ID))
    for _ in range(3):
        await two.turn()
    assert await two.reason(OTHER, "2") == await two.reason(SHOP_ID, ORDER_ID) == "drafted"


@pytest.mark.parametrize("waits_for", ["shop", "writer"])
async def test_an_order_that_failed_in_a_release_is_decided_on_again(
    two: Two, waits_for: str
) -> None:
    world, begins_at = two.world, two.world.now - timedelta(days=500)
    placed = world.now if waits_for == "writer" else world.now - timedelta(days=400)
    await world.link(SKU_ID, GID)
    await world.hear(fetched(created_at=placed, updated_at=placed))
    assert await two.reason(SHOP_ID, ORDER_ID) == OF_WAITING[waits_for]
    if waits_for == "shop":
        await world.say(events.WindowMoved(shop_id=SHOP_ID, begins_at=begins_at, moved_by="ana"))
    else:
        await world.say(events.ProductUnlinked(shop_id=SHOP_ID, sku_id=SKU_ID, unlinked_by="ana"))
    with unreadable(order_stream(SHOP_ID, ORDER_ID)):
        await world.process().hear()
        while await world.process().service.rounds["release"]():
            pass
    assert await two.reason(SHOP_ID, ORDER_ID) == OF_WAITING[waits_for]
    await world.process().service.parts.rounds["blocked"]()
    await two.turn()
    assert await two.reason(SHOP_ID, ORDER_ID) != OF_WAITING[waits_for]


OF_WAITING = {"shop": "outside_window", "writer": "drafted"}
