import logging
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from libs.tiktok.tests.recorded_tiktok import APP, NOW, Handler, Recorded

from tiktok import errors
from tiktok.tokens import TokenClient, authorize_url
from tiktok.transport import open_http

DATA = {
    "access_token": "TTP_planted_access",
    "access_token_expire_in": 1760604800,
    "refresh_token": "TTP_planted_refresh",
    "refresh_token_expire_in": 1791536000,
    "open_id": "7010736057180325637",
    "seller_name": "Demo",
    "seller_base_region": "US",
    "user_type": 0,
    "granted_scopes": ["seller.order.info"],
}


def token_client(handler: Handler) -> TokenClient:
    http = open_http(transport=httpx.MockTransport(handler))
    return TokenClient(http, APP, clock=lambda: NOW, base_url="https://auth.invalid/")


async def test_a_code_becomes_tokens() -> None:
    handler = Recorded(DATA, message="success")
    tokens = await token_client(handler).get("planted_code")
    assert handler.last.url.path == "/api/v2/token/get"
    assert dict(handler.last.url.params) == {
        "app_key": APP.key,
        "app_secret": APP.secret,
        "auth_code": "planted_code",
        "grant_type": "authorized_code",
    }
    assert tokens.access_token == "TTP_planted_access"
    assert tokens.access_expires_at == NOW + timedelta(days=7)
    assert tokens.refresh_expires_at == datetime(2026, 10, 9, 8, 53, 20, tzinfo=UTC)
    assert tokens.scopes == ("seller.order.info",)
    assert tokens.seller_region == "US"


async def test_an_old_refresh_token_becomes_two_new_tokens() -> None:
    handler = Recorded(DATA)
    tokens = await token_client(handler).refresh("TTP_planted_old")
    assert handler.last.url.path == "/api/v2/token/refresh"
    assert handler.last.url.params["grant_type"] == "refresh_token"
    assert handler.last.url.params["refresh_token"] == "TTP_planted_old"
    assert tokens.refresh_token == "TTP_planted_refresh"


async def test_an_expiry_that_is_a_duration_counts_from_now() -> None:
    tokens = await token_client(Recorded({**DATA, "access_token_expire_in": "604800"})).get("c")
    assert tokens.access_expires_at == NOW + timedelta(days=7)


@pytest.mark.parametrize("code", [36004004, 36004001])
async def test_a_dead_code_or_refresh_token_needs_the_seller(code: int) -> None:
    handler = Recorded(None, code=code, message="Invalid auth code.")
    with pytest.raises(errors.AuthorizationLost, match="token_refresh: "):
        await token_client(handler).refresh("TTP_planted_old")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("access_token", ""),
        ("refresh_token", None),
    ],
)
async def test_an_answer_without_tokens_names_what_it_lacks(name: str, value: str | None) -> None:
    client = token_client(Recorded({**DATA, name: value}))
    with pytest.raises(errors.NoAnswer, match=f"lacks {name}") as raised:
        await client.get("planted_code")
    assert "planted" not in repr(raised.value)


@pytest.mark.parametrize("end", [None, "soon", 0])
async def test_tokens_whose_end_is_not_said_are_kept(end: object) -> None:
    """An answer that was thrown away would be the only one that names them."""
    said = {**DATA, "access_token_expire_in": end, "refresh_token_expire_in": end}
    tokens = await token_client(Recorded(said)).refresh("TTP_planted_old")
    assert tokens.access_token == DATA["access_token"]
    assert tokens.access_expires_at == NOW + timedelta(days=7)
    assert tokens.refresh_expires_at is None


async def test_a_refresh_that_names_no_refresh_token_leaves_the_one_that_was_used() -> None:
    tokens = await token_client(Recorded({**DATA, "refresh_token": None})).refresh("TTP_old")
    assert tokens.refresh_token == "TTP_old"


async def test_neither_tokens_nor_secret_are_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = await token_client(Recorded(DATA)).get("planted_code")
    assert "/api/v2/token/get" in caplog.text
    for secret in ("planted", APP.secret, APP.key):
        assert secret not in caplog.text + repr(tokens)


def test_a_seller_authorises_at_the_us_address() -> None:
    assert authorize_url("741", "a b&c") == (
        "https://services.us.tiktokshop.com/open/authorize?service_id=741&state=a+b%26c"
    )
