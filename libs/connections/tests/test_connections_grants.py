"""Every call gets a good token; one refresher renews a grant, in time, for all of its shops."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from connections.grants import RENEW_BEFORE, GrantAccess, GrantMissing
from connections.stores import StoreTokens
from shopify.tokens import TokenUnavailable
from tiktok.calls import App, Shop
from tiktok.errors import AuthorizationLost, TokenExpired, TryLater
from tiktok.tokens import TokenClient
from tiktok.transport import open_http
from vault.interface import LockedGrant
from vault.keys import MasterKeys
from vault.memory import MemoryVault
from vault.values import CredentialKind

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
LONG = timedelta(days=6)


class TokenHost:
    """Answers refreshes with new tokens, or with ``envelope``; keeps the tokens it was shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.envelope: dict[str, Any] | None = None
        self.status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.shown.append(request.url.params["refresh_token"])
        if self.envelope is not None:
            return httpx.Response(self.status, json=self.envelope)
        n = len(self.shown)
        data = {
            "access_token": f"planted-access-{n}",
            "access_token_expire_in": int((NOW + timedelta(days=7)).timestamp()),
            "refresh_token": f"planted-refresh-{n}",
            "refresh_token_expire_in": int((NOW + timedelta(days=300)).timestamp()),
        }
        return httpx.Response(200, json={"code": 0, "message": "success", "data": data})


class WatchedVault(MemoryVault):
    """Knows whether a grant's lock is held, and what was written under it."""

    def __init__(self) -> None:
        super().__init__(MasterKeys({"k1": bytes(32)}, "k1"), lambda: NOW, token_bytes)
        self.held = 0
        self.most_held = 0

    @asynccontextmanager
    async def grant_lock(
        self, credential_id: str, kind: CredentialKind = "tiktok_grant"
    ) -> AsyncIterator[LockedGrant]:
        async with super().grant_lock(credential_id, kind) as held:
            self.held += 1
            self.most_held = max(self.held, self.most_held)
            await asyncio.sleep(0)
            try:
                yield held
            finally:
                self.held -= 1


@pytest.fixture
async def vault() -> WatchedVault:
    vault = WatchedVault()
    for shop_id in ("shop-1", "shop-2"):
        await vault.put_credential("tiktok_shop", shop_id, {"cipher": f"cipher-of-{shop_id}"})
    return vault


def kept(expires_in: timedelta, **more: str) -> Mapping[str, str]:
    return {
        "open_id": "grant-1",
        "access_token": "planted-access-0",
        "refresh_token": "planted-refresh-0",
        "access_expires_at": (NOW + expires_in).isoformat(),
        "refresh_expires_at": (NOW + timedelta(days=100)).isoformat(),
        **more,
    }


@dataclass
class Grants:
    """The access of two shops to one grant, with its vault and TikTok behind it."""

    vault: WatchedVault
    host: TokenHost
    tokens: TokenClient
    now: datetime = NOW

    def __post_init__(self) -> None:
        self.access = GrantAccess(self.vault, self.tokens, lambda: self.now)

    async def keep(self, lives: timedelta, **more: str) -> None:
        await self.vault.put_credential("tiktok_grant", "grant-1", kept(lives, **more))

    async def ask(self, shop_id: str = "shop-1", refused: str = "") -> Shop:
        return await self.access.access(shop_id, "grant-1", refused=refused)


@pytest.fixture
async def grants(vault: WatchedVault) -> AsyncIterator[Grants]:
    host = TokenHost()
    async with open_http(transport=httpx.MockTransport(host)) as http:
        tokens = TokenClient(http, App("key", "secret"), clock=lambda: NOW)
        yield Grants(vault, host, tokens)


class SlowVault(WatchedVault):
    """Whoever writes a credential waits for ``may_write``; ``writing``: somebody does."""

    def __init__(self) -> None:
        super().__init__()
        self.writing, self.may_write = asyncio.Event(), asyncio.Event()
        self.may_write.set()

    async def put_credential(self, kind: CredentialKind, *rest: Any) -> None:
        self.writing.set()
        await self.may_write.wait()
        await super().put_credential(kind, *rest)


async def test_a_renewal_that_is_cancelled_keeps_what_tiktok_gave() -> None:
    """A shop is let go to another replica: TikTok has ended the refresh token that was shown."""
    vault, host = SlowVault(), TokenHost()
    await vault.put_credential("tiktok_shop", "shop-1", {"cipher": "cipher-of-shop-1"})
    await vault.put_credential("tiktok_grant", "grant-1", kept(timedelta(hours=1)))
    vault.writing.clear()
    vault.may_write.clear()
    async with open_http(transport=httpx.MockTransport(host)) as http:
        tokens = TokenClient(http, App("key", "secret"), clock=lambda: NOW)
        asking = asyncio.create_task(Grants(vault, host, tokens).ask())
        await vault.writing.wait()
        asking.cancel()
        await asyncio.sleep(0)
        vault.may_write.set()
        await asyncio.wait([asking])
    assert asking.cancelled()
    grant = await vault.get_credential("tiktok_grant", "grant-1")
    assert grant is not None
    assert grant["refresh_token"] == "planted-refresh-1"
    assert vault.held == 0


async def test_a_good_token_is_given_without_asking_tiktok(grants: Grants) -> None:
    await grants.keep(LONG)
    shop = await grants.ask()
    assert (shop.token, shop.cipher) == ("planted-access-0", "cipher-of-shop-1")
    assert (grants.host.shown, grants.vault.most_held) == ([], 0)


@pytest.mark.parametrize(
    ("expires_in", "renewed"),
    [
        (RENEW_BEFORE + timedelta(seconds=1), False),
        (RENEW_BEFORE, True),
        (timedelta(seconds=1), True),
        (timedelta(seconds=-1), True),
    ],
)
async def test_a_token_is_renewed_ahead_of_its_end(
    grants: Grants, expires_in: timedelta, renewed: bool
) -> None:
    await grants.keep(expires_in)
    shop = await grants.ask()
    assert shop.token == ("planted-access-1" if renewed else "planted-access-0")


async def test_both_tokens_and_their_ends_are_stored_together_under_the_lock(
    grants: Grants,
) -> None:
    await grants.keep(timedelta(0))
    await grants.ask()
    assert grants.vault.most_held == 1
    assert await grants.vault.get_credential("tiktok_grant", "grant-1") == kept(
        timedelta(days=7),
        renewed_at=NOW.isoformat(),
        access_token="planted-access-1",
        refresh_token="planted-refresh-1",
        refresh_expires_at=(NOW + timedelta(days=300)).isoformat(),
    )


async def test_of_many_that_need_a_token_one_refreshes_for_all_shops_of_the_grant(
    grants: Grants,
) -> None:
    await grants.keep(timedelta(0))
    shops = await asyncio.gather(*(grants.ask(f"shop-{1 + n % 2}") for n in range(20)))
    assert grants.host.shown == ["planted-refresh-0"]
    assert {shop.token for shop in shops} == {"planted-access-1"}
    assert {shop.cipher for shop in shops} == {"cipher-of-shop-1", "cipher-of-shop-2"}


async def test_a_refused_token_is_renewed_however_long_it_would_live(grants: Grants) -> None:
    await grants.keep(LONG)
    shop = await grants.ask(refused="planted-access-0")
    assert shop.token == "planted-access-1"
    assert len(grants.host.shown) == 1


async def test_a_token_that_somebody_else_renewed_is_not_renewed_again(grants: Grants) -> None:
    await grants.keep(LONG, access_token="newer")
    shop = await grants.ask(refused="planted-access-0")
    assert (shop.token, grants.host.shown) == ("newer", [])


async def test_a_token_that_cannot_be_renewed_now_is_used_as_long_as_it_lives(
    grants: Grants,
) -> None:
    grants.host.status, grants.host.envelope = 503, {}
    await grants.keep(timedelta(hours=1))
    assert (await grants.ask()).token == "planted-access-0"


@pytest.mark.parametrize("refused", ["", "planted-access-0"], ids=["ended", "refused"])
async def test_without_any_good_token_the_caller_tries_later(grants: Grants, refused: str) -> None:
    grants.host.status, grants.host.envelope = 503, {}
    lives = LONG if refused else timedelta(0)
    await grants.keep(lives)
    with pytest.raises(TryLater):
        await grants.ask(refused=refused)
    assert await grants.vault.get_credential("tiktok_grant", "grant-1") == kept(lives)


async def test_while_the_token_host_is_away_it_is_not_asked_at_every_call(grants: Grants) -> None:
    grants.host.status, grants.host.envelope = 503, {}
    await grants.keep(timedelta(hours=1))
    for _ in range(10):
        await grants.ask()
    assert len(grants.host.shown) == 1
    grants.host.envelope = None
    grants.now += timedelta(minutes=1)
    assert (await grants.ask()).token == "planted-access-2"


async def test_a_new_token_that_is_refused_as_well_is_not_renewed_at_every_call(
    grants: Grants,
) -> None:
    """Every call answers 105002."""
    await grants.keep(LONG)
    token = (await grants.ask(refused="planted-access-0")).token
    for _ in range(10):
        with pytest.raises(TokenExpired):
            await grants.ask(refused=token)
    assert len(grants.host.shown) == 1
    grants.now += timedelta(minutes=6)
    assert (await grants.ask(refused=token)).token == "planted-access-2"


async def test_a_token_is_used_to_its_end_although_its_refresh_is_refused(grants: Grants) -> None:
    """A refresh whose answer was lost may have ended the old refresh token."""
    grants.host.envelope = {"code": 36004001, "message": "rt has expired", "data": {}}
    await grants.keep(timedelta(hours=1))
    assert (await grants.ask()).token == "planted-access-0"
    assert await grants.access.ends_at("grant-1") == NOW + timedelta(hours=1)
    grants.now += timedelta(hours=1)
    with pytest.raises(AuthorizationLost):
        await grants.ask()


async def test_a_grant_authorised_anew_ends_when_it_says_so(grants: Grants) -> None:
    grants.host.envelope = {"code": 36004001, "message": "rt has expired", "data": {}}
    await grants.keep(timedelta(hours=1))
    await grants.ask()
    await grants.keep(LONG, refresh_token="planted-anew")
    assert await grants.access.ends_at("grant-1") == NOW + timedelta(days=100)


async def test_a_dead_grant_is_told_apart(grants: Grants) -> None:
    grants.host.envelope = {"code": 36004001, "message": "rt has expired", "data": {}}
    await grants.keep(timedelta(0))
    with pytest.raises(AuthorizationLost):
        await grants.ask()


async def test_a_shop_or_a_grant_that_the_vault_does_not_hold_is_named(grants: Grants) -> None:
    with pytest.raises(GrantMissing, match="grant-1"):
        await grants.ask()
    with pytest.raises(GrantMissing, match="shop-9"):
        await grants.ask("shop-9")


async def test_a_grant_withdrawn_while_waiting_for_the_lock_is_missing(grants: Grants) -> None:
    await grants.keep(timedelta(0))
    async with grants.vault.grant_lock("grant-1"):
        asking = asyncio.create_task(grants.ask())
        await asyncio.sleep(0)
        await grants.vault.delete_credential("tiktok_grant", "grant-1")
    with pytest.raises(GrantMissing):
        await asking
    assert grants.host.shown == []


async def test_no_token_is_in_a_log_or_a_representation(grants: Grants) -> None:
    await grants.keep(timedelta(0))
    with capture_logs() as logs:
        shop = await grants.ask()
    assert [entry["event"] for entry in logs] == ["grant.renewed"]
    assert "planted" not in f"{logs}{shop}"


async def test_a_store_gives_its_token_or_says_that_it_is_not_connected(
    vault: WatchedVault,
) -> None:
    await vault.put_credential("shopify_store", "a.myshopify.com", {"access_token": "planted"})
    tokens = StoreTokens(vault, lambda: NOW)
    assert await tokens.token("a.myshopify.com") == "planted"
    with pytest.raises(TokenUnavailable, match=r"b\.myshopify\.com"):
        await tokens.token("b.myshopify.com")
