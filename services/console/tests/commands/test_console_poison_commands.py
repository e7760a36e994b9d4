"""Each command poisoned, by what is typed and what is stored: it ends with one sentence and an exit
code, shows no buyer's data, and serves the second shop as ever.

What the platforms answer: ``test_console_poison_answers.py``.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
from services.console.tests import happenings as happen
from services.console.tests.two_shops import GOOD, huge, is_told
from tests.world.poison import unreadable

from console.cli import build, main, nouns
from eventstore.journal import Contention
from ordersync_contracts.streams import (
    link_stream,
    order_stream,
    reconciliation_stream,
    shop_stream,
)

ODD = "\udcff\udcfe"
"""What a shell passes on that is no UTF-8."""
SHOP = f"--shop {happen.SHOP}"
CHANGED = "--automatic-sync on"
STORE = f"{SHOP} --domain {happen.STORE}"
TYPED = {
    "audit export": "audit export --after x",
    "audit verify": "audit verify -o none",
    "console rebuild": "console rebuild now",
    "errors ls": "errors ls -o none",
    "errors retry": f"errors retry {ODD} --execute",
    "errors show": "errors show no_such_reason",
    "migrate": "migrate now",
    "order ls": f"order ls --status {ODD}",
    "order preview": f"order preview {huge(300)}",
    "order show": f"order show {ODD}",
    "order sync": f"order sync 101 {ODD}",
    "products export": f"products export {SHOP} now",
    "products import": "products import nowhere.csv",
    "products link": f"products link {ODD} 8801 {SHOP} --unchecked",
    "products ls": "products ls -o none",
    "products suggest": "products suggest --shop 42",
    "products unlink": f"products unlink {ODD} {SHOP}",
    "replay topic": "replay topic order-fetched --since 999999999999d",
    "settings set": f"settings set {SHOP} --discounts {ODD}",
    "settings show": f"settings show --shop {ODD}",
    "shop adopt": f"shop adopt --shop {ODD} --waive",
    "shop backfill": f"shop backfill {SHOP} --since 99999-01-01",
    "shop connect": f"shop connect --callback {ODD}",
    "shop connect-shopify": f"shop connect-shopify {SHOP} --domain {ODD}",
    "shop disconnect": f"shop disconnect --shop {ODD}",
    "shop ls": "shop ls -o none",
    "shop strangers": "shop strangers -o none",
    "shop webhooks enable": f"shop webhooks enable --shop {ODD}",
    "shop webhooks status": f"shop webhooks status --shop {ODD}",
}
"""Of each command of the console something that cannot be."""
STORED = (
    f"order show 101 {SHOP}",
    f"order show 101 {SHOP} -o json",
    f"order sync 101 {SHOP}",
    f"order preview 101 {SHOP}",
    "order ls",
    "errors ls",
    "errors retry unlinked_sku --execute",
    f"products ls {SHOP}",
    f"products export {SHOP}",
    f"products link 1729000001 8801 {SHOP} --unchecked",
    f"products unlink 1729000001 {SHOP}",
    f"products suggest {SHOP}",
    f"settings show {SHOP}",
    f"settings set {SHOP} {CHANGED}",
    "shop ls",
    "shop strangers",
    f"shop adopt {SHOP} --wait 0",
    f"shop adopt {SHOP} --waive",
    f"shop disconnect {SHOP}",
    f"shop backfill {SHOP} --status",
    f"shop backfill {SHOP} --since 2026-01-01",
    f"shop webhooks status {SHOP}",
    f"shop webhooks enable {SHOP}",
    "replay topic order-fetched --since 1d",
    "console rebuild",
)
"""What reads streams of the first shop, none of which can be read."""


def _commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(command, click.Group) or hasattr(command, "commands"):
        for name, part in command.commands.items():
            yield from _commands(part, (*path, name))
        if command.commands:
            return
    yield " ".join(path)


def ours() -> list[str]:
    """Every command that the console announces."""
    whole = _commands(typer.main.get_command(build([])))
    mine = {noun for noun, point in nouns().items() if point.value.startswith("console.")}
    return sorted(name for name in whole if name.split()[0] in mine)


def test_every_command_of_the_console_is_poisoned_here() -> None:
    assert sorted(TYPED) == ours()


@pytest.mark.parametrize("typed", TYPED.values(), ids=TYPED)
def test_what_is_typed_wrongly_is_told(run: Any, two: Any, typed: str) -> None:
    result = run(*typed.split())
    assert is_told(result), result.exception
    assert result.exit_code in {1, 2, 5}


def test_an_argument_that_is_no_text_is_told_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["ordersync", "order", "show", ODD])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "argument 3 is not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("sku_id,variant_id\n1729,Größe\n".encode("latin-1"), "UTF-8"),
        ("sku_id,variant_id\n1729,1\n".encode("utf-16"), "UTF-8"),
        (b"sku_id,variant_id\n1729,1\n\0,2\n", "line 3"),
        (b'sku_id,variant_id\n"1729,1\n', "line "),
        (f"sku_id,variant_id\n1729,{'9' * 200_000}\n".encode(), "line 2"),
        ("sku_id,variant_id\n\u0663\u0664,8801\n".encode(), "sku_id"),
        ("sku_id,variant_id\n1729,\u0663\n".encode(), "variant"),
        (b"", "sku_id"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_line(
    run: Any, story: Any, tmp_path: Path, content: bytes, says: str
) -> None:
    story.tell_all(story.shop())
    file = tmp_path / "links.csv"
    file.write_bytes(content)
    result = run("products", "import", str(file), "--execute", "--unchecked")
    assert (is_told(result), result.exit_code, result.stdout) == (True, 2, "")
    assert says in result.stderr


@pytest.mark.parametrize("typed", STORED)
def test_what_is_stored_and_cannot_be_read_is_told_and_the_second_shop_is_served(
    run: Any, two: Any, typed: str
) -> None:
    streams = {order_stream(happen.SHOP, "101"), shop_stream(happen.SHOP)}
    streams.add(reconciliation_stream(happen.SHOP))
    with unreadable(*streams, link_stream(happen.SHOP, "1729000001")):
        result = run(*typed.split())
        assert is_told(result), result.exception
        assert run("order", "sync", "201", "--shop", GOOD).exit_code == 0
        assert "201" in run("order", "ls").stdout
        listed = run("shop", "ls")
        assert GOOD in listed.stdout
        assert f"{happen.SHOP} cannot be read by this version" in listed.stderr
        assert run("settings", "set", "--shop", GOOD, "--automatic-sync", "on").exit_code == 0


@pytest.mark.parametrize("typed", [f"order sync 101 {SHOP}", f"settings set {SHOP} {CHANGED}"])
def test_streams_that_others_write_to_all_the_time_are_told(
    run: Any, two: Any, typed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slower(*_: object, **__: object) -> None:
        raise Contention("1 streams changed 20 times: try again")

    monkeypatch.setattr("eventstore.journal.Journal.decide_many", slower)
    result = run(*typed.split())
    assert (is_told(result), result.exit_code) == (True, 1)
    assert "try again" in result.stderr


def test_what_cannot_be_read_of_an_order_is_in_its_story(run: Any, as_json: Any, two: Any) -> None:
    with unreadable(order_stream(happen.SHOP, "101")):
        told = as_json("order", "show", "101")
        assert [event["data"] for event in told["events"]] == [None, None]
        assert "planted" in told["events"][0]["unreadable"]
        assert "Cannot be read by this version" in run("order", "show", "101").stdout
        assert run("order", "sync", "101").exit_code == 1
