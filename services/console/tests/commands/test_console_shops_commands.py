"""``ordersync shop``: what it prints where, and its exit codes."""

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from services.console.tests import happenings as happen

from console.authorizations import VALID_FOR
from console.stores.adoption import result_of
from ordersync_contracts.events import AdoptionFinished
from ordersync_contracts.streams import shop_stream

Run = Any


def sent_off(run: Run, code: str = "abc") -> str:
    """The address that the browser ends at when a seller agreed to what ``connect`` printed."""
    printed = urlsplit(run("shop", "connect").stdout.strip())
    assert printed.path == "/open/authorize"
    query = parse_qs(printed.query)
    assert query["service_id"] == ["service-1"]
    returned = urlencode({"app_key": "key", "code": code, "state": query["state"][0]})
    return f"https://orders.example.com/tiktok?{returned}"


@pytest.mark.parametrize("by_stdin", [False, True])
def test_shop_connect_prints_where_to_authorise_and_takes_what_comes_back(
    as_json: Any, run: Run, by_stdin: bool
) -> None:
    address = sent_off(run)
    given, text = ("-", f"{address}\n") if by_stdin else (address, "")
    connected = run("shop", "connect", "--callback", given, input=text)
    assert (connected.exit_code, connected.stdout) == (0, f"{happen.SHOP} connected\n")
    [shop] = as_json("shop", "ls")["shops"]
    assert (shop["shop_id"], shop["connected"], shop["store"]) == (happen.SHOP, True, None)


def test_at_a_terminal_the_address_is_asked_for_at_once(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.shops.connect_command.is_terminal", lambda: True)
    pasted = "https://orders.example.com/tiktok?code=abc&state=request-1\n"
    connected = run("shop", "connect", input=pasted)
    assert connected.exit_code == 0, connected.stderr
    assert connected.stdout.splitlines()[-1] == f"{happen.SHOP} connected"
    assert "abc" not in connected.output.replace(pasted, "")


def test_a_return_counts_once(run: Run) -> None:
    address = sent_off(run)
    assert run("shop", "connect", "--callback", address).exit_code == 0
    again = run("shop", "connect", "--callback", address)
    assert (again.exit_code, again.stdout) == (5, "")
    assert "shop connect" in again.stderr


def test_a_return_that_was_not_begun_here_connects_nothing(run: Run, store: Any) -> None:
    sent_off(run)
    forged = "https://orders.example.com/tiktok?code=abc&state=0123456789abcdef"
    refused = run("shop", "connect", "--callback", forged)
    assert (refused.exit_code, refused.stdout) == (5, "")
    assert asyncio.run(store.streams("shop")) == ()


def test_a_return_after_half_an_hour_is_refused(run: Run, clock: Any) -> None:
    address = sent_off(run)
    clock.now += VALID_FOR
    assert run("shop", "connect", "--callback", address).exit_code == 5


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("abc", "no code"),
        ("https://orders.example.com/?state=s", "no code"),
        ("https://orders.example.com/?code=abc", "no state"),
        ("https://orders.example.com/?code=abc&code=def&state=s", "more than one code"),
        ("", "no code"),
    ],
)
def test_what_is_no_return_is_a_usage_error_that_shows_nothing_of_it(
    run: Run, address: str, says: str
) -> None:
    result = run("shop", "connect", "--callback", address)
    assert result.exit_code == 2
    assert says in result.stderr
    assert "abc" not in result.stderr


def test_without_the_app_s_service_id_nobody_is_sent_off(run: Run, opener: Any) -> None:
    opener.service_id = ""
    result = run("shop", "connect")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "TIKTOK_SERVICE_ID" in result.stderr


@pytest.mark.parametrize(
    ("covered", "says"),
    [
        pytest.param((("7495000002", "GB"),), "GB", id="without_a_us_shop_is_exit_5"),
        pytest.param((), "main account", id="without_any_shop_says_who_has_to_authorise"),
    ],
)
def test_a_grant(covered: Any, says: str, run: Run, opener: Any) -> None:
    opener.covered = covered
    result = run("shop", "connect", "--callback", sent_off(run))
    assert (result.exit_code, result.stdout) == (5, "")
    assert says in result.stderr


def test_the_shopify_token_comes_from_a_variable_or_stdin_and_is_never_printed(
    connect: Run, story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.tell_all(story.shop(store=None))
    monkeypatch.setenv("STORE_TOKEN", "shpat_secret")
    by_variable = connect("--token-env", "STORE_TOKEN")
    by_stdin = connect(input="shpat_secret\n")
    assert (by_variable.exit_code, by_stdin.exit_code) == (0, 0)
    assert "shpat_secret" not in by_variable.output + by_stdin.output
    assert connect("--token-env", "NOT_THERE").exit_code == 2


def test_the_app_asks_for_the_token_of_a_store_of_our_own(
    connect: Run, story: Any, kept: Any
) -> None:
    story.tell_all(story.shop(store=None))
    result = connect("--client-credentials")
    assert result.exit_code == 0
    assert "shpat_issued" not in result.output
    assert kept()["access_token"] == "shpat_issued"
    assert kept()["expires_at"]


def test_adoption_is_waived_and_a_shop_disconnected(run: Run, story: Any) -> None:
    story.tell_all(story.shop())
    assert run("shop", "adopt", "--shop", happen.SHOP, "--waive").exit_code == 0
    assert run("shop", "disconnect", "--shop", happen.SHOP).exit_code == 0
    names = asyncio.run(story.names(shop_stream(happen.SHOP)))
    assert names == ["ShopConnected", "AdoptionFinished", "ShopDisconnected"]


def test_a_scan_is_asked_for_again_once_and_its_result_shown(
    run: Run, story: Any, store: Any
) -> None:
    stream = shop_stream(happen.SHOP)
    story.tell_all(story.shop())
    assert run("shop", "adopt", "--shop", happen.SHOP, "--wait", "0").exit_code == 1
    first = AdoptionFinished(shop_id=happen.SHOP, store=happen.STORE, orders_found=3)
    story.tell_all(story.tell(stream, first))
    for _ in range(2):
        waiting = run("shop", "adopt", "--shop", happen.SHOP, "--wait", "0")
        assert (waiting.exit_code, waiting.stdout) == (1, "")
    names = asyncio.run(story.names(stream))
    assert names == ["ShopConnected", "AdoptionFinished", "AdoptionRequested"]
    again = first.model_copy(update={"orders_recorded": 2, "orders_kept": 1})
    story.tell_all(story.tell(stream, again))
    assert asyncio.run(result_of(store, happen.SHOP, 3)) == again
    assert asyncio.run(result_of(store, happen.SHOP, 4)) is None
