"""The command line: what it prints where, and its exit codes."""

import asyncio
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from typer.testing import CliRunner, Result

from console.adoption import result_of
from console.authorizations import VALID_FOR
from console.cli import NOUNS, build
from ordersync_contracts import events
from ordersync_contracts.events import AdoptionFinished
from ordersync_contracts.streams import link_stream, order_stream, shop_stream

Run = Any


@pytest.fixture
def run(place: Any) -> Run:
    def invoke(*arguments: str, **extra: Any) -> Result:
        return CliRunner().invoke(build(arguments), list(arguments), obj=place, **extra)

    return invoke


def told(*parts: Any) -> None:
    async def tell() -> None:
        for part in parts:
            await part

    asyncio.run(tell())


def test_order_show_prints_one_json_object_in_the_public_shape(
    run: Run, story: Any, happen: Any
) -> None:
    told(
        story.shop(),
        story.order("101", happen.eligible("101"), happen.created("101"), happen.in_transit("101")),
    )
    result = run("order", "show", "101", "-o", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    shown = json.loads(result.stdout)
    assert list(shown) == [
        "order_id",
        "shop_id",
        "status",
        "reason_code",
        "shopify_order_id",
        "delivery",
        "events",
    ]
    assert {key: value for key, value in shown.items() if key != "events"} == {
        "order_id": "101",
        "shop_id": happen.SHOP,
        "status": "Synced",
        "reason_code": None,
        "shopify_order_id": "gid://shopify/Order/5001",
        "delivery": "In transit",
    }
    assert [(one["version"], one["type"]) for one in shown["events"]] == [
        (1, "OrderFetched"),
        (2, "OrderEligible"),
        (3, "ShopifyOrderCreated"),
        (4, "DeliveryStatusChanged"),
    ]
    assert all(
        list(one) == ["type", "version", "position", "occurred_at", "data"]
        for one in shown["events"]
    )
    assert shown["events"][2]["data"]["shopify_order_id"] == "gid://shopify/Order/5001"


@pytest.mark.parametrize(
    ("happened", "status", "code"),
    [("ineligible", "Not eligible", "on_hold"), ("blocked", "Sync failed", "unlinked_sku")],
)
def test_order_show_always_gives_the_reason(
    happened: str, status: str, code: str, run: Run, story: Any, happen: Any
) -> None:
    told(story.shop(), story.order("101", getattr(happen, happened)("101")))
    shown = json.loads(run("order", "show", "101", "-o", "json").stdout)
    assert (shown["status"], shown["reason_code"]) == (status, code)
    assert shown["shopify_order_id"] is None
    assert shown["delivery"] is None


def test_an_unknown_order_is_exit_1_with_nothing_on_stdout(run: Run, story: Any) -> None:
    told(story.shop())
    result = run("order", "show", "999", "-o", "json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "999" in result.stderr


def test_an_order_id_of_two_shops_asks_for_the_shop(run: Run, story: Any, happen: Any) -> None:
    told(story.shop(), story.shop("7495000002"))
    told(story.order("101"), story.order("101", shop_id="7495000002"))
    result = run("order", "show", "101", "-o", "json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--shop" in result.stderr
    named = run("order", "show", "101", "--shop", "7495000002", "-o", "json")
    assert json.loads(named.stdout)["shop_id"] == "7495000002"


def test_order_show_tells_the_story_in_a_table(run: Run, story: Any, happen: Any) -> None:
    told(story.shop(), story.order("101", happen.blocked("101")))
    text = run("order", "show", "101").stdout
    for expected in ("Sync failed", "unlinked_sku", "Link the SKU", "Fetched from TikTok"):
        assert expected in text


def test_order_ls_lists_newest_first_without_the_not_eligible(
    run: Run, story: Any, happen: Any
) -> None:
    told(
        story.shop(),
        story.order("101", created_at=happen.NOW.replace(hour=1)),
        story.order("102", created_at=happen.NOW.replace(hour=3)),
        story.order("103", happen.ineligible("103")),
    )
    listed = json.loads(run("order", "ls", "-o", "json").stdout)["orders"]
    assert [one["order_id"] for one in listed] == ["102", "101"]
    listed = json.loads(run("order", "ls", "--status", "not-eligible", "-o", "json").stdout)
    assert [one["order_id"] for one in listed["orders"]] == ["103"]


@pytest.mark.parametrize(("sent", "shown"), [("12.2", "12.20"), ("1250", "1250.00")])
def test_listed_totals_have_both_cents_whatever_was_sent(
    run: Run, story: Any, happen: Any, sent: str, shown: str
) -> None:
    payment = events.Payment(currency="USD", total=Decimal(sent))
    told(story.shop(), story.order("101", payment=payment))
    [listed] = json.loads(run("order", "ls", "-o", "json").stdout)["orders"]
    assert listed["total"] == shown
    assert f"{Decimal(shown):,} USD" in run("order", "ls").stdout


def test_tables_show_what_lists_hold(run: Run, story: Any, happen: Any) -> None:
    told(story.shop(), story.order("101", happen.blocked("101")))
    orders = run("order", "ls").stdout
    for expected in ("101", "25.00 USD", "Awaiting shipment", "Sync failed", "unlinked_sku"):
        assert expected in orders
    products = run("products", "ls").stdout
    for expected in ("1729000001", "Pine candle (Large)", "not linked"):
        assert expected in products
    shops = run("shop", "ls").stdout
    for expected in (happen.SHOP, "Harbor & Pine", "connected, store not scanned"):
        assert expected in shops


def test_an_unknown_status_names_the_known_ones(run: Run) -> None:
    result = run("order", "ls", "--status", "done")
    assert result.exit_code == 2
    assert "not-synced" in result.stderr


def test_order_sync_acts_at_once_and_says_so(run: Run, story: Any, store: Any, happen: Any) -> None:
    told(story.shop(), story.order("101", happen.eligible("101")))
    result = run("order", "sync", "101")
    assert result.exit_code == 0
    assert "asked for" in result.stdout
    [*_, asked] = asyncio.run(store.read(order_stream(happen.SHOP, "101")))
    assert asked.event.requested_by == "tester (command line)"
    again = run("order", "sync", "101")
    assert (again.exit_code, "already Syncing" in again.stdout) == (0, True)


def test_order_sync_of_a_not_eligible_order_is_exit_5_with_the_reason(
    run: Run, story: Any, happen: Any
) -> None:
    told(story.shop(), story.order("101", happen.ineligible("101", "not_us")))
    result = run("order", "sync", "101")
    assert result.exit_code == 5
    assert "not_us" in result.stdout


def test_settings_are_set_and_shown(run: Run, story: Any, happen: Any) -> None:
    told(story.shop())
    result = run("settings", "set", "--shop", happen.SHOP, "--automatic-sync", "on")
    assert result.exit_code == 0, result.stderr
    shown = json.loads(run("settings", "show", "--shop", happen.SHOP, "-o", "json").stdout)
    assert shown["automatic_sync"] is True
    assert shown["auto_link_same_sku"] is False


@pytest.mark.parametrize(
    "arguments",
    [
        ("--automatic-sync", "yes"),
        ("--discounts", "half"),
        (),
    ],
)
def test_settings_that_do_not_exist_are_usage_errors(
    arguments: tuple[str, ...], run: Run, story: Any, happen: Any
) -> None:
    told(story.shop())
    assert run("settings", "set", "--shop", happen.SHOP, *arguments).exit_code == 2


def test_settings_of_an_unknown_shop_are_exit_1(run: Run) -> None:
    result = run("settings", "show", "--shop", "42")
    assert (result.exit_code, result.stdout) == (1, "")


def test_products_are_linked_listed_and_unlinked(run: Run, story: Any, happen: Any) -> None:
    told(story.shop(), story.order("101", happen.eligible("101")))
    [sku] = json.loads(run("products", "ls", "-o", "json").stdout)["skus"]
    assert (sku["sku_id"], sku["variant_id"], sku["waiting_orders"]) == ("1729000001", None, 1)
    assert run("products", "link", "1729000001", "8801").exit_code == 0
    [sku] = json.loads(run("products", "ls", "-o", "json").stdout)["skus"]
    assert sku["variant_id"] == "gid://shopify/ProductVariant/8801"
    assert sku["linked_by"] == "tester (command line)"
    assert run("products", "unlink", "1729000001").exit_code == 0
    assert run("products", "unlink", "1729000001").exit_code == 5


def test_a_variant_that_is_none_is_a_usage_error(run: Run, story: Any) -> None:
    told(story.shop())
    result = run("products", "link", "1729000001", "candle")
    assert result.exit_code == 2
    assert "variant" in result.stderr


def test_with_two_shops_a_link_names_its_shop(run: Run, story: Any) -> None:
    told(story.shop(), story.shop("7495000002"))
    result = run("products", "link", "1729000001", "8801")
    assert result.exit_code == 5
    assert "--shop" in result.stderr


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
    run: Run, happen: Any, by_stdin: bool
) -> None:
    address = sent_off(run)
    given, text = ("-", f"{address}\n") if by_stdin else (address, "")
    connected = run("shop", "connect", "--callback", given, input=text)
    assert (connected.exit_code, connected.stdout) == (0, f"{happen.SHOP} connected\n")
    [shop] = json.loads(run("shop", "ls", "-o", "json").stdout)["shops"]
    assert (shop["shop_id"], shop["connected"], shop["store"]) == (happen.SHOP, True, None)


def test_at_a_terminal_the_address_is_asked_for_at_once(
    run: Run, happen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.cli.seller.is_terminal", lambda: True)
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


def test_without_the_app_s_service_id_nobody_is_sent_off(run: Run, place: Any) -> None:
    place.service_id = ""
    result = run("shop", "connect")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "TIKTOK_SERVICE_ID" in result.stderr


def test_a_grant_without_a_us_shop_is_exit_5(run: Run, place: Any) -> None:
    place.covered = (("7495000002", "GB"),)
    result = run("shop", "connect", "--callback", sent_off(run))
    assert (result.exit_code, result.stdout) == (5, "")
    assert "GB" in result.stderr


def test_a_grant_without_any_shop_says_who_has_to_authorise(run: Run, place: Any) -> None:
    place.covered = ()
    result = run("shop", "connect", "--callback", sent_off(run))
    assert (result.exit_code, result.stdout) == (5, "")
    assert "main account" in result.stderr


def test_the_shopify_token_comes_from_a_variable_or_stdin_and_is_never_printed(
    run: Run, story: Any, happen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(story.shop(store=None))
    monkeypatch.setenv("STORE_TOKEN", "shpat_secret")
    arguments = ("shop", "connect-shopify", "--shop", happen.SHOP, "--domain", happen.STORE)
    by_variable = run(*arguments, "--token-env", "STORE_TOKEN")
    by_stdin = run(*arguments, input="shpat_secret\n")
    assert (by_variable.exit_code, by_stdin.exit_code) == (0, 0)
    assert "shpat_secret" not in by_variable.output + by_stdin.output
    assert run(*arguments, "--token-env", "NOT_THERE").exit_code == 2


def test_the_app_asks_for_the_token_of_a_store_of_our_own(
    run: Run, story: Any, happen: Any, vault: Any
) -> None:
    told(story.shop(store=None))
    arguments = ("shop", "connect-shopify", "--shop", happen.SHOP, "--domain", happen.STORE)
    result = run(*arguments, "--client-credentials")
    assert result.exit_code == 0
    assert "shpat_issued" not in result.output
    kept = asyncio.run(vault.get_credential("shopify_store", happen.STORE))
    assert kept["access_token"] == "shpat_issued"
    assert kept["expires_at"]


def test_a_domain_that_is_not_myshopify_is_a_usage_error(run: Run, happen: Any) -> None:
    result = run("shop", "connect-shopify", "--shop", happen.SHOP, "--domain", "harbor.com")
    assert result.exit_code == 2
    assert "myshopify.com" in result.stderr


def test_adoption_is_waived_and_a_shop_disconnected(
    run: Run, story: Any, store: Any, happen: Any
) -> None:
    told(story.shop())
    assert run("shop", "adopt", "--shop", happen.SHOP, "--waive").exit_code == 0
    assert run("shop", "disconnect", "--shop", happen.SHOP).exit_code == 0
    names = [one.name for one in asyncio.run(store.read(shop_stream(happen.SHOP)))]
    assert names == ["ShopConnected", "AdoptionFinished", "ShopDisconnected"]


def test_a_scan_is_asked_for_again_once_and_its_result_shown(
    run: Run, story: Any, store: Any, happen: Any
) -> None:
    stream = shop_stream(happen.SHOP)
    told(story.shop())
    assert run("shop", "adopt", "--shop", happen.SHOP, "--wait", "0").exit_code == 1
    first = AdoptionFinished(shop_id=happen.SHOP, store=happen.STORE, orders_found=3)
    told(story.tell(stream, first))
    for _ in range(2):
        waiting = run("shop", "adopt", "--shop", happen.SHOP, "--wait", "0")
        assert (waiting.exit_code, waiting.stdout) == (1, "")
    names = [one.name for one in asyncio.run(store.read(stream))]
    assert names == ["ShopConnected", "AdoptionFinished", "AdoptionRequested"]
    again = first.model_copy(update={"orders_recorded": 2, "orders_kept": 1})
    told(story.tell(stream, again))
    shown = asyncio.run(result_of(store, happen.SHOP, 3))
    assert shown == again
    assert asyncio.run(result_of(store, happen.SHOP, 4)) is None


def test_replay_is_a_dry_run_that_counts(run: Run, story: Any, happen: Any) -> None:
    told(story.shop(), story.order("101"), story.order("102"))
    result = run("replay", "topic", "order-fetched", "--since", "1d", "-o", "json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout) == {
        "topic": "order-fetched",
        "groups": ["mapper", "status-tracker"],
        "events": {"OrderFetched": 2},
        "streams": 2,
        "records": 4,
        "published": None,
    }


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("orders", "--since", "1d"), "order-fetched"),
        (("order-fetched", "--since", "yesterday"), "--since"),
        (("order-fetched", "--since", "2026-11-23T10:00:00"), "zone"),
        (("order-fetched", "--since", "1d", "--group", "relay"), "mapper"),
        (("order-eligible", "--since", "1d"), "nobody"),
    ],
)
def test_a_replay_that_cannot_be_is_a_usage_error(
    arguments: tuple[str, ...], says: str, run: Run
) -> None:
    result = run("replay", "topic", *arguments)
    assert result.exit_code == 2
    assert says in result.stderr


def test_rebuilding_reads_every_event_again(run: Run, story: Any) -> None:
    told(story.shop(), story.order("101"))
    assert "rebuilt from 2 events" in run("console", "rebuild").stdout


def test_help_names_every_noun_and_a_noun_loads_itself_alone() -> None:
    listed = CliRunner().invoke(build(["--help"]), ["--help"])
    assert [noun for noun in NOUNS if f" {noun} " not in listed.stdout] == []
    [only] = build(["order", "ls"]).registered_groups
    assert only.name == "order"
    assert CliRunner().invoke(build(["orders"]), ["orders"]).exit_code == 2


def test_looking_at_orders_loads_no_kafka_and_no_http_client() -> None:
    code = (
        "import sys, console.cli; console.cli.build(['order']); "
        "print([m for m in ('aiokafka', 'faststream', 'aiohttp') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_without_settings_it_says_where_it_looked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("KAFKA_BOOTSTRAP", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    result = CliRunner().invoke(build(["order"]), ["order", "show", "1", "-o", "json"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "environment" in result.stderr
    assert ".devstack/env" in result.stderr


def test_a_database_that_is_away_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("DATABASE_URL", "postgresql://ana:hunter2@127.0.0.1:1/none")
    result = CliRunner().invoke(build(["order"]), ["order", "show", "1"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "the database at DATABASE_URL cannot be used" in result.stderr
    assert "hunter2" not in result.stderr


def test_a_preview_names_what_blocks_the_order(run: Run, story: Any, happen: Any) -> None:
    told(story.shop(), story.order("101"))
    shown = run("order", "preview", "101")
    assert shown.exit_code == 0, shown.stderr
    assert "TikTok Shop - Harbor & Pine" in shown.stdout
    assert "Unlinked: 1729000001" in shown.stdout
    as_json = json.loads(run("order", "preview", "101", "-o", "json").stdout)
    assert as_json["reason_code"] == "unlinked_sku"


def test_links_are_imported_only_with_execute(
    run: Run, story: Any, store: Any, happen: Any, tmp_path: Path
) -> None:
    file = tmp_path / "links.csv"
    file.write_text("sku_id,variant_id\n1729000001,77\n")
    told(story.shop())
    stream = link_stream(happen.SHOP, "1729000001")
    assert run("products", "import", str(file)).exit_code == 0
    assert asyncio.run(store.read(stream)) == ()
    assert "1 of 1" in run("products", "import", str(file), "--execute").stdout
    assert "0 of 1" in run("products", "import", str(file), "--execute").stdout
    (made,) = asyncio.run(store.read(stream))
    assert made.event.linked_by == "import"
    assert "1729000001,gid://shopify/ProductVariant/77" in run("products", "export").stdout
    file.write_text("sku_id,variant_id\nmug,77\n")
    assert run("products", "import", str(file), "--execute").exit_code in {2, 5}
