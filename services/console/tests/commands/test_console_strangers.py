"""Strangers that the store's comparison found are counted, listed, and gone when they are gone."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from services.console.tests import happenings as happen

from console.shops.strangers import LOOKED_BACK
from ordersync_contracts.events import StoreReconciled
from ordersync_contracts.streams import reconciliation_stream

Run = Any
FIRST, SECOND = "gid://shopify/Order/5500000000001", "gid://shopify/Order/5500000000002"


@pytest.fixture
def reconciled(story: Any, clock: Any) -> Any:
    """Says what a comparison of the shop's store found."""
    asyncio.run(story.shop())

    def say(*gids: str, store: str = "") -> None:
        proof = StoreReconciled(
            shop_id=happen.SHOP,
            store=store or happen.STORE,
            window_begins_at=clock() - timedelta(days=7),
            window_ends_at=clock(),
            orders=40,
            strangers=gids,
        )
        asyncio.run(story.tell(reconciliation_stream(happen.SHOP), proof))

    return say


def count(as_json: Any) -> int:
    [shop] = as_json("shop", "ls")["shops"]
    return int(shop["strangers"])


def test_the_last_comparison_counts_and_the_hint_names_the_listing(
    as_json: Any, run: Run, reconciled: Any
) -> None:
    reconciled(FIRST)
    reconciled(FIRST, SECOND)
    listed = run("shop", "ls")
    assert "STRANGERS" in listed.stdout
    assert f"ordersync shop strangers --shop {happen.SHOP}" in listed.stderr
    assert "2 in " in listed.stderr
    assert count(as_json) == 2


def test_they_are_listed_with_what_to_do(as_json: Any, run: Run, reconciled: Any) -> None:
    reconciled(FIRST, SECOND)
    shown = as_json("shop", "strangers")["strangers"]
    assert [stranger["shopify_order_id"] for stranger in shown] == [FIRST, SECOND]
    assert {stranger["store"] for stranger in shown} == {happen.STORE}
    table = run("shop", "strangers", "--shop", happen.SHOP)
    assert SECOND in table.stdout
    assert f"shop adopt --shop {happen.SHOP}" in table.stderr
    assert FIRST not in run("shop", "strangers", "--shop", "7495000002").stdout


def test_when_they_are_gone_nothing_is_said_of_them(
    as_json: Any, run: Run, reconciled: Any
) -> None:
    reconciled(FIRST)
    reconciled()
    assert count(as_json) == 0
    assert run("shop", "ls").stderr == ""
    assert as_json("shop", "strangers") == {"strangers": []}


def test_those_of_a_store_that_the_shop_has_left_do_not_count(
    as_json: Any, reconciled: Any
) -> None:
    reconciled(FIRST, store="elsewhere.myshopify.com")
    assert count(as_json) == 0


def test_what_left_the_compared_week_does_not_count(
    as_json: Any, reconciled: Any, clock: Any
) -> None:
    reconciled(FIRST)
    clock.now += LOOKED_BACK + timedelta(seconds=1)
    assert count(as_json) == 0
