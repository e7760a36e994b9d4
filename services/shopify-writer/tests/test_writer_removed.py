"""An order that is said to be deleted in Shopify: created again, or it stands again."""

from typing import Any

from structlog.testing import capture_logs
from tests.world.story import IDS, ORDER_ID, SHOP_ID, STORE
from tests.world.writer import SYNC

from eventstore.journal import Journal
from jobs.outcomes import Retry
from ordersync_contracts import events
from ordersync_contracts.streams import order_stream
from shopify.answers import Done
from shopify_writer.webhooks.orders import removed as orders_removed
from shopify_writer.webhooks.orders import streams_by_gid


def removed(gid: str) -> events.ShopifyOrderRemoved:
    return events.ShopifyOrderRemoved(**IDS, store=STORE, shopify_order_id=gid, seen_by="webhook")


async def said_to_be_deleted(world: Any, *, is_deleted: bool) -> str:
    """One that was created, and asked for by a person since; its gid."""
    recorded = await world.draft()
    await world.work()
    gid: str
    gid, _ = await world.standing()
    if is_deleted:
        await world.shopify.delete(gid)
    await world.say(removed(gid), SYNC)
    (again,) = await world.say(recorded.event)
    await world.redeliver(again)
    return gid


async def see_created_again(world: Any, gone: str) -> None:
    await world.work_until_settled()
    (new, _) = await world.standing()
    assert (await world.last()).shopify_order_id == new != gone


async def test_an_order_deleted_in_shopify_is_created_again_for_a_person(world: Any) -> None:
    gone = await said_to_be_deleted(world, is_deleted=True)
    await see_created_again(world, gone)


async def test_a_lookup_that_still_shows_the_deleted_order_is_not_believed(world: Any) -> None:
    gone = await said_to_be_deleted(world, is_deleted=False)
    with capture_logs() as logs:
        (outcome,) = await world.work()
    assert isinstance(outcome, Retry)
    assert [line["gid"] for line in logs if line["event"] == "order.still_found"] == [gone]
    await world.shopify.delete(gone)
    await see_created_again(world, gone)


async def test_an_order_that_was_said_to_be_deleted_and_is_there_stands_again(world: Any) -> None:
    """It is believed as late as an absence is, and may be deleted indeed after that."""
    gid = await said_to_be_deleted(world, is_deleted=False)
    await world.work()
    assert (await world.names())[-1] == "Requested"
    await world.work_until_settled()
    found = await world.last()
    assert (found.outcome, found.shopify_order_id) == ("found", gid)
    assert await world.made() == 1
    assert {job.state for job in await world.jobs()} == {"done"}
    stream = order_stream(SHOP_ID, ORDER_ID)
    assert await streams_by_gid(world.store, STORE, [gid]) == {gid: stream}
    journal = Journal(world.store, "shopify-writer", lambda: world.now)
    assert await orders_removed(journal, stream, removed(gid))


async def test_a_deleted_order_that_only_the_lookup_finds_does_not_stand_again(world: Any) -> None:
    gid = await said_to_be_deleted(world, is_deleted=False)

    async def gone(shop: Any, call: Any) -> Any:
        return Done({"nodes": [None]}, call=shop.facts())

    world.shopify.faults["orders_read_back"] = [gone] * 1_000
    await world.work_until_settled(hours=3)
    assert (await world.names())[-1] == "Requested"
    assert "orders_read_back" in world.shopify.asked()
    await world.shopify.delete(gid)
    await see_created_again(world, gid)
