"""A call is repeated once at most, and only when access was the matter."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.world.story import NOW, connected

from fetcher.reading.shop_calls import ShopCalls
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.streams import shop_stream
from tiktok.errors import ShopNotCovered

SHOP = Shop(shop_id="7495514739512345678", grant_id="grant-1", is_connected=True)


class TikTok:
    """Knows the shop by one cipher; ``covered`` is what the grant lists."""

    def __init__(self) -> None:
        self.cipher = "cipher-2"
        self.covered = {SHOP.shop_id: "cipher-2"}
        self.paths: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path)
        if request.url.path.startswith("/authorization/"):
            shops = [{"id": shop_id, "cipher": cipher} for shop_id, cipher in self.covered.items()]
            return httpx.Response(200, json={"code": 0, "data": {"shops": shops}})
        if request.url.params["shop_cipher"] != self.cipher:
            return httpx.Response(401, json={"code": 101000, "message": "do not match"})
        return httpx.Response(200, json={"code": 0, "data": {"orders": []}})


@pytest.fixture
def tiktok() -> TikTok:
    return TikTok()


@pytest.fixture
async def calls(home: Any, tiktok: TikTok) -> ShopCalls:
    await home.authorise(SHOP.shop_id)
    await home.vault.put_credential("tiktok_shop", SHOP.shop_id, {"cipher": "cipher-1"})
    home.network = httpx.MockTransport(tiktok)
    calls: ShopCalls = home.service.reader.calls
    return calls


async def test_a_cipher_that_changed_is_read_anew_and_kept(
    calls: ShopCalls, tiktok: TikTok
) -> None:
    for _ in range(2):
        await calls.make(SHOP, lambda access: calls.tiktok.order_detail(access, ["1"]))
    found = [path.split("/")[1] for path in tiktok.paths]
    assert found == ["order", "authorization", "order", "order"]


@pytest.mark.parametrize("covered", [{}, {SHOP.shop_id: "cipher-1"}], ids=["gone", "the same"])
async def test_a_shop_that_the_grant_does_not_cover_any_more_is_not_asked_for_ever(
    calls: ShopCalls, tiktok: TikTok, covered: dict[str, str]
) -> None:
    tiktok.covered = covered
    with pytest.raises(ShopNotCovered):
        await calls.make(SHOP, lambda access: calls.tiktok.order_detail(access, ["1"]))
    assert len(tiktok.paths) == 2


async def test_a_grant_says_whether_it_covers_the_shop(calls: ShopCalls, tiktok: TikTok) -> None:
    assert await calls.is_covered(SHOP)
    tiktok.covered = {}
    assert not await calls.is_covered(SHOP)


async def test_an_authorisation_that_ends_within_30_days_is_said_once(
    home: Any, calls: ShopCalls
) -> None:
    await home.record(*connected())
    for _ in range(2):
        await home.service.rounds["expiry"]()
    history = [recorded.event for recorded in await home.store.read(shop_stream(SHOP.shop_id))]
    ending = [event for event in history if isinstance(event, events.AuthorizationExpiring)]
    assert [event.expires_at for event in ending] == [NOW + timedelta(days=29)]
