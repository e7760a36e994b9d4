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
