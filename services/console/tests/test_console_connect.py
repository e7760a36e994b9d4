"""A seller's authorisation becomes connected shops."""

from datetime import timedelta
from typing import Any

import pytest
from services.console.tests import happenings as happen

from console.shops.connecting import connect_grant
from console.stores.connecting import connect_store
from ordersync_contracts import events
from ordersync_contracts.streams import shop_stream
from vault.values import Erased, Reference

TOKEN = "shpat_secret"


async def test_a_grant_connects_its_us_shops_and_refuses_the_others(
    submit: Any, store: Any, vault: Any, seller: Any, story: Any
) -> None:
    covered = seller((happen.SHOP, "US"), ("7495000002", "GB"))
    result = await connect_grant(submit(), vault, covered, "code-1")
    assert result.shop_ids == (happen.SHOP,)
    found = [(shop.shop_id, shop.reason_code) for shop in result.refused]
    assert found == [("7495000002", "not_us")]
    known = await story.folded()
    assert known.is_connected
    assert known.grant_id == "grant-1"
    assert known.connected_at is not None
    assert known.window_begins_at == known.connected_at - timedelta(days=7)
    assert await vault.get_credential("tiktok_shop", happen.SHOP) == {"cipher": f"c-{happen.SHOP}"}
    assert await vault.get_credential("tiktok_shop", "7495000002") is None
    assert not await store.read(shop_stream("7495000002"))


@pytest.mark.parametrize("region", ["us", "USA", "United States"])
async def test_a_us_shop_is_known_however_its_region_is_written(
    submit: Any, vault: Any, seller: Any, region: str
) -> None:
    result = await connect_grant(submit(), vault, seller((happen.SHOP, region)), "code-1")
    assert (result.shop_ids, result.refused) == ((happen.SHOP,), ())


async def test_all_of_a_grants_tokens_are_in_the_vault(
    submit: Any, vault: Any, seller: Any
) -> None:
    await connect_grant(submit(), vault, seller((happen.SHOP, "US")), "code-1")
    assert await vault.get_credential("tiktok_grant", "grant-1") == {
        "open_id": "grant-1",
        "access_token": "access-for-code-1",
        "refresh_token": "refresh-for-code-1",
        "access_expires_at": (happen.NOW + timedelta(days=7)).isoformat(),
        "refresh_expires_at": (happen.NOW + timedelta(days=300)).isoformat(),
    }


async def test_connecting_again_renews_tokens_and_keeps_the_window(
    submit: Any, vault: Any, seller: Any, clock: Any, story: Any
) -> None:
    covered = seller((happen.SHOP, "US"))
    await connect_grant(submit(), vault, covered, "code-1")
    first = await story.folded()
    clock.now += timedelta(days=30)
    await connect_grant(submit("form-2"), vault, covered, "code-2")
    assert await story.folded() == first
    tokens = await vault.get_credential("tiktok_grant", "grant-1")
    assert tokens["access_token"] == "access-for-code-2"


@pytest.mark.parametrize("by", ["seller", "store"])
async def test_a_shop_that_was_erased_can_be_connected_anew_and_its_orders_stay_erased(
    submit: Any, by: str, vault: Any, seller: Any, clock: Any, story: Any, shopify_store: Any
) -> None:
    await story.shop()
    await vault.put(happen.SHOP, "101", "recipient", {"name": "Planted Buyer"}, masked=False)
    await vault.erase_shop(happen.SHOP, "shop_request")
    if by == "seller":
        covered = seller((happen.SHOP, "US"))
        await connect_grant(submit(), vault, covered, "code-2")
    else:
        client = shopify_store.client(clock)
        await connect_store(submit(), vault, client, happen.SHOP, happen.STORE, TOKEN)
    buyer = {"name": "Planted Buyer"}
    assert isinstance(await vault.put(happen.SHOP, "101", "recipient", buyer, masked=False), Erased)
    assert isinstance(
        await vault.put(happen.SHOP, "102", "recipient", buyer, masked=False), Reference
    )


async def test_a_new_authorisation_resumes_what_the_old_one_had_stopped(
    submit: Any, vault: Any, seller: Any, story: Any
) -> None:
    await story.shop()
    paused = events.ShopPaused(
        shop_id=happen.SHOP, side="tiktok", reason_code="tiktok_authorization_ended"
    )
    await story.tell(shop_stream(happen.SHOP), paused)
    await connect_grant(submit(), vault, seller((happen.SHOP, "US")), "code-2")
    assert (await story.folded()).pause_of("tiktok") is None
