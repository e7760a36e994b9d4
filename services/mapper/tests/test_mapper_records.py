"""What the mapper makes of a record beside the decision: its lane, and whether it is open still."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.world.story import ORDER_ID, SHOP_ID, SKU_ID, connected, fetched
from tests.world.world import World
from tests.world.writer import VARIANT

from eventstore.missed import to_wakeup
from jobs.budget_queue import BudgetQueue, NotNow
from lifecycle import order as orders
from mapper.app import unanswered
from ordersync_contracts.streams import order_stream

STREAM = order_stream(SHOP_ID, ORDER_ID)


@pytest.mark.parametrize(("is_replayed", "lane"), [(False, "live"), (True, "bulk")])
async def test_what_is_replayed_goes_before_no_new_order(is_replayed: bool, lane: str) -> None:
    async with World.open("mapper") as world:
        await world.say(*connected(automatic_sync=True))
        await world.link(SKU_ID, VARIANT)
        (recorded,) = await world.say(fetched())
        wakeup = replace(to_wakeup(recorded), is_replayed=is_replayed)
        await world.process().service.parts.on_records([wakeup])
        draft = orders.fold(await world.history()).draft
    assert draft is not None
    assert draft.event.lane == lane


async def test_an_order_is_open_until_it_is_decided_on() -> None:
    async with World.open("mapper") as world:
        await world.say(*connected(automatic_sync=True))
        said = await world.say(fetched())
        assert await unanswered(said, await world.store.names_of([STREAM])) == [*said]
        await world.hear()
        assert await unanswered(said, await world.store.names_of([STREAM])) == []


async def test_a_store_s_products_are_read_in_its_bulk_lane(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lanes: list[str] = []
    place = BudgetQueue.place

    async def noting(queue: BudgetQueue, store: str, lane: Any, *rest: Any, **more: Any) -> None:
        lanes.append(lane)
        await place(queue, store, lane, *rest, **more)

    monkeypatch.setattr(BudgetQueue, "place", noting)
    async with World.open("mapper") as world:
        await world.hear(*connected(automatic_sync=True, auto_link_same_sku=True), fetched())
        await world.process().round("products")
        assert "variants_page" in world.shopify.asked()
    assert lanes == ["bulk"]


async def test_a_store_without_room_is_read_when_there_is_some(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def no_room(*_: Any, **__: Any) -> None:
        raise NotNow(60.0)

    async with World.open("mapper") as world:
        await world.hear(*connected(automatic_sync=True, auto_link_same_sku=True), fetched())
        with monkeypatch.context() as full:
            full.setattr(BudgetQueue, "place", no_room)
            await world.process().round("products")
        await world.process().round("products")
        assert world.shopify.asked() == []
        await world.pass_time(timedelta(seconds=61))
        await world.process().round("products")
        assert "variants_page" in world.shopify.asked()
