"""A call is repeated once at most, and only when access was the matter."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connections.grants import GrantAccess
from connections.shop_book import ShopBook
from eventstore import ANY_VERSION, Append
from fetcher.expiry import Expiry
from fetcher.reading.shop_calls import ShopCalls
from lifecycle.shop import Shop
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import shop_stream
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.errors import ShopNotCovered
from tiktok.tokens import TokenClient

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
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
            shops = [{"id": one, "cipher": cipher} for one, cipher in self.covered.items()]
            return httpx.Response(200, json={"code": 0, "data": {"shops": shops}})
        if request.url.params["shop_cipher"] != self.cipher:
            return httpx.Response(401, json={"code": 101000, "message": "do not match"})
        return httpx.Response(200, json={"code": 0, "data": {"orders": []}})


@pytest.fixture
def tiktok() -> TikTok:
    return TikTok()


@pytest.fixture
async def accesses(home: Any, tiktok: TikTok) -> AsyncIterator[GrantAccess]:
    await home.vault.put_credential("tiktok_shop", SHOP.shop_id, {"cipher": "cipher-1"})
    grant = {
        "access_token": "access-0",
        "refresh_token": "refresh-0",
        "access_expires_at": (NOW + timedelta(days=5)).isoformat(),
        "refresh_expires_at": (NOW + timedelta(days=29)).isoformat(),
    }
    await home.vault.put_credential("tiktok_grant", "grant-1", grant)
    async with httpx.AsyncClient(transport=httpx.MockTransport(tiktok)) as http:
        yield GrantAccess(
            home.vault, TokenClient(http, App("key", "secret"), clock=home.clock), home.clock
        )


@pytest.fixture
async def calls(home: Any, tiktok: TikTok, accesses: GrantAccess) -> AsyncIterator[ShopCalls]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(tiktok)) as http:
        yield ShopCalls(TikTokClient(http, App("key", "secret"), clock=home.clock), accesses)


async def test_a_cipher_that_changed_is_read_anew_and_kept(
    calls: ShopCalls, tiktok: TikTok
) -> None:
    for _ in range(2):
        await calls.make(SHOP, lambda access: calls.tiktok.order_detail(access, ["1"]))
    assert [path.split("/")[1] for path in tiktok.paths] == [
        "order",
        "authorization",
        "order",
        "order",
    ]


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
    home: Any, accesses: GrantAccess, connected: Any
) -> None:
    stream = shop_stream(SHOP.shop_id)
    for n, event in enumerate(connected()):
        new = NewEvent(fact_id(str(n)), event, home.now, Trace("test"))
        await home.store.append([Append(stream, ANY_VERSION, (new,))])
    expiry = Expiry(home.store, ShopBook(home.store), accesses, home.clock)
    for _ in range(2):
        await expiry.look()
    said = [one.event for one in await home.store.read(stream) if one.name.startswith("Authoriz")]
    assert [one.expires_at for one in said] == [NOW + timedelta(days=29)]
