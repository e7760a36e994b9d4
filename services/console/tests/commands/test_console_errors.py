"""`ordersync errors`: by reason."""

import asyncio
import json
from typing import Any

import pytest
from services.console.tests import happenings as happen

from ordersync_contracts.events import SyncRequested


@pytest.fixture
def two_blocked(story: Any) -> Any:
    blocked = (
        story.order(order_id, happen.eligible(order_id), happen.blocked(order_id))
        for order_id in ("101", "102")
    )
    created = story.order("103", happen.eligible("103"), happen.created("103"))
    story.tell_all(story.shop(), *blocked, created)
    return story


@pytest.mark.usefixtures("two_blocked")
def test_errors_ls_counts_the_orders_of_each_reason(run: Any) -> None:
    result = run("errors", "ls", "-o", "json")
    (only,) = json.loads(result.stdout)["errors"]
    assert (only["reason_code"], only["orders"]) == ("unlinked_sku", 2)
    assert only["fix"]


@pytest.mark.usefixtures("two_blocked")
def test_errors_show_says_what_helps_and_which_orders(as_json: Any, run: Any) -> None:
    shown = as_json("errors", "show", "unlinked_sku")
    assert sorted(shown["orders"]) == ["101", "102"]
    assert run("errors", "show", "no_such").exit_code == 1


def test_errors_retry_only_counts_until_told_to_execute(
    run: Any, two_blocked: Any, opener: Any
) -> None:
    def asked() -> int:
        history = asyncio.run(two_blocked.store.read_after(0, 1_000))
        return sum(isinstance(recorded.event, SyncRequested) for recorded in history)

    assert "2 orders would be asked for again" in run("errors", "retry", "unlinked_sku").stdout
    assert asked() == 0
    done = run("errors", "retry", "unlinked_sku", "--execute")
    assert "2 orders asked for again" in done.stdout
    assert asked() == 2


@pytest.fixture
def one_change_failed(story: Any) -> None:
    failed = happen.update_failed("103", change="address", reason_code="update_refused")
    created = story.order("103", happen.eligible("103"), happen.created("103"), failed)
    story.tell_all(story.shop(), created)


@pytest.mark.usefixtures("one_change_failed")
def test_a_later_change_that_failed_is_an_error_of_a_synced_order_and_can_be_retried(
    as_json: Any,
    run: Any,
) -> None:
    (only,) = as_json("errors", "ls")["errors"]
    assert (only["reason_code"], only["orders"]) == ("update_refused", 1)
    shown = as_json("errors", "show", "update_refused")
    assert shown["orders"] == ["103"]
    done = run("errors", "retry", "update_refused", "--execute")
    assert "1 orders asked for again" in done.stdout
    assert as_json("errors", "ls")["errors"] == []
