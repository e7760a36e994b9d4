"""Connecting a Shopify store to a shop: what it needs, and what is said of it."""

from collections.abc import Callable
from typing import Any

import pytest
from services.console.tests import happenings as happen

from console.backend import NoStore, UnknownShop
from console.stores.adoption import waive_adoption
from console.stores.connecting import StoreRefused, connect_store
from ordersync_contracts import events
from ordersync_contracts.streams import shop_stream

TOKEN = "shpat_secret"


@pytest.fixture
def connect(submit: Any, vault: Any, shopify_store: Any, clock: Any) -> Callable[..., Any]:
    """Connects the store to the shop."""

    async def connected(
        form_id: str = "form-1", *, shop_id: str = happen.SHOP, domain: str = happen.STORE
    ) -> Any:
        client = shopify_store.client(clock)
        return await connect_store(submit(form_id), vault, client, shop_id, domain, TOKEN)

    return connected


async def test_a_store_is_connected_after_it_answered_to_the_token(
    connect: Any, vault: Any, story: Any, shopify_store: Any
) -> None:
    await story.shop(store=None)
    before = await story.folded()
    result = await connect(domain="Harbor.MyShopify.com")
    assert (result.store, result.app_id) == (happen.STORE, "gid://shopify/App/77")
    assert result.definition_created
    assert await vault.get_credential("shopify_store", happen.STORE) == {"access_token": TOKEN}
    after = await story.folded()
    assert after.store == happen.STORE
    assert after.window_begins_at == before.window_begins_at
    assert not after.may_create


async def test_connecting_the_same_store_again_changes_nothing(connect: Any, story: Any) -> None:
    await story.shop(store=None)
    for n in range(2):
        result = await connect(f"form-{n}")
    assert not result.definition_created
    assert (await story.folded()).version == 2


async def test_another_app_in_the_same_store_is_said_and_waits_for_a_scan(
    connect: Any, story: Any
) -> None:
    await story.shop()
    await story.tell(
        shop_stream(happen.SHOP),
        events.AdoptionFinished(
            shop_id=happen.SHOP, store=happen.STORE, app_id="gid://shopify/App/1"
        ),
    )
    assert (await story.folded()).may_create
    await connect()
    after = await story.folded()
    assert (after.app_id, after.may_create) == ("gid://shopify/App/77", False)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"status": 401}, "access token"),
        ({"scopes": ["read_orders"]}, "read_products, write_orders"),
        ({"currency": "EUR"}, "EUR"),
        ({"status": 500}, "try again"),
    ],
)
async def test_a_store_that_cannot_be_used_is_refused_and_its_token_not_kept(
    connect: Any,
    change: dict[str, Any],
    says: str,
    vault: Any,
    story: Any,
    shopify_store: Any,
) -> None:
    await story.shop(store=None)
    vars(shopify_store).update(change)
    with pytest.raises(StoreRefused, match=says) as refused:
        await connect()
    assert TOKEN not in str(refused.value)
    assert await vault.get_credential("shopify_store", happen.STORE) is None
    assert (await story.folded()).store is None


async def test_a_field_that_cannot_find_orders_is_refused(
    connect: Any, story: Any, shopify_store: Any
) -> None:
    await story.shop(store=None)
    shopify_store._define()
    shopify_store.definition["type"]["name"] = "single_line_text_field"
    with pytest.raises(StoreRefused, match="tiktok_order_id"):
        await connect()


async def test_a_store_needs_a_known_shop(connect: Any, shopify_store: Any) -> None:
    with pytest.raises(UnknownShop):
        await connect(shop_id="42")
    assert shopify_store.asked == []


async def test_waiving_adoption_lets_orders_be_created_and_says_who_waived(
    submit: Any, store: Any, story: Any
) -> None:
    await story.shop()
    for n in range(2):
        assert await waive_adoption(submit(f"form-{n}"), happen.SHOP) == happen.STORE
    history = await store.read(shop_stream(happen.SHOP))
    waived = [recorded.event for recorded in history if recorded.name == "AdoptionFinished"]
    assert [event.waived_by for event in waived] == ["ana"]
    assert (await story.folded()).may_create


async def test_adoption_of_a_shop_without_store_cannot_be_waived(submit: Any, story: Any) -> None:
    await story.shop(store=None)
    for shop_id in (happen.SHOP, "never connected"):
        with pytest.raises(NoStore, match=f"shop {shop_id} has no Shopify store"):
            await waive_adoption(submit(), shop_id)
