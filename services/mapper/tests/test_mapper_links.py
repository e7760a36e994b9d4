"""SKUs that are linked by themselves because the store has the same one, and when they are not."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.world import faults
from tests.world.story import ORDER_ID, SHOP_ID, SKU_ID, fetched, line
from tests.world.world import World

from connections.backpressure import Backpressure, InTheWay
from eventstore.missed import to_wakeup
from lifecycle import link as links
from lifecycle import order as orders
from lifecycle.status import view
from mapper.context import Contexts
from ordersync_contracts import events
from ordersync_contracts.streams import link_stream

ONE, TWO, THREE = (f"gid://shopify/ProductVariant/{n}" for n in (1, 2, 3))
SKU = "MUG-BLUE-11"


def variant(gid: str, sku: str = SKU) -> dict[str, str]:
    return {"id": gid, "sku": sku, "title": "Mug", "price": "18.50"}


class Shop:
    """A shop that links equal SKUs, its store, and what happens to both."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def sells(self, *variants: dict[str, str]) -> None:
        """The store has exactly these variants from now on."""
        await self.world.shopify.behave(variants=list(variants))

    async def order(self, order_id: str = ORDER_ID, **of_line: Any) -> None:
        """A new order arrives, placed now, and everybody gets round to it."""
        now = self.world.now
        placed = {"created_at": now, "updated_at": now, "asked_at": now}
        made = fetched(order_id=order_id, lines=(line(**of_line),), **placed)
        await self.world.hear(made)
        await self.settle()

    async def settle(self) -> None:
        """What was noted is looked up, and what that releases is decided on."""
        process = self.world.process()
        for _ in range(4):
            await process.round()
            while await process.hear():
                pass

    async def said(self, order_id: str = ORDER_ID) -> tuple[str | None, str | None]:
        """The variant of the order's draft, or why there is none."""
        order = orders.fold(await self.world.history(order_id))
        draft = order.live_draft
        if draft is not None:
            return draft.event.lines[0].variant_id, None
        return None, view(order).reason_code

    async def link(self) -> events.ProductLinked | None:
        return links.linked(await self.world.store.read(link_stream(SHOP_ID, SKU_ID)))


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with World.open("mapper") as world:
        await world.connect(auto_link_same_sku=True, automatic_sync=True)
        made = Shop(world)
        await made.sells(variant(ONE))
        yield made


async def test_the_one_variant_with_the_same_sku_is_linked_beside_the_batch(shop: Shop) -> None:
    await shop.world.hear(fetched(lines=(line(seller_sku=" mug-blue-11"),)))
    assert await shop.said() == (None, "reading_products")
    assert shop.world.shopify.calls == []
    await shop.settle()
    assert await shop.said() == (ONE, None)


async def test_an_ambiguous_sku_is_not_linked(shop: Shop) -> None:
    await shop.sells(variant(ONE), variant(TWO))
    await shop.order()
    assert await shop.said() == (None, "unlinked_sku")
    assert await shop.link() is None


async def test_no_order_with_custom_items_is_made_before_the_variant_was_looked_for(
    shop: Shop,
) -> None:
    await shop.world.connect(
        auto_link_same_sku=True, automatic_sync=True, unlinked_items="custom_line"
    )
    await shop.world.hear(fetched())
    assert await shop.said() == (None, "reading_products")
    await shop.settle()
    assert await shop.said() == (ONE, None)
    await shop.order("2", sku_id="9", seller_sku="NOT-THERE")
    order = orders.fold(await shop.world.history("2"))
    assert order.live_draft is not None
    assert order.live_draft.event.lines[0].variant_id is None


async def test_what_a_person_unlinked_is_not_linked_again_until_a_person_links(shop: Shop) -> None:
    await shop.order()
    await shop.world.hear(events.ProductUnlinked(shop_id=SHOP_ID, sku_id=SKU_ID, unlinked_by="ana"))
    store = shop.world.shopify.sim.domain
    await shop.world.hear(events.ProductsChanged(shop_id=SHOP_ID, store=store, deleted=True))
    await shop.order("2")
    await shop.settle()
    assert await shop.said("2") == (None, "unlinked_sku")
    assert await shop.link() is None
    await shop.world.link(SKU_ID, ONE)
    await shop.settle()
    assert await shop.said("2") == (ONE, None)


async def test_a_person_who_links_while_the_store_is_asked_is_not_overruled(shop: Shop) -> None:
    await shop.sells(variant(ONE), variant(TWO, "TEE"))

    async def person_links(side: Any, call: Any) -> Any:
        await shop.world.link(SKU_ID, TWO)
        return await side.answer(call)

    shop.world.shopify.faults["variants_by_ids"] = [person_links]
    await shop.order()
    assert await shop.said() == (TWO, None)


async def test_a_variant_that_was_made_anew_is_linked(shop: Shop) -> None:
    await shop.order()
    await shop.sells(variant(TWO))
    await shop.world.hear(
        events.ShopifyOrderFailed(
            shop_id=SHOP_ID,
            order_id=ORDER_ID,
            store=shop.world.shopify.sim.domain,
            draft_version=3,
            attempt=1,
            reason_code="variant_deleted",
        )
    )
    await shop.settle()
    assert await shop.said() == (TWO, None)


async def test_a_sku_that_moved_is_not_linked_from_what_was_read_before(shop: Shop) -> None:
    await shop.order()
    await shop.sells(variant(ONE, "MUG-OLD"), variant(TWO))
    await shop.world.pass_time(timedelta(minutes=1))
    await shop.order("3", sku_id="999")
    assert await shop.said("3") == (TWO, None)


async def test_a_link_follows_its_sku_to_another_variant_and_no_further(shop: Shop) -> None:
    await shop.order()
    check = shop.world.process().service.parts.rounds["links"]
    await shop.sells(variant(ONE, "MUG-RENAMED"))
    await check()
    await shop.settle()
    assert await shop.said() == (ONE, None)  # the same goods under another name
    await shop.sells(variant(ONE, "MUG-RENAMED"), variant(TWO))
    await shop.world.pass_time(timedelta(minutes=20))
    await check()
    await shop.settle()
    assert await shop.said() == (TWO, None)


async def test_a_link_is_made_anew_when_the_seller_gives_the_sku_to_other_goods(
    shop: Shop,
) -> None:
    await shop.sells(variant(ONE), variant(TWO, "TEE-BLK-M"))
    await shop.order()
    await shop.world.pass_time(timedelta(minutes=1))
    await shop.order("2", seller_sku="TEE-BLK-M", product_name="Heavyweight tee")
    assert await shop.said("2") == (TWO, None)
    assert await shop.said() == (None, "unlinked_sku")  # placed for what the SKU was before


async def test_a_link_does_not_hold_for_goods_that_the_store_does_not_have(shop: Shop) -> None:
    await shop.order()
    await shop.world.pass_time(timedelta(minutes=1))
    await shop.order("2", seller_sku="TEE-BLK-M")
    assert await shop.said("2") == (None, "unlinked_sku")
    assert await shop.link() is None


async def test_an_order_from_before_the_sku_changed_takes_no_link_and_changes_none(
    shop: Shop,
) -> None:
    await shop.order()
    old = shop.world.now - timedelta(days=3)
    before = fetched(order_id="2", lines=(line(seller_sku="TEE"),), created_at=old)
    await shop.world.hear(before)
    await shop.settle()
    assert await shop.said("2") == (None, "unlinked_sku")
    assert (await shop.link()) is not None


async def test_a_link_that_a_person_made_holds_whatever_the_seller_calls_the_sku(
    shop: Shop,
) -> None:
    await shop.world.link(SKU_ID, ONE)
    await shop.settle()
    await shop.order(seller_sku="WHATEVER")
    assert await shop.said() == (ONE, None)


async def test_a_sku_without_a_variant_is_found_once_the_store_has_one(shop: Shop) -> None:
    await shop.sells(variant(ONE, "TEE"))
    await shop.order()
    assert await shop.said() == (None, "unlinked_sku")
    reads = shop.world.shopify.asked().count("variants_page")
    await shop.order("2")
    assert shop.world.shopify.asked().count("variants_page") == reads
    await shop.sells(variant(ONE))
    await shop.world.pass_time(timedelta(minutes=20))
    await shop.order("3")
    assert [await shop.said(order) for order in (ORDER_ID, "2", "3")] == [(ONE, None)] * 3


async def test_a_store_that_cannot_be_read_is_tried_again_from_where_it_was(shop: Shop) -> None:
    shop.world.shopify.faults["variants_page"] = [faults.unreachable, faults.trouble]
    await shop.order()
    assert await shop.said() == (None, "reading_products")
    for _ in range(3):
        await shop.world.pass_time(timedelta(minutes=15))
        await shop.settle()
    assert await shop.said() == (ONE, None)


async def test_a_link_to_a_variant_that_is_not_there_is_taken_back(shop: Shop) -> None:
    await shop.world.link(SKU_ID, THREE)
    await shop.settle()
    assert await shop.link() is None


async def test_what_changes_in_the_store_is_followed_at_once(shop: Shop) -> None:
    await shop.sells(variant(ONE, "TEE"))
    await shop.order()
    assert await shop.said() == (None, "unlinked_sku")
    await shop.sells(variant(ONE, "TEE"), variant(TWO))
    store = shop.world.shopify.sim.domain
    await shop.world.hear(events.ProductsChanged(shop_id=SHOP_ID, store=store))
    await shop.settle()
    assert await shop.said() == (TWO, None)
    await shop.sells(variant(THREE))
    await shop.world.hear(events.ProductsChanged(shop_id=SHOP_ID, store=store, deleted=True))
    await shop.settle()
    assert await shop.said() == (THREE, None)


async def test_a_link_into_another_store_is_not_used(shop: Shop) -> None:
    elsewhere = events.ProductLinked(
        shop_id=SHOP_ID,
        sku_id=SKU_ID,
        variant_id=TWO,
        store="another.myshopify.com",
        linked_by="person",
    )
    await shop.world.say(elsewhere)
    await shop.order(seller_sku="")
    assert await shop.said() == (None, "unlinked_sku")
    await shop.order("2")  # and keeps nobody from linking into this one
    assert await shop.said("2") == (ONE, None)


async def test_a_link_made_anew_wakes_the_drafts_that_were_made_with_the_old_one(
    shop: Shop,
) -> None:
    await shop.sells(variant(ONE), variant(TWO, "TEE"))
    await shop.order()
    await shop.world.link(SKU_ID, TWO)
    await shop.settle()
    assert await shop.said() == (TWO, None)
    unlinked = events.ProductUnlinked(shop_id=SHOP_ID, sku_id=SKU_ID, unlinked_by="ana")
    await shop.world.say(unlinked)
    await shop.settle()
    assert await shop.said() == (None, "unlinked_sku")


def once_read(
    monkeypatch: pytest.MonkeyPatch, then: Callable[[], Awaitable[object]]
) -> asyncio.Event:
    """Have this happen once, right after links were read for a decision; whether it did."""
    whole, happened = Contexts.of, asyncio.Event()

    async def of(contexts: Contexts, *given: Any, **in_bulk: Any) -> Any:
        read = await whole(contexts, *given, **in_bulk)
        if not happened.is_set():
            happened.set()
            await then()
        return read

    monkeypatch.setattr(Contexts, "of", of)
    return happened


async def test_a_sku_that_was_looked_up_before_its_order_is_kept_holds_no_order(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.order()
    await shop.world.pass_time(timedelta(minutes=1))
    read = once_read(monkeypatch, shop.world.process().service.rounds["products"])
    now = shop.world.now
    placed = {"created_at": now, "updated_at": now, "asked_at": now}
    other = line(sku_id="77", seller_sku="NOT-THERE")
    await shop.world.hear(fetched(order_id="2", lines=(other,), **placed))
    await shop.settle()
    assert read.is_set()
    assert await shop.said("2") == (None, "unlinked_sku")


class Drafting:
    """An order with a link to ``ONE`` that was read, and whose draft is not appended yet."""

    def __init__(self, world: World) -> None:
        self.world = world

    def linked(self, gid: str) -> events.ProductLinked:
        store = self.world.shopify.sim.domain
        return events.ProductLinked(
            shop_id=SHOP_ID, sku_id=SKU_ID, variant_id=gid, store=store, linked_by="person"
        )

    async def relink(self) -> None:
        """A person links otherwise, which another process hears of and works off."""
        (recorded,) = await self.world.say(self.linked(TWO))
        service = self.world.process().service
        assert service.on_records is not None
        await service.on_records([to_wakeup(recorded)])
        while await service.rounds["release"]():
            pass

    async def variant(self) -> str | None:
        order = orders.fold(await self.world.history())
        return order.live_draft.event.lines[0].variant_id if order.live_draft else None


@pytest.fixture
async def drafting() -> AsyncIterator[Drafting]:
    async with World.open("mapper") as world:
        await world.connect(automatic_sync=True)
        await world.shopify.behave(variants=[variant(ONE), variant(TWO)])
        made = Drafting(world)
        await world.hear(made.linked(ONE))
        yield made


async def test_a_link_that_changes_between_reading_it_and_the_draft_is_followed(
    drafting: Drafting, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = once_read(monkeypatch, drafting.relink)
    await drafting.world.hear(fetched())
    assert read.is_set()
    assert await drafting.variant() == TWO


async def test_drafts_follow_a_link_while_the_writer_is_behind(
    drafting: Drafting, monkeypatch: pytest.MonkeyPatch
) -> None:
    await drafting.world.hear(fetched())

    async def behind(_: Backpressure) -> InTheWay:
        return {"shopify-writer": 5000.0}

    monkeypatch.setattr(Backpressure, "_slow_groups", behind)
    await drafting.relink()
    assert await drafting.variant() == TWO
