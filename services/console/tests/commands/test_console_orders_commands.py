"""``ordersync order``: what it prints where, and its exit codes."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from services.console.tests import happenings as happen

from ordersync_contracts import events
from ordersync_contracts.streams import order_stream, shop_stream

Run = Any


def test_order_show_prints_one_json_object_in_the_public_shape(run: Run, story: Any) -> None:
    story.tell_all(
        story.shop(),
        story.order("101", happen.eligible("101"), happen.created("101"), happen.in_transit("101")),
    )
    result = run("order", "show", "101", "-o", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    shown = json.loads(result.stdout)
    assert list(shown.items())[:-1] == [
        ("order_id", "101"),
        ("shop_id", happen.SHOP),
        ("status", "Synced"),
        ("reason_code", None),
        ("shopify_order_id", "gid://shopify/Order/5001"),
        ("delivery", "In transit"),
    ]
    names = ("OrderFetched", "OrderEligible", "ShopifyOrderCreated", "DeliveryStatusChanged")
    told = [(event["version"], event["type"]) for event in shown["events"]]
    assert told == list(enumerate(names, start=1))
    fields = ["type", "version", "position", "occurred_at", "data"]
    assert all(list(event) == fields for event in shown["events"])
    assert shown["events"][2]["data"]["shopify_order_id"] == "gid://shopify/Order/5001"


@pytest.mark.parametrize(
    ("happened", "status", "code"),
    [("ineligible", "Not eligible", "on_hold"), ("blocked", "Sync failed", "unlinked_sku")],
)
def test_order_show_always_gives_the_reason(
    happened: str, status: str, code: str, as_json: Any, story: Any
) -> None:
    story.tell_all(story.shop(), story.order("101", getattr(happen, happened)("101")))
    shown = as_json("order", "show", "101")
    assert (shown["status"], shown["reason_code"]) == (status, code)
    assert shown["shopify_order_id"] is None
    assert shown["delivery"] is None


def test_an_order_id_of_two_shops_asks_for_the_shop(run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.shop("7495000002"))
    story.tell_all(story.order("101"), story.order("101", shop_id="7495000002"))
    result = run("order", "show", "101", "-o", "json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--shop" in result.stderr
    named = run("order", "show", "101", "--shop", "7495000002", "-o", "json")
    assert json.loads(named.stdout)["shop_id"] == "7495000002"


def test_order_show_tells_the_story_in_a_table(run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.order("101", happen.blocked("101")))
    text = run("order", "show", "101").stdout
    for expected in ("Sync failed", "unlinked_sku", "Link the SKU", "Fetched from TikTok"):
        assert expected in text


def test_an_order_that_never_could_be_recorded_is_found_with_its_reason(
    run: Run, as_json: Any, story: Any
) -> None:
    stream = order_stream(happen.SHOP, "101")
    story.tell_all(story.shop(), story.tell(stream, happen.set_aside("101")))
    text = run("order", "show", "101").stdout
    for expected in ("Sync failed", "order_too_large", "by hand", "3,500 items"):
        assert expected in text
    (row,) = as_json("order", "ls")["orders"]
    assert (row["order_id"], row["status"], row["reason_code"]) == (
        "101",
        "Sync failed",
        "order_too_large",
    )
    (found,) = as_json("errors", "ls")["errors"]
    assert (found["orders"], found["reason_code"]) == (1, "order_too_large")
    asked = run("order", "sync", "101")
    assert (asked.exit_code, "order_too_large" in asked.stdout) == (5, True)


def test_order_ls_lists_newest_first_without_the_not_eligible(as_json: Any, story: Any) -> None:
    story.tell_all(
        story.shop(),
        story.order("101", created_at=happen.NOW.replace(hour=1)),
        story.order("102", created_at=happen.NOW.replace(hour=3)),
        story.order("103", happen.ineligible("103")),
    )
    listed = as_json("order", "ls")["orders"]
    assert [event["order_id"] for event in listed] == ["102", "101"]
    listed = as_json("order", "ls", "--status", "not-eligible")
    assert [event["order_id"] for event in listed["orders"]] == ["103"]


@pytest.mark.parametrize(("sent", "shown"), [("12.2", "12.20"), ("1250", "1250.00")])
def test_listed_totals_have_both_cents_whatever_was_sent(
    as_json: Any, run: Run, story: Any, sent: str, shown: str
) -> None:
    payment = events.Payment(currency="USD", total=Decimal(sent))
    story.tell_all(story.shop(), story.order("101", payment=payment))
    [listed] = as_json("order", "ls")["orders"]
    assert listed["total"] == shown
    assert f"{Decimal(shown):,} USD" in run("order", "ls").stdout


def test_order_sync_acts_at_once_and_says_so(run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.order("101", happen.eligible("101")))
    result = run("order", "sync", "101")
    assert result.exit_code == 0
    assert "asked for" in result.stdout
    [*_, asked] = story.history(order_stream(happen.SHOP, "101"))
    assert asked.event.requested_by == "tester (command line)"
    again = run("order", "sync", "101")
    assert (again.exit_code, "already Syncing" in again.stdout) == (0, True)


@pytest.mark.parametrize("waits", [True, False], ids=["paused", "works"])
def test_an_order_that_waits_for_its_store_says_why(
    as_json: Any, run: Run, story: Any, waits: bool
) -> None:
    """Wherever it is shown, and only while it waits."""
    story.tell_all(story.shop(), story.order("101", happen.eligible("101")))
    run("order", "sync", "101")
    side = {"shop_id": happen.SHOP, "side": "shopify"}
    paused = events.ShopPaused(**side, reason_code="missing_scope")
    said = (paused,) if waits else (paused, events.ShopResumed(**side))
    story.tell_all(story.tell(shop_stream(happen.SHOP), *said))
    (listed,) = as_json("order", "ls")["orders"]
    for shown in (listed, as_json("order", "show", "101")):
        expected = ("Syncing", "missing_scope" if waits else "adoption_pending")
        assert (shown["status"], shown["reason_code"]) == expected
    assert ("lacks a permission" in run("order", "show", "101").stdout) is waits


def test_an_order_that_shopify_says_nothing_of_for_an_hour_says_why(
    as_json: Any, run: Run, story: Any, clock: Any
) -> None:
    ids = {"shop_id": happen.SHOP, "store": happen.STORE}
    adopted = events.AdoptionFinished(**ids, waived_by="ana")
    requested = events.ShopifyOrderRequested(
        **ids, order_id="101", draft_version=1, attempt=1, idempotency_key="k", input_digest="d"
    )
    story.tell_all(
        story.shop(),
        story.tell(shop_stream(happen.SHOP), adopted),
        story.order("101", happen.eligible("101"), requested),
    )
    shown = as_json("order", "show", "101")
    assert (shown["status"], shown["reason_code"]) == ("Syncing", None)
    clock.now += timedelta(hours=1, minutes=1)
    shown = as_json("order", "show", "101")
    assert (shown["status"], shown["reason_code"]) == ("Syncing", "outcome_unknown")
    assert "nobody could learn from it" in run("order", "show", "101").stdout


def test_order_sync_of_a_not_eligible_order_is_exit_5_with_the_reason(run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.order("101", happen.ineligible("101", "not_us")))
    result = run("order", "sync", "101")
    assert result.exit_code == 5
    assert "not_us" in result.stdout


def test_a_preview_names_the_part_that_a_bundle_lacks(run: Run, story: Any) -> None:
    bundle = happen.line(1, sku_id="1", parts=(events.BundlePart(sku_id="7"),))
    story.tell_all(story.shop(bundles="explode"), story.order("101", lines=(bundle,)))
    shown = run("order", "preview", "101").stdout
    assert "Unlinked: 1, 7\nIn detail: of bundle 1 not linked: 7" in shown


def test_a_preview_names_what_blocks_the_order(as_json: Any, run: Run, story: Any) -> None:
    story.tell_all(story.shop(), story.order("101"))
    shown = run("order", "preview", "101")
    assert shown.exit_code == 0, shown.stderr
    assert "TikTok Shop - Harbor & Pine" in shown.stdout
    assert "Unlinked: 1729000001" in shown.stdout
    shown = as_json("order", "preview", "101")
    assert shown["reason_code"] == "unlinked_sku"
