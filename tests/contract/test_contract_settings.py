"""A setting of a shop is declared once: every face has it, and the package it names acts on it."""

import ast
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import pytest

from ordersync_contracts import events
from ordersync_contracts.events.shop import ORDER_SETTINGS
from ordersync_contracts.settings import Declared, Setting, declared

ROOT = Path(__file__).parents[2]
CONTRACTS = ROOT / "libs/contracts/src/ordersync_contracts"
DECLARATION = """
    gift_wrap: Annotated[
        Literal["keep", "drop"],
        Setting(9, "Gift wrap", acts="mapping", meanings=("Keep it", "Leave it away")),
    ] = "keep"
"""
BEFORE = "\n\nORDER_SETTINGS: Final = declared(OrderSettings)\n"
FACES = """
from starlette.datastructures import FormData
from typer.testing import CliRunner
from console.order_settings import commands as command
from console.order_settings import page
from console.web.site import templates
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.generate import pages, schemas

shown = {"shops": {}, "shop": Shop(), "waiting": 0, "complete": None, "notice": "", "path": ""}
shown["navigation"] = shown["unread"] = ()
html = templates().get_template("settings.html").render(
    shown, settings=page.ORDER_SETTINGS, form_token="", request_id=""
)
assert '<label for="gift_wrap">Gift wrap</label>' in html, html
assert '<option value="drop">Leave it away</option>' in html, html
assert page._changes(FormData({"gift_wrap": "drop"}))["gift_wrap"] == "drop"
command.app.rich_markup_mode = None
help = CliRunner().invoke(command.app, ["set", "--help"]).output
assert "--gift-wrap <keep|drop> " in help, help
refused = CliRunner().invoke(command.app, ["set", "--shop", "1", "--gift-wrap", "burn"])
assert refused.exit_code == 2 and "'burn' is not one of 'keep', 'drop'" in refused.output
assert "`keep`: Keep it<br>`drop`: Leave it away" in pages.settings_page()
schema = schemas.schema_of(events.OrderSettingsChanged)["$defs"]["OrderSettings"]
assert schema["properties"]["gift_wrap"]["enum"] == ["keep", "drop"]
"""


def test_a_setting_that_is_declared_is_on_every_face(tmp_path: Path) -> None:
    shutil.copytree(CONTRACTS, tmp_path / "ordersync_contracts")
    shop = tmp_path / "ordersync_contracts/events/shop.py"
    text = shop.read_text(encoding="utf-8")
    assert BEFORE in text
    shop.write_text(text.replace(BEFORE, DECLARATION + BEFORE), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", FACES],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr


def test_a_setting_without_a_declaration_or_a_meaning_is_refused() -> None:
    class Bare(events.OrderSettings):
        gift_wrap: bool = False

    class Speechless(events.OrderSettings):
        wrap: Annotated[Literal["keep", "drop"], Setting(9, "Wrap", "mapping", meanings=("Keep",))]

    with pytest.raises(ValueError, match="gift_wrap"):
        declared(Bare)
    with pytest.raises(ValueError, match="shorter"):
        declared(Speechless)


def reads(package: str) -> Iterator[str]:
    """The attributes that a package's code reads."""
    for path in ROOT.glob(f"*/*/src/{package}/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                yield node.attr


@pytest.mark.parametrize("entry", ORDER_SETTINGS, ids=lambda entry: entry.name)
def test_the_package_that_a_setting_names_acts_on_it(entry: Declared) -> None:
    assert entry.name in set(reads(entry.setting.acts))
