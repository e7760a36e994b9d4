"""A store's token by installing the app, and for a session token; against the simulated Shopify."""

import asyncio
import hashlib
import hmac
import logging
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from services.console.tests import happenings as happen
from services.console.tests.simulated_stores import OTHER, SECRET, Simulated
from typer.testing import CliRunner

from console import authorizations
from console.authorizations import VALID_FOR
from console.cli import build
from console.stores.installing import command
from ordersync_contracts.streams import shop_stream
from shopify.installing import CallbackForged, Installation
from simulators.shopify.settings import Settings

Run = Any


@pytest.fixture
def run(run: Run) -> Run:
    """Types the arguments of ``shop connect-shopify``."""
    store = ("--shop", happen.SHOP, "--domain", happen.STORE)
    return partial(run, "shop", "connect-shopify", *store)


def sent_off(run: Run) -> str:
    result = run("--authorize")
    assert result.exit_code == 0, result.stderr
    return str(result.stdout.strip())


def kept(vault: Any, domain: str) -> Any:
    return asyncio.run(vault.get_credential("shopify_store", domain))


def returned(address: str, *, signed_by: str = SECRET, **changed: str) -> str:
    """The address of a return with other parameters, signed anew."""
    given = {**dict(parse_qsl(urlsplit(address).query)), **changed}
    given.pop("hmac", None)
    text = "&".join(f"{key}={value}" for key, value in sorted(given.items()))
    given["hmac"] = hmac.new(signed_by.encode(), text.encode(), hashlib.sha256).hexdigest()
    return f"{address.partition('?')[0]}?{urlencode(given)}"


def test_installing_the_app_connects_the_store_with_a_token_that_is_renewed(
    run: Run, shopify: Simulated, vault: Any, store: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    address = sent_off(run)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert address.startswith(f"https://{happen.STORE}/admin/oauth/authorize?")
    assert asked["scope"] == "write_orders"
    assert asked["redirect_uri"] == "https://orders.example.com/installed"
    callback = shopify.agree(address)
    result = run("--callback", "-", input=f"{callback}\n")
    assert (result.exit_code, result.stdout) == (0, f"{happen.SHOP} now goes to {happen.STORE}\n")
    token = kept(vault, happen.STORE)
    assert token["access_token"].startswith("shpat_")
    assert token["refresh_token"].startswith("shprt_")
    assert token["expires_at"]
    code = dict(parse_qsl(urlsplit(callback).query))["code"]
    overheard = result.output + caplog.text
    for secret in (code, token["access_token"], token["refresh_token"], SECRET):
        assert secret not in overheard
    last = asyncio.run(store.read(shop_stream(happen.SHOP)))[-1].event
    assert (last.store, last.app_id) == (happen.STORE, f"gid://shopify/App/{Settings().app_id}")


def test_at_a_terminal_the_return_is_asked_for_at_once(
    run: Run, shopify: Simulated, monkeypatch: pytest.MonkeyPatch, opener: Any
) -> None:
    monkeypatch.setattr("console.stores.connect_command.is_terminal", lambda: True)
    address = opener.installation().address(happen.STORE, "request-1")
    pasted = shopify.agree(address)
    result = run("--authorize", input=f"{pasted}\n")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines() == [address, f"{happen.SHOP} now goes to {happen.STORE}"]


def test_a_return_counts_once_and_its_code_is_traded_once(run: Run, shopify: Simulated) -> None:
    callback = shopify.agree(sent_off(run))
    assert run("--callback", "-", input=callback).exit_code == 0
    again = run("--callback", "-", input=callback)
    assert (again.exit_code, shopify.traded) == (5, 1)
    assert "--authorize" in again.stderr


@pytest.mark.parametrize("changed", [{"state": "guessed"}, {"shop": OTHER}])
def test_a_return_that_is_signed_but_was_not_begun_here_is_never_traded(
    run: Run, shopify: Simulated, vault: Any, changed: Any
) -> None:
    callback = returned(shopify.agree(sent_off(run)), **changed)
    assert run("--callback", "-", input=callback).exit_code == 5
    assert (shopify.traded, kept(vault, happen.STORE)) == (0, None)


def test_a_return_after_half_an_hour_is_refused(run: Run, shopify: Simulated, clock: Any) -> None:
    callback = shopify.agree(sent_off(run))
    clock.now += VALID_FOR
    assert run("--callback", "-", input=callback).exit_code == 5
    assert shopify.traded == 0


@pytest.mark.parametrize("purpose", [authorizations.TIKTOK, command("7495000009", OTHER)])
def test_a_state_that_was_begun_for_something_else_is_refused(
    run: Run, shopify: Simulated, opener: Any, clock: Any, purpose: str
) -> None:
    begun = authorizations.begin(opener.begun, "tester", clock, lambda: "other-state", purpose)
    state = asyncio.run(begun)
    callback = shopify.agree(opener.installation().address(happen.STORE, state))
    assert run("--callback", "-", input=callback).exit_code == 5
    assert shopify.traded == 0


@pytest.mark.parametrize("forged", ["another secret", "changed", "no hex"])
def test_a_return_that_shopify_did_not_sign_is_never_traded(
    run: Run, shopify: Simulated, forged: str
) -> None:
    genuine = shopify.agree(sent_off(run))
    callback = {
        "another secret": returned(genuine, signed_by="guessed"),
        "changed": genuine.replace("timestamp=", "timestamp=9"),
        "no hex": genuine.replace("hmac=", "hmac=%C3%A9"),
    }[forged]
    result = run("--callback", "-", input=callback)
    assert (result.exit_code, shopify.traded) == (2, 0)
    assert "SHOPIFY_CLIENT_SECRET" in result.stderr
    assert run("--callback", "-", input=genuine).exit_code == 0


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
    run: Run, shopify: Simulated, text: str, says: str
) -> None:
    result = run("--callback", "-", input=text)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "planted-code" not in result.output


def test_a_code_is_not_traded_again_after_an_unclear_answer(run: Run, shopify: Simulated) -> None:
    callback = shopify.agree(sent_off(run))
    shopify.is_down = True
    result = run("--callback", "-", input=callback)
    assert (result.exit_code, shopify.traded) == (5, 1)
    assert "start again with `ordersync shop connect-shopify" in result.stderr


def test_a_code_that_was_spent_elsewhere_says_how_to_go_on(run: Run, shopify: Simulated) -> None:
    callback = returned(shopify.agree(sent_off(run)), code="planted-spent-code")
    result = run("--callback", "-", input=callback)
    assert (result.exit_code, shopify.traded) == (5, 1)
    assert "invalid_request" in result.stderr
    assert "planted-spent-code" not in result.output


def test_a_code_is_never_taken_as_an_argument(run: Run, shopify: Simulated) -> None:
    result = run("--callback", "https://orders.example.com/?code=planted-code")
    assert result.exit_code == 2
    assert "stdin" in result.stderr
    assert "planted-code" not in result.output


def test_nobody_is_sent_off_for_a_shop_that_is_not_known(opener: Any) -> None:
    given = ["shop", "connect-shopify", "--shop", "1", "--domain", happen.STORE, "--authorize"]
    result = CliRunner().invoke(build(given), given, obj=opener)
    assert (result.exit_code, result.stdout) == (1, "")


def test_one_way_to_a_token_is_chosen(run: Run) -> None:
    result = run("--authorize", "--session-token")
    assert result.exit_code == 2
    assert "--client-credentials" in result.stderr


def test_without_the_check_of_the_signature_a_forged_code_would_be_traded(
    run: Run, shopify: Simulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted bug: a return is believed whoever signed it."""
    forged = returned(shopify.agree(sent_off(run)), signed_by="guessed", code="attackers")
    installation = Installation("app", SECRET, "https://o.example.com/in", "write_orders")
    with pytest.raises(CallbackForged):
        installation.read_return(forged)
    monkeypatch.setattr(Installation, "_is_signed", lambda *_: True)
    run("--callback", "-", input=forged)
    assert shopify.traded == 1
