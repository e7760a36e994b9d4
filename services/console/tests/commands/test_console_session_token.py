"""A store's token for a session token, and the app that is needed for it."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import pytest
from pydantic import SecretStr
from services.console.tests import happenings as happen
from services.console.tests.simulated_stores import OTHER, SECRET, Simulated

from connections.settings import ShopifySettings
from console import platforms

Run = Any


def session_token(domain: str, lives_s: float = 60) -> str:
    claims = {"dest": f"https://{domain}", "exp": time.time() + lives_s}
    parts = [json.dumps(part).encode() for part in ({"alg": "HS256"}, claims)]
    signed = ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    signature = hmac.digest(SECRET.encode(), signed.encode(), hashlib.sha256)
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@pytest.mark.parametrize("by_variable", [False, True])
def test_a_session_token_is_exchanged_for_a_token_that_is_renewed(
    connect: Run, shopify: Simulated, monkeypatch: pytest.MonkeyPatch, by_variable: bool, kept: Any
) -> None:
    session = session_token(happen.STORE)
    monkeypatch.setenv("SESSION", session)
    if by_variable:
        result = connect("--session-token", "--token-env", "SESSION")
    else:
        result = connect("--session-token", input=f"{session}\n")
    assert result.exit_code == 0, result.stderr
    token = kept()
    assert token["refresh_token"].startswith("shprt_")
    assert token["access_token"] not in result.output
    assert session not in result.output


def test_a_session_token_of_another_store_is_shown_to_nobody(
    connect: Run, shopify: Simulated, kept: Any
) -> None:
    result = connect("--session-token", input=session_token(OTHER))
    assert (result.exit_code, shopify.asked) == (5, [])
    assert "another_store" in result.stderr
    assert kept() is None


def test_a_session_token_that_has_ended_says_to_take_a_new_one(
    connect: Run, shopify: Simulated
) -> None:
    session = session_token(happen.STORE, lives_s=-1)
    result = connect("--session-token", input=session)
    assert result.exit_code == 5
    assert "take a new one" in result.stderr
    assert session not in result.output


def shopify_settings(**given: Any) -> ShopifySettings:
    keys = json.dumps({"k1": base64.b64encode(bytes(range(32))).decode()})
    return ShopifySettings(
        kafka_bootstrap="unused:9092",
        database_url=SecretStr("postgresql://unused"),
        vault_keys=SecretStr(keys),
        vault_key_id="k1",
        **given,
    )


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"shopify_redirect_url": "https://o.example.com/in"}, "SHOPIFY_CLIENT_ID"),
        (
            {"shopify_client_id": "id", "shopify_client_secret": SecretStr("s")},
            "SHOPIFY_REDIRECT_URL",
        ),
    ],
)
def test_a_missing_setting_is_named(given: Any, missing: str) -> None:
    with pytest.raises(platforms.NoShopifyApp, match=missing):
        platforms.installation(shopify_settings(**given))


def test_a_simulator_takes_the_stores_place() -> None:
    settings = shopify_settings(
        shopify_client_id="id",
        shopify_client_secret=SecretStr("s"),
        shopify_redirect_url="https://o.example.com/in",
        shopify_simulator_url="http://127.0.0.1:9/",
    )
    address = platforms.installation(settings).address(happen.STORE, "s1")
    assert address.startswith(f"http://127.0.0.1:9/{happen.STORE}/admin/oauth/authorize?")
