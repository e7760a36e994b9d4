"""What another connector created is found by one scan of the store, and recorded as adopted."""

import asyncio

from tests.world.adopting import LATER_ID, OTHER_SHOP, Store
from tests.world.story import ORDER_ID, SHOP_ID, fetched

from eventstore.journal import Cause
from eventstore.wakeups import Wakeup
from ordersync_contracts import events
from ordersync_contracts.streams import order_stream, shop_stream
from simulators.shopify.in_process import DOMAIN, custom_id


async def test_connecting_a_store_scans_it_and_records_what_another_connector_created(
    store: Store,
) -> None:
    gid = await store.sim.create(tags=[f"TikTokOrderID:{ORDER_ID}"])
    await store.sim.create(tags=[f"TikTokOrderID:{LATER_ID}"])
    await store.sim.create(tags=["wholesale"])
    store.sim.pass_time(60)
    await store.connect()
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    assert not (await store.shop()).may_create
    await store.service.rounds["adopt"]()
    adopted = await store.adopted(ORDER_ID)
    assert (adopted.outcome, adopted.shopify_order_id) == ("adopted", gid)
    (finished,) = await store.finished()
    assert (finished.orders_found, finished.orders_recorded, finished.orders_kept) == (2, 1, 1)
    assert finished.app_id
    assert (await store.shop()).may_create
    await store.service.rounds["adopt"]()
    assert len(await store.finished()) == 1


async def test_an_order_that_is_fetched_later_is_recorded_then(store: Store) -> None:
    gid = await store.sim.create(sourceIdentifier=LATER_ID)
    store.sim.pass_time(60)
    await store.connect()
    await store.service.rounds["adopt"]()
    assert (await store.order(LATER_ID)).created is None
    await store.say(order_stream(SHOP_ID, LATER_ID), fetched(order_id=LATER_ID))
    await store.service.rounds["adopt"]()
    adopted = await store.adopted(LATER_ID)
    assert adopted.shopify_order_id == gid
    assert await store.kept.page(DOMAIN, "", 10) == ()


async def test_every_page_is_read_and_cancelled_orders_count(store: Store) -> None:
    ids = [str(576461413038000000 + n) for n in range(120)]
    for order_id in ids:
        await store.sim.create(sourceIdentifier=order_id)
    store.sim.pass_time(60)
    await store.connect()
    for order_id in ids:
        await store.say(order_stream(SHOP_ID, order_id), fetched(order_id=order_id))
    await store.service.rounds["adopt"]()
    (finished,) = await store.finished()
    assert (finished.orders_found, finished.orders_recorded) == (120, 120)
    stands = [(await store.order(order_id)).stands for order_id in ids]
    assert all(stands)


async def test_a_store_that_does_not_answer_to_the_end_is_not_finished(store: Store) -> None:
    await store.connect()
    await store.sim.fault({"match": {"operation": "orders"}, "kind": "status", "status": 503})
    await store.service.rounds["adopt"]()
    assert await store.finished() == []
    await store.sim.fault()
    await store.service.rounds["adopt"]()
    assert len(await store.finished()) == 1


async def test_each_shop_of_the_store_is_settled_by_one_scan(store: Store) -> None:
    await store.connect()
    await store.connect(OTHER_SHOP)
    await store.service.rounds["adopt"]()
    assert len(await store.finished()) == len(await store.finished(OTHER_SHOP)) == 1


async def test_a_shop_that_joins_a_scanned_store_is_scanned_for_by_itself(store: Store) -> None:
    await store.connect()
    await store.service.rounds["adopt"]()
    gid = await store.sim.create(tags=[f"TikTokOrderID:{LATER_ID}"])
    store.sim.pass_time(60)
    await store.connect(OTHER_SHOP)
    theirs = fetched(shop_id=OTHER_SHOP, order_id=LATER_ID)
    await store.say(order_stream(OTHER_SHOP, LATER_ID), theirs)
    assert (await store.shop()).may_create  # the first shop goes on meanwhile
    assert not (await store.shop(OTHER_SHOP)).may_create
    await store.service.rounds["adopt"]()
    assert (await store.shop(OTHER_SHOP)).may_create
    adopted = await store.adopted(LATER_ID, OTHER_SHOP)
    assert (adopted.outcome, adopted.shopify_order_id) == ("adopted", gid)
    assert len(await store.finished()) == len(await store.finished(OTHER_SHOP)) == 1


async def test_another_app_in_the_store_scans_it_again_and_finds_the_orders_of_the_first(
    store: Store,
) -> None:
    await store.connect(app_id="gid://shopify/App/310000000001")
    await store.service.rounds["adopt"]()
    assert (await store.shop()).may_create
    await store.sim.define_custom_id()
    gid = await store.sim.create(metafields=custom_id(ORDER_ID), sourceIdentifier=ORDER_ID)
    store.sim.pass_time(60)
    await store.sim.put(app_id="42")
    await store.connect(app_id="gid://shopify/App/42")
    assert not (await store.shop()).may_create
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    await store.service.rounds["adopt"]()
    apps = [event.app_id for event in await store.finished()]
    assert apps == ["gid://shopify/App/310000000001", "gid://shopify/App/42"]
    adopted = await store.adopted(ORDER_ID)
    assert adopted.shopify_order_id == gid
    assert (await store.shop()).may_create


async def test_asked_again_it_scans_again_and_says_so(store: Store) -> None:
    await store.connect()
    await store.service.rounds["adopt"]()
    await store.sim.create(sourceIdentifier=ORDER_ID)
    store.sim.pass_time(60)
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    asked = events.AdoptionRequested(shop_id=SHOP_ID, store=DOMAIN, requested_by="ana")
    await store.say(shop_stream(SHOP_ID), asked)
    assert (await store.shop()).may_create  # a second look does not stop what goes on
    await store.service.rounds["adopt"]()
    assert [event.orders_recorded for event in await store.finished()] == [0, 1]
    await store.say(shop_stream(SHOP_ID), asked)
    await store.service.rounds["adopt"]()
    assert [event.orders_found for event in await store.finished()] == [0, 1, 1]
    assert (await store.finished())[-1].orders_recorded == 0


async def test_our_own_orders_are_recognised_after_the_database_was_lost(store: Store) -> None:
    await store.sim.define_custom_id()
    gid = await store.sim.create(metafields=custom_id(ORDER_ID))
    store.sim.pass_time(60)
    await store.connect()
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    await store.service.rounds["adopt"]()
    adopted = await store.adopted(ORDER_ID)
    assert adopted.shopify_order_id == gid


async def test_a_record_about_a_connection_starts_the_scan_at_once(store: Store) -> None:
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        repeating = tasks.create_task(store.service.tasks["adopt"]())
        await store.connect()
        stream = shop_stream(SHOP_ID)
        (recorded,) = await store.events.read(stream)
        wakeup = Wakeup(Cause(stream, "cause"), recorded.event, 1)
        await store.service.on_records([wakeup])
        while not await store.finished():
            await store.events.wait(1)
        repeating.cancel()
    assert store.job_store.kept_by_then == [0]  # it was heard by the rest of the service too
