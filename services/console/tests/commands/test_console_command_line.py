"""The command line as a whole: what it prints where, and its exit codes."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from services.console.tests import happenings as happen
from typer.testing import CliRunner

from console.cli import build, nouns

Run = Any


def test_tables_show_what_lists_hold(run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.order("101", happen.blocked("101")))
    orders = run("order", "ls").stdout
    for expected in ("101", "25.00 USD", "Awaiting shipment", "Sync failed", "unlinked_sku"):
        assert expected in orders
    products = run("products", "ls").stdout
    for expected in ("1729000001", "Pine candle (Large)", "not linked"):
        assert expected in products
    shops = run("shop", "ls").stdout
    for expected in (happen.SHOP, "Harbor & Pine", "connected, store not scanned"):
        assert expected in shops


def test_settings_are_set_and_shown(run: Run, as_json: Any, story: Any) -> None:
    story.tell_all(story.shop())
    result = run("settings", "set", "--shop", happen.SHOP, "--automatic-sync", "on")
    assert result.exit_code == 0, result.stderr
    chosen = as_json("settings", "show", "--shop", happen.SHOP)
    assert (chosen["automatic_sync"], chosen["auto_link_same_sku"]) == (True, False)


def test_replay_is_a_dry_run_that_counts(as_json: Any, story: Any) -> None:
    story.tell_all(story.shop(), story.order("101"), story.order("102"))
    assert as_json("replay", "topic", "order-fetched", "--since", "1d") == {
        "topic": "order-fetched",
        "groups": ["mapper", "status-tracker"],
        "events": {"OrderFetched": 2},
        "streams": 2,
        "records": 4,
        "published": None,
    }


SET = f"settings set --shop {happen.SHOP}"
CONNECT = f"shop connect-shopify --shop {happen.SHOP} --domain"
CONNECT_STORE = f"{CONNECT} {happen.STORE}"
BACKFILL = f"shop backfill --shop {happen.SHOP}"
REPLAY = "replay topic order-fetched --since"
REFUSED = {
    "an unknown order": ("order show 999 -o json", 1, "999"),
    "an unknown status names the known ones": ("order ls --status done", 2, "not-synced"),
    "a variant that is none": ("products link 1729000001 candle", 2, "variant"),
    "a change of no setting": (SET, 2, ""),
    "a switch that is neither on nor off": (f"{SET} --automatic-sync yes", 2, ""),
    "a value that a setting has not": (f"{SET} --discounts half", 2, ""),
    "settings of an unknown shop": ("settings show --shop 42", 1, ""),
    "a replay of no topic": ("replay topic orders --since 1d", 2, "order-fetched"),
    "a replay since no time": (f"{REPLAY} yesterday", 2, "--since"),
    "a replay since a time without zone": (f"{REPLAY} 2026-11-23T10:00:00", 2, "zone"),
    "a replay to a group that does not read it": (f"{REPLAY} 1d --group relay", 2, "mapper"),
    "a replay that nobody reads": ("replay topic order-eligible --since 1d", 2, "nobody"),
    "a backfill to no time": (BACKFILL, 2, ""),
    "a backfill to a time and its status": (f"{BACKFILL} --since 2020-01-01 --status", 2, ""),
    "a domain that is not myshopify": (f"{CONNECT} harbor.com", 2, "myshopify.com"),
    "a code as an argument": (f"{CONNECT_STORE} --callback https://o.io/?code=planted", 2, "stdin"),
    "more ways to a token than one": (
        f"{CONNECT_STORE} --authorize --session-token",
        2,
        "--client-credentials",
    ),
    "an installation for an unknown shop": (
        f"shop connect-shopify --shop 1 --domain {happen.STORE} --authorize",
        1,
        "",
    ),
}


@pytest.mark.parametrize(("typed", "code", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused_with_nothing_on_stdout(
    typed: str, code: int, says: str, run: Run, story: Any
) -> None:
    story.tell_all(story.shop())
    result = run(*typed.split())
    assert (result.exit_code, result.stdout) == (code, "")
    assert says in result.stderr
    assert "planted" not in result.stderr


def test_rebuilding_reads_every_event_again(run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.order("101"))
    assert "rebuilt from 2 events" in run("console", "rebuild").stdout


def test_help_names_every_noun_and_a_noun_loads_itself_alone() -> None:
    listed = CliRunner().invoke(build(["--help"]), ["--help"])
    assert [noun for noun in nouns() if f" {noun} " not in listed.stdout] == []
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
