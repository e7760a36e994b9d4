"""A store's token by installing the app, and for a session token; against the simulated Shopify."""

import asyncio
import hashlib
import hmac
import logging
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from services.console.tests import happenings as happen
from services.console.tests.simulated_stores import OTHER, SECRET, Simulated

from console import authorizations
from console.authorizations import VALID_FOR
from console.stores.installing import command
from ordersync_contracts.streams import shop_stream
from shopify.installing import CallbackForged, Installation
from simulators.shopify.settings import Settings

Run = Any


def sent_off(connect: Run) -> str:
    result = connect("--authorize")
    assert result.exit_code == 0, result.stderr
    return str(result.stdout.strip())


def returned(address: str, *, signed_by: str = SECRET, **changed: str) -> str:
    """The address of a return with other parameters, signed anew."""
    given = {**dict(parse_qsl(urlsplit(address).query)), **changed}
    given.pop("hmac", None)
    text = "&".join(f"{key}={value}" for key, value in sorted(given.items()))
    given["hmac"] = hmac.new(signed_by.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{address.partition('?')[0]}?{urlencode(given)}"


def test_installing_the_app_connects_the_store_with_a_token_that_is_renewed(
    connect: Run, shopify: Simulated, caplog: pytest.LogCaptureFixture, kept: Any, story: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    address = sent_off(connect)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert address.startswith(f"https://{happen.STORE}/admin/oauth/authorize?")
    assert asked["scope"] == "write_orders"
    assert asked["redirect_uri"] == "https://orders.example.com/installed"
    callback = shopify.agree(address)
    result = connect("--callback", "-", input=f"{callback}\n")
    assert (result.exit_code, result.stdout) == (0, f"{happen.SHOP} now goes to {happen.STORE}\n")
    token = kept()
    assert token["access_token"].startswith("shpat_")
    assert token["refresh_token"].startswith("shprt_")
    assert token["expires_at"]
    code = dict(parse_qsl(urlsplit(callback).query))["code"]
    overheard = result.output + caplog.text
    for secret in (code, token["access_token"], token["refresh_token"], SECRET):
        assert secret not in overheard
    last = story.history(shop_stream(happen.SHOP))[-1].event
    assert (last.store, last.app_id) == (happen.STORE, f"gid://shopify/App/{Settings().app_id}")


def test_at_a_terminal_the_return_is_asked_for_at_once(
    connect: Run, shopify: Simulated, monkeypatch: pytest.MonkeyPatch, opener: Any
) -> None:
    monkeypatch.setattr("console.stores.connect_command.is_terminal", lambda: True)
    address = opener.installation().address(happen.STORE, "request-1")
    pasted = shopify.agree(address)
    result = connect("--authorize", input=f"{pasted}\n")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [address, f"{happen.SHOP} now goes to {happen.STORE}"]


def test_a_return_counts_once_and_its_code_is_traded_once(connect: Run, shopify: Simulated) -> None:
    callback = shopify.agree(sent_off(connect))
    assert connect("--callback", "-", input=callback).exit_code == 0
    again = connect("--callback", "-", input=callback)
    assert (again.exit_code, shopify.traded) == (5, 1)
    assert "--authorize" in again.stderr


@pytest.mark.parametrize("changed", [{"state": "guessed"}, {"shop": OTHER}])
def test_a_return_that_is_signed_but_was_not_begun_here_is_never_traded(
    connect: Run, shopify: Simulated, changed: Any, kept: Any
) -> None:
    callback = returned(shopify.agree(sent_off(connect)), **changed)
    assert connect("--callback", "-", input=callback).exit_code == 5
    assert (shopify.traded, kept()) == (0, None)


def test_a_return_after_half_an_hour_is_refused(
    connect: Run, shopify: Simulated, clock: Any
) -> None:
    callback = shopify.agree(sent_off(connect))
    clock.now += VALID_FOR
    assert connect("--callback", "-", input=callback).exit_code == 5
    assert shopify.traded == 0


@pytest.mark.parametrize("purpose", [authorizations.TIKTOK, command("7495000009", OTHER)])
def test_a_state_that_was_begun_for_something_else_is_refused(
    connect: Run, shopify: Simulated, opener: Any, clock: Any, purpose: str
) -> None:
    begun = authorizations.begin(opener.begun, "tester", clock, lambda: "other-state", purpose)
    state = asyncio.run(begun)
    callback = shopify.agree(opener.installation().address(happen.STORE, state))
    assert connect("--callback", "-", input=callback).exit_code == 5
    assert shopify.traded == 0


@pytest.mark.parametrize("forged", ["another secret", "changed", "no hex"])
def test_a_return_that_shopify_did_not_sign_is_never_traded(
    connect: Run, shopify: Simulated, forged: str
) -> None:
    genuine = shopify.agree(sent_off(connect))
    callback = {
        "another secret": returned(genuine, signed_by="guessed"),
        "changed": genuine.replace("timestamp=", "timestamp=9"),
        "no hex": genuine.replace("hmac=", "hmac=%C3%A9"),
    }[forged]
    result = connect("--callback", "-", input=callback)
    assert (result.exit_code, shopify.traded) == (2, 0)
    assert "SHOPIFY_CLIENT_SECRET" in result.stderr
    assert connect("--callback", "-", input=genuine).exit_code == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no code"),
        ("http://[", "no code"),
        ("https://o.example.com/?code=planted-code&shop=s&state=x", "no hmac"),
        ("https://o.example.com/?code=planted-code&hmac=00&shop=s&state=x&state=y", "twice"),
    ],
)
def test_what_is_no_return_is_a_usage_error_that_shows_nothing_of_it(
    connect: Run, shopify: Simulated, text: str, says: str
) -> None:
    result = connect("--callback", "-", input=text)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "planted-code" not in result.output


def test_a_code_is_not_traded_again_after_an_unclear_answer(
    connect: Run, shopify: Simulated
) -> None:
    callback = shopify.agree(sent_off(connect))
    shopify.is_down = True
    result = connect("--callback", "-", input=callback)
    assert (result.exit_code, shopify.traded) == (5, 1)
    assert "start again with `ordersync shop connect-shopify" in result.stderr


def test_a_code_that_was_spent_elsewhere_says_how_to_go_on(
    connect: Run, shopify: Simulated
) -> None:
    callback = returned(shopify.agree(sent_off(connect)), code="planted-spent-code")
    result = connect("--callback", "-", input=callback)
    assert (result.exit_code, shopify.traded) == (5, 1)
    assert "invalid_request" in result.stderr
    assert "planted-spent-code" not in result.output


def test_without_the_check_of_the_signature_a_forged_code_would_be_traded(
    connect: Run, shopify: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: a return is believed whoever signed it."""
    forged = returned(shopify.agree(sent_off(connect)), signed_by="guessed", code="attackers")
    installation = Installation("app", SECRET, "https://o.example.com/in", "write_orders")
    with pytest.raises(CallbackForged):
        installation.read_return(forged)
    monkeypatch.setattr(Installation, "_is_signed", lambda *_: True)
    connect("--callback", "-", input=forged)
    assert shopify.traded == 1
