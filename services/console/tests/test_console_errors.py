"""`ordersync errors`: by reason."""

import asyncio
import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from console.cli import build
from contracts.events import SyncRequested


@pytest.fixture
def run(place: Any) -> Any:
    def invoke(*arguments: str) -> Result:
        return CliRunner().invoke(build(arguments), list(arguments), obj=place)

    return invoke


@pytest.fixture
def two_blocked(story: Any, happen: Any) -> Any:
    async def tell() -> None:
        await story.shop()
        for order_id in ("101", "102"):
            await story.order(order_id, happen.eligible(order_id), happen.blocked(order_id))
        await story.order("103", happen.eligible("103"), happen.created("103"))

    asyncio.run(tell())
    return story


@pytest.mark.usefixtures("two_blocked")
def test_errors_ls_counts_the_orders_of_each_reason(run: Any) -> None:
    result = run("errors", "ls", "-o", "json")
    (only,) = json.loads(result.stdout)["errors"]
    assert (only["reason_code"], only["orders"]) == ("unlinked_sku", 2)
    assert only["fix"]


@pytest.mark.usefixtures("two_blocked")
def test_errors_show_says_what_helps_and_which_orders(run: Any) -> None:
    shown = json.loads(run("errors", "show", "unlinked_sku", "-o", "json").stdout)
    assert sorted(shown["orders"]) == ["101", "102"]
    assert run("errors", "show", "no_such").exit_code == 1


def test_errors_retry_only_counts_until_told_to_execute(
    run: Any, two_blocked: Any, place: Any
) -> None:
    def asked() -> int:
        history = asyncio.run(two_blocked.store.read_after(0, 1_000))
        return sum(isinstance(one.event, SyncRequested) for one in history)

    assert "2 orders would be asked for again" in run("errors", "retry", "unlinked_sku").stdout
    assert asked() == 0
    done = run("errors", "retry", "unlinked_sku", "--execute")
    assert "2 orders asked for again" in done.stdout
    assert asked() == 2
