"""What was found is adopted before anything is created, while it is still there."""

from tests.world.adopting import Store, delete, keep_found, perform, requested
from tests.world.story import ORDER_ID, SHOP_ID, fetched

from ordersync_contracts import events
from ordersync_contracts.streams import order_stream
from shopify_writer.adoption.evidence import FoundOrder
from simulators.shopify.in_process import DOMAIN


async def test_what_was_found_is_recorded_and_not_created(store: Store) -> None:
    await keep_found(store)
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    assert await perform(store) == 0
    assert (await store.order(ORDER_ID)).stands
    assert await perform(store) == 1  # nothing is kept any more: the writer itself sees it stands


async def test_what_nobody_found_is_created(store: Store) -> None:
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    assert await perform(store) == 1


async def test_a_request_in_doubt_is_found_out_before_anything_is_adopted(store: Store) -> None:
    await keep_found(store)
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID), requested())
    assert await perform(store) == 1
    assert not (await store.order(ORDER_ID)).stands


async def test_an_order_deleted_since_is_created_again_when_asked_for(store: Store) -> None:
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    gid = await keep_found(store)
    assert await perform(store) == 0
    removed = events.ShopifyOrderRemoved(
        shop_id=SHOP_ID,
        order_id=ORDER_ID,
        store=DOMAIN,
        shopify_order_id=gid,
        seen_by="webhook",
    )
    await store.say(order_stream(SHOP_ID, ORDER_ID), removed)
    await store.kept.keep(DOMAIN, [FoundOrder(ORDER_ID, gid, "#1077")])
    assert await perform(store) == 1
    assert await store.kept.page(DOMAIN, "", 10) == ()


async def test_what_was_found_and_is_deleted_since_is_created_and_not_adopted(store: Store) -> None:
    """It waited for weeks until a shop fetched the order."""
    await delete(store, await keep_found(store))
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    assert await perform(store) == 1
    assert (await store.order(ORDER_ID)).created is None
    assert await store.kept.page(DOMAIN, "", 10) == ()


async def test_a_kept_order_that_is_deleted_since_is_dropped_and_not_adopted(store: Store) -> None:
    await store.connect()
    gid = await keep_found(store)
    await store.service.rounds["adopt"]()
    assert [kept.shopify_order_id for kept in await store.kept.page(DOMAIN, "", 10)] == [gid]
    await delete(store, gid)
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    await store.service.rounds["adopt"]()
    assert (await store.order(ORDER_ID)).created is None
    assert await store.kept.page(DOMAIN, "", 10) == ()


async def test_nothing_kept_is_recorded_while_the_store_does_not_say_that_it_is_there(
    store: Store,
) -> None:
    await store.connect()
    gid = await keep_found(store)
    await store.service.rounds["adopt"]()
    await store.sim.fault({"match": {"operation": "nodes"}, "kind": "status", "status": 503})
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    await store.service.rounds["adopt"]()
    assert (await store.order(ORDER_ID)).created is None  # nobody has said that it is there
    await store.sim.fault()
    await store.service.rounds["adopt"]()
    assert (await store.adopted(ORDER_ID)).shopify_order_id == gid
