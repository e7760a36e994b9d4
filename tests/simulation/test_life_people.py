"""Acts of people do what they say: seen in the events, the rows and on the platforms."""

import pytest
from simulation.life.goods import SKUS, variant_id
from simulation.life.people import connect_shop
from simulation.plan import order_id, shop_id, store_domain
from tests.simulation.peopled_world import ORDER, SHOP, STORE, WEEK_S, peopled

from console.rows import OrderFilter
from ordersync_contracts.streams import order_stream
from tiktok.errors import AuthorizationLost

UNLINKED = [{"sku_id": SKUS[2], "price": "24.99"}]


async def test_a_shop_is_connected_with_a_store_and_two_of_three_skus_are_linked() -> None:
    async with peopled("fetcher") as people:
        deeds = await connect_shop(people.outside, 2, 5.0)
        assert [(deed.who, deed.kind) for deed in deeds] == [
            ("person", "connect"),
            ("person", "link"),
            ("person", "link"),
        ]
        ids = {"shop_id": shop_id(2), "store": store_domain(2)}
        assert deeds[0].given == {**ids, "since": 5.0}
        (known,) = [
            shop
            for shop in await people.outside.ordersync.shops.all()
            if shop.shop_id == shop_id(2)
        ]
        assert known.may_create
        assert known.store == store_domain(2)
        assert not known.settings.automatic_sync


async def test_an_order_is_synced_when_somebody_presses_sync_and_twice_is_once() -> None:
    async with peopled() as people:
        assert not await people.act("sync", shop_id=SHOP, order_id=ORDER["order_id"])
        await people.place()
        assert await people.stands() == 0
        assert await people.act("sync", shop_id=SHOP, order_id=ORDER["order_id"], clicks=2)
        await people.rest()
        assert (await people.stands(), len(await people.asked())) == (1, 1)
        assert not await people.act("sync", shop_id=SHOP, order_id=ORDER["order_id"])


async def test_automatic_sync_creates_what_is_there_and_what_comes() -> None:
    async with peopled() as people:
        await people.place(1)
        assert await people.act("settings", shop_id=SHOP, automatic_sync=True)
        await people.rest()
        await people.place(2)
        assert (await people.stands(1), await people.stands(2)) == (1, 1)
        assert await people.act("settings", shop_id=SHOP, automatic_sync=False)
        await people.place(3)
        assert await people.stands(3) == 0


async def test_an_order_waits_for_a_link_and_goes_on_when_it_is_made() -> None:
    async with peopled() as people:
        await people.act("settings", shop_id=SHOP, automatic_sync=True)
        await people.place(lines=UNLINKED)
        assert await people.stands() == 0
        sku = {"shop_id": SHOP, "sku_id": SKUS[2]}
        other = variant_id(store_domain(2), SKUS[2])
        assert not await people.act("link", **sku, variant_id=other)
        assert await people.act("link", **sku, variant_id=variant_id(STORE, SKUS[2]))
        await people.rest()
        assert await people.stands() == 1
        assert await people.act("unlink", **sku)
        assert not await people.act("unlink", **sku)


async def test_a_bulk_sync_asks_for_the_orders_that_are_known_by_then_and_names_them() -> None:
    async with peopled() as people:
        assert not await people.act("bulk_sync", shop_id=SHOP)
        await people.place(1)
        await people.place(2, status="UNPAID")
        await people.place(3)
        await people.rest()
        told = await people.act("bulk_sync", shop_id=SHOP)
        known = [order_id(1), order_id(3)]
        assert (told["shop_id"], sorted(told["order_ids"])) == (SHOP, known)
        while await people.outside.ordersync.bulk.work_off_page():
            pass
        await people.rest()
        assert [await people.stands(number) for number in (1, 2, 3)] == [1, 0, 1]


async def test_the_orders_of_a_reason_are_tried_again() -> None:
    async with peopled() as people:
        await people.place(lines=UNLINKED)
        await people.act("sync", shop_id=SHOP, order_id=order_id(1))
        await people.rest()
        code = {"shop_id": SHOP, "code": "unlinked_sku"}
        assert not await people.act("bulk_sync", shop_id=SHOP, code="variant_deleted")
        told = await people.act("bulk_sync", **code)
        assert told == {**code, "order_ids": [order_id(1)]}
        assert [request.mode for request in await people.asked()] == ["manual", "bulk"]


async def test_a_shop_is_disconnected_and_connected_again() -> None:
    async with peopled() as people:
        await people.act("settings", shop_id=SHOP, automatic_sync=True)
        assert await people.act("disconnect", shop_id=SHOP)
        assert not await people.act("disconnect", shop_id=SHOP)
        await people.place()
        assert await people.stands() == 0
        assert await people.act("connect", shop_id=SHOP, store=STORE)
        await people.rest()
        assert await people.stands() == 1


async def test_a_shop_is_connected_again_also_where_its_store_refuses() -> None:
    async with peopled("fetcher") as people:
        wish = {"shop_id": SHOP, "store": STORE}
        await people.act("disconnect", shop_id=SHOP)
        await people.outside.store(STORE).put(scopes=["read_products"])
        assert await people.act("connect", **wish) == wish
        (known,) = await people.outside.ordersync.shops.all()
        assert (known.is_connected, known.store) == (True, STORE)


async def test_a_shop_moves_to_another_store_whose_products_are_linked_again() -> None:
    async with peopled() as people:
        await people.act("settings", shop_id=SHOP, automatic_sync=True)
        other = store_domain(2)
        assert await people.act("connect", shop_id=SHOP, store=other, authorise=False)
        await people.place()
        assert (await people.stands(), await people.stands(store=other)) == (0, 0)
        for sku_id in SKUS:
            sku = {"shop_id": SHOP, "sku_id": sku_id, "variant_id": variant_id(other, sku_id)}
            assert await people.act("link", **sku)
            await people.rest()
        assert (await people.stands(), await people.stands(store=other)) == (0, 1)


async def test_a_seller_withdraws_and_authorises_again() -> None:
    async with peopled() as people:
        await people.act("settings", shop_id=SHOP, automatic_sync=True)
        await people.place()
        assert await people.act("withdraw", shop_id=SHOP)
        assert await people.act("place_order", **{**ORDER, "order_id": order_id(2)})
        with pytest.raises(AuthorizationLost):
            await people.rest()
        assert await people.act("authorise", shop_id=SHOP, access_token_s=100_000)
        await people.rest()
        assert (await people.stands(1), await people.stands(2)) == (1, 1)


async def test_an_app_is_uninstalled_and_installed_again() -> None:
    async with peopled() as people:
        await people.act("settings", shop_id=SHOP, automatic_sync=True)
        assert await people.act("uninstall", store=STORE)
        await people.pass_webhooks_on()
        await people.act("place_order", **ORDER)
        await people.turns(3)
        assert await people.stands() == 0
        assert "ShopPaused" in await people.names()
        assert not await people.act("install", shop_id=SHOP, store=store_domain(2))
        assert await people.act("install", shop_id=SHOP, store=STORE)
        await people.rest()
        assert await people.stands() == 1


async def test_earlier_orders_are_fetched_when_the_window_is_moved_back() -> None:
    async with peopled() as people:
        since = people.outside.now() - 2 * WEEK_S
        assert await people.act("backfill", shop_id=SHOP, since=since)
        assert not await people.act("backfill", shop_id=SHOP, since=since + WEEK_S)
        assert "WindowMoved" in await people.names()


async def test_events_are_replayed_to_their_groups_and_nothing_is_created_twice() -> None:
    async with peopled() as people:
        assert not await people.act("replay", topic="order-fetched")
        await people.act("settings", shop_id=SHOP, automatic_sync=True)
        await people.place()
        before = await people.world.store.head()
        assert await people.act("replay", topic="order-fetched")
        assert people.world.kafka.poll("mapper")
        await people.rest()
        assert (await people.stands(), await people.world.store.head()) == (1, before)


async def test_rows_are_emptied_and_filled_again() -> None:
    async with peopled() as people:
        await people.place()
        rows = people.outside.ordersync.rows
        assert await rows.count(OrderFilter(), limit=9) == 0
        assert await people.act("rebuild")
        assert await rows.count(OrderFilter(), limit=9) == 1


async def test_shopify_asks_to_erase_a_buyer() -> None:
    async with peopled() as people:
        assert not await people.act("erase", **ORDER)
        await people.act("settings", shop_id=SHOP, automatic_sync=True)
        await people.place()
        people.world.shopify.sim.inbox.requests.clear()
        assert await people.act("erase", **ORDER)
        await people.pass_webhooks_on()
        await people.rest()
        assert "RecipientErased" in await people.names(order_stream(SHOP, order_id(1)))
