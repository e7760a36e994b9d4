"""A store's token: given, renewed ahead of its end, by one process."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from connections.stores import RENEWALS, StoreTokens, to_credential
from shopify.oauth import StoreToken, TokenDelayed, TokenRefused, TokenSource
from shopify.tokens import TokenAwaited, TokenUnavailable
from vault.keys import MasterKeys
from vault.memory import MemoryVault

STORE = "harbor-and-pine.myshopify.com"
NOW = datetime.now(UTC)  # the package reads the real clock
Answer = Callable[[httpx.Request], httpx.Response]


class Shopify:
    """The token endpoint; notes what it was asked."""

    def __init__(self, status: int = 200, **body: Any) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = status
        usual = {"access_token": "shpat_new", "scope": "write_orders", "expires_in": 3600}
        self.body = {name: value for name, value in (usual | body).items() if value is not None}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        assert str(request.url) == f"https://{STORE}/admin/oauth/access_token"
        self.asked.append(json.loads(request.content))
        return httpx.Response(self.status, json=self.body)

    def source(self) -> TokenSource:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return TokenSource("app", "fake-secret", http)


async def vault_with(**credential: str) -> MemoryVault:
    vault = MemoryVault(MasterKeys({"k": bytes(32)}, "k"), lambda: NOW, token_bytes)
    await vault.put_credential("shopify_store", STORE, {"access_token": "shpat_old", **credential})
    return vault


async def tokens_of(shopify: Shopify, **credential: str) -> StoreTokens:
    return StoreTokens(await vault_with(**credential), lambda: NOW, shopify.source())


def soon(minutes: float) -> str:
    return (NOW + timedelta(minutes=minutes)).isoformat()


async def test_a_token_without_end_is_given_as_it_is() -> None:
    shopify = Shopify()
    tokens = await tokens_of(shopify)
    assert await tokens.token(STORE) == "shpat_old"
    assert shopify.asked == []


async def test_a_token_that_ends_soon_is_renewed_once_however_many_ask() -> None:
    shopify = Shopify(refresh_token="shprt_new", refresh_token_expires_in=7_776_000)
    vault = await vault_with(refresh_token="shprt_old", expires_at=soon(5))
    tokens = StoreTokens(vault, lambda: NOW, shopify.source())
    given = await asyncio.gather(*(tokens.token(STORE) for _ in range(8)))
    assert set(given) == {"shpat_new"}
    (asked,) = shopify.asked
    assert (asked["grant_type"], asked["refresh_token"]) == ("refresh_token", "shprt_old")
    kept = await vault.get_credential("shopify_store", STORE)
    assert kept is not None
    assert (kept["access_token"], kept["refresh_token"]) == ("shpat_new", "shprt_new")


async def test_a_renewal_that_is_cancelled_keeps_what_shopify_gave(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shopify = Shopify(refresh_token="shprt_new", refresh_token_expires_in=7_776_000)
    vault = await vault_with(refresh_token="shprt_old", expires_at=soon(5))
    put, writing, may_write = vault.put_credential, asyncio.Event(), asyncio.Event()

    async def slow(*given: Any) -> None:
        writing.set()
        await may_write.wait()
        await put(*given)

    monkeypatch.setattr(vault, "put_credential", slow)
    asking = asyncio.create_task(StoreTokens(vault, lambda: NOW, shopify.source()).token(STORE))
    await writing.wait()
    asking.cancel()
    await asyncio.sleep(0)
    may_write.set()
    await asyncio.wait([asking])
    assert asking.cancelled()
    kept = await vault.get_credential("shopify_store", STORE)
    assert kept is not None
    assert (kept["access_token"], kept["refresh_token"]) == ("shpat_new", "shprt_new")


async def test_a_token_of_client_credentials_is_asked_for_anew() -> None:
    shopify = Shopify(expires_in=86_399)
    tokens = await tokens_of(shopify, expires_at=soon(1))
    assert await tokens.token(STORE) == "shpat_new"
    assert shopify.asked[0]["grant_type"] == "client_credentials"


async def test_a_token_that_cannot_be_renewed_now_is_given_as_long_as_it_lives() -> None:
    vault = await vault_with(expires_at=soon(5))

    class Away:
        async def by_credentials(self, *_: object) -> StoreToken:
            raise TokenDelayed("network_error")

    tokens = StoreTokens(vault, lambda: NOW, Away())  # type: ignore[arg-type]  # a double
    assert await tokens.token(STORE) == "shpat_old"


async def test_a_refused_renewal_says_to_connect_again() -> None:
    shopify = Shopify(status=400, error="invalid_grant")
    tokens = await tokens_of(shopify, refresh_token="shprt_old", expires_at=soon(-1))
    with pytest.raises(TokenUnavailable, match="connect it again"):
        await tokens.token(STORE)


async def test_a_code_becomes_a_token_that_can_be_renewed() -> None:
    shopify = Shopify(refresh_token="shprt_new")
    token = await shopify.source().by_code(STORE, "code", NOW)
    assert to_credential(token) == {
        "access_token": "shpat_new",
        "refresh_token": "shprt_new",
        "expires_at": (NOW + timedelta(hours=1)).isoformat(),
    }
    assert "shpat" not in repr(token)
    with pytest.raises(TokenRefused):
        await Shopify(status=400).source().by_code(STORE, "code", NOW)


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (401, {"error": "invalid_client"}, "invalid_client"),
        (400, {"error": "planted words"}, "invalid_grant"),
    ],
)
async def test_a_refused_code_says_why_by_a_known_word(
    status: int, body: dict[str, str], says: str
) -> None:
    with pytest.raises(TokenRefused, match=f"^{says}$"):
        await Shopify(status=status, **body).source().by_code(STORE, "code", NOW)


@pytest.mark.parametrize(
    "page", [b"<html>", b"[]", b'{"scope": "x"}', b'{"access_token": "a", "expires_in": "soon"}']
)
async def test_an_answer_without_a_token_is_no_token(page: bytes) -> None:
    http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, content=page))
    )
    with pytest.raises(TokenDelayed, match="unreadable_answer"):
        await TokenSource("app", "fake-secret", http).by_code(STORE, "code", NOW)


async def test_a_session_token_that_is_none_is_refused() -> None:
    with pytest.raises(TokenRefused):
        await Shopify().source().by_session(STORE, "not a token")


async def test_a_refused_token_is_renewed_although_it_should_live_on() -> None:
    shopify = Shopify()
    tokens = await tokens_of(shopify, expires_at=soon(50), refresh_token="fake-refresh")
    assert await tokens.another(STORE, "shpat_old") == "shpat_new"
    assert await tokens.token(STORE) == "shpat_new"
    assert len(shopify.asked) == 1


async def test_a_token_that_somebody_else_renewed_is_given_without_asking() -> None:
    shopify = Shopify()
    tokens = await tokens_of(shopify, expires_at=soon(50))
    assert await tokens.another(STORE, "shpat_older") == "shpat_old"
    assert shopify.asked == []


async def test_a_store_that_refuses_every_token_is_asked_for_one_only_now_and_then() -> None:
    shopify = Shopify()
    tokens = await tokens_of(shopify, expires_at=soon(50))
    assert await tokens.another(STORE, "shpat_old") == "shpat_new"
    assert await tokens.another(STORE, "shpat_new") is None
    assert len(shopify.asked) == 1


async def test_a_token_without_end_that_is_refused_has_no_other() -> None:
    shopify = Shopify()
    tokens = await tokens_of(shopify)
    assert await tokens.another(STORE, "shpat_old") is None
    assert shopify.asked == []


async def test_a_refused_renewal_gives_no_other_token() -> None:
    shopify = Shopify(400, error="invalid_grant")
    tokens = await tokens_of(shopify, expires_at=soon(50), refresh_token="fake-refresh")
    assert await tokens.another(STORE, "shpat_old") is None


async def test_an_answer_without_an_end_is_taken_to_live_as_long_as_shopify_says_tokens_do() -> (
    None
):
    """Taken to have ended at once, it would be renewed, and change, at every call."""
    shopify = Shopify(refresh_token="shprt_new", expires_in=None)
    tokens = await tokens_of(shopify, refresh_token="shprt_old", expires_at=soon(5))
    for _ in range(3):
        assert await tokens.token(STORE) == "shpat_new"
    assert len(shopify.asked) == 1


async def test_an_answer_without_a_refresh_token_keeps_the_one_that_was_used() -> None:
    shopify = Shopify()
    vault = await vault_with(refresh_token="shprt_old", expires_at=soon(5))
    await StoreTokens(vault, lambda: NOW, shopify.source()).token(STORE)
    kept = await vault.get_credential("shopify_store", STORE)
    assert kept is not None
    assert (kept["access_token"], kept["refresh_token"]) == ("shpat_new", "shprt_old")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, json={"scope": "x"}),
        httpx.Response(502),
        httpx.Response(403, content=b"<html>"),
    ],
)
async def test_an_answer_that_is_lost_is_asked_for_again_with_the_old_refresh_token(
    answer: httpx.Response,
) -> None:
    """Since 2026-08-28 it is good until the new access token is first used."""
    clock, shopify = [NOW], Shopify(refresh_token="shprt_new")
    lost = [answer]

    def lose(request: httpx.Request) -> httpx.Response:
        right = shopify(request)
        return lost.pop() if lost else right

    source = TokenSource(
        "app", "fake-secret", httpx.AsyncClient(transport=httpx.MockTransport(lose))
    )
    vault = await vault_with(refresh_token="shprt_old", expires_at=soon(5))
    tokens = StoreTokens(vault, lambda: clock[0], source)
    assert await tokens.token(STORE) == "shpat_old"
    assert await tokens.token(STORE) == "shpat_old"
    assert len(shopify.asked) == 1, "it waits before it asks again"
    clock[0] += timedelta(minutes=1)
    assert await tokens.token(STORE) == "shpat_new"
    assert [asked["refresh_token"] for asked in shopify.asked] == ["shprt_old", "shprt_old"]


async def test_a_refresh_token_that_is_dead_leaves_the_app_s_own_credentials() -> None:
    """A store of our own organisation: the pair was lost for good, and there is a way back."""
    shopify = Shopify(expires_in=86_399)

    def refuse_refresh(request: httpx.Request) -> httpx.Response:
        right = shopify(request)
        is_refresh = shopify.asked[-1]["grant_type"] == "refresh_token"
        return httpx.Response(400, json={"error": "invalid_grant"}) if is_refresh else right

    source = TokenSource(
        "app", "fake-secret", httpx.AsyncClient(transport=httpx.MockTransport(refuse_refresh))
    )
    vault = await vault_with(refresh_token="shprt_old", expires_at=soon(5))
    tokens = StoreTokens(vault, lambda: NOW, source)
    assert await tokens.token(STORE) == "shpat_new"
    assert [asked["grant_type"] for asked in shopify.asked] == [
        "refresh_token",
        "client_credentials",
    ]
    kept = await vault.get_credential("shopify_store", STORE)
    assert kept is not None
    assert kept["refresh_token"] == ""


async def test_a_token_is_used_to_its_end_although_its_renewal_is_refused() -> None:
    clock, shopify = [NOW], Shopify(status=400, error="invalid_grant")
    vault = await vault_with(refresh_token="shprt_old", expires_at=soon(5))
    tokens = StoreTokens(vault, lambda: clock[0], shopify.source())
    with capture_logs() as logs:
        assert await tokens.token(STORE) == "shpat_old"
    assert [entry["event"] for entry in logs] == ["store_token.not_renewed"]
    asked = len(shopify.asked)
    clock[0] += timedelta(minutes=5)
    for _ in range(5):
        with pytest.raises(TokenUnavailable, match="connect it again"):
            await tokens.token(STORE)
    assert len(shopify.asked) == asked + 2, "a refusal is not asked for again at every call"


async def test_a_token_that_has_ended_and_cannot_be_renewed_now_is_awaited() -> None:
    """The store is not to blame, and nobody has to connect it again."""
    shopify = Shopify(status=503)
    tokens = await tokens_of(shopify, refresh_token="shprt_old", expires_at=soon(-1))
    with pytest.raises(TokenAwaited):
        await tokens.token(STORE)


async def test_two_processes_that_renew_at_once_ask_once_and_use_the_same_answer() -> None:
    shopify = Shopify(refresh_token="shprt_new")
    vault = await vault_with(refresh_token="shprt_old", expires_at=soon(5))
    processes = [StoreTokens(vault, lambda: NOW, shopify.source()) for _ in range(4)]
    given = await asyncio.gather(*(tokens.token(STORE) for tokens in processes))
    assert (set(given), len(shopify.asked)) == ({"shpat_new"}, 1)


async def test_a_refused_token_with_a_refresh_token_is_renewed_also_without_a_known_end() -> None:
    shopify = Shopify(refresh_token="shprt_new")
    tokens = await tokens_of(shopify, refresh_token="shprt_old")
    assert await tokens.another(STORE, "shpat_old") == "shpat_new"


async def test_few_stores_are_renewed_at_once_because_each_holds_a_connection() -> None:
    shopify, at_work, most = Shopify(), 0, 0

    async def slowly(request: httpx.Request) -> httpx.Response:
        nonlocal at_work, most
        at_work, most = at_work + 1, max(most, at_work + 1)
        await asyncio.sleep(0.01)
        at_work -= 1
        return httpx.Response(200, json=shopify.body)

    http = httpx.AsyncClient(transport=httpx.MockTransport(slowly))
    stores = [f"s{n}.myshopify.com" for n in range(6)]
    vault = await vault_with(refresh_token="shprt_old", expires_at=soon(5))
    held = await vault.get_credential("shopify_store", STORE)
    assert held is not None
    for store in stores:
        await vault.put_credential("shopify_store", store, held)
    tokens = StoreTokens(vault, lambda: NOW, TokenSource("app", "fake-secret", http))
    assert len(await asyncio.gather(*(tokens.token(store) for store in stores))) == 6
    assert most == RENEWALS
