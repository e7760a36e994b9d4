"""``ordersync settings``: what it prints where, and its exit codes."""

import json
from typing import Any

import pytest
from services.console.tests import happenings as happen

Run = Any


def test_settings_are_set_and_shown(run: Run, story: Any) -> None:
    story.tell_all(story.shop())
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
    arguments: tuple[str, ...], run: Run, story: Any
) -> None:
    story.tell_all(story.shop())
    assert run("settings", "set", "--shop", happen.SHOP, *arguments).exit_code == 2


def test_settings_of_an_unknown_shop_are_exit_1(run: Run) -> None:
    result = run("settings", "show", "--shop", "42")
    assert (result.exit_code, result.stdout) == (1, "")
