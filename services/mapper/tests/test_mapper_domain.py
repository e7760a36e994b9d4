"""Given what an order's stream says, when the mapper is woken, then these events."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.world.story import (
    NOW,
    ORDER_ID,
    SHOP_ID,
    SKU_ID,
    STORE,
    connected,
    created,
    fetched,
    folded,
    line,
    stream,
)

from lifecycle import shop as shops
from lifecycle.status import view
from mapper.decisions import waits_for
from mapper.domain import Context, decide, is_answered
from ordersync_contracts import events
from ordersync_contracts.events import Event

IDS = {"shop_id": SHOP_ID, "order_id": ORDER_ID}
LINKS = {SKU_ID: "gid://shopify/ProductVariant/1"}


def context(links: dict[str, str] | None = None, **settings: Any) -> Context:
    shop = shops.fold(stream(*connected(**settings)))
    return Context(shop, LINKS if links is None else links, in_bulk=False)


def _names(decided: Sequence[Event]) -> list[str]:
    return [event.type_name() for event in decided]


def _asked(n: int = 1, mode: str = "manual") -> events.SyncRequested:
    asked = {"requested_by": "ana", "mode": mode, "request_id": f"form-{n}"}
    return events.SyncRequested.model_validate(IDS | asked)


def _failed(version: int) -> events.ShopifyOrderFailed:
    return events.ShopifyOrderFailed(
        **IDS,
        store=STORE,
        draft_version=version,
        attempt=1,
        reason_code="shopify_refused",
    )


def _requested(version: int) -> events.ShopifyOrderRequested:
    return events.ShopifyOrderRequested(
        **IDS,
        store=STORE,
        draft_version=version,
        attempt=1,
        idempotency_key="k",
        input_digest="d",
    )


def test_an_eligible_order_waits_until_somebody_wants_it() -> None:
    assert _names(decide(folded(fetched()), context())) == ["OrderEligible"]


def test_automatic_sync_drafts_it_at_once() -> None:
    decided = decide(folded(fetched()), context(automatic_sync=True))
    assert _names(decided) == ["OrderEligible", "ShopifyOrderDraft"]


def test_being_woken_again_changes_nothing() -> None:
    wanted = context(automatic_sync=True)
    decided = decide(folded(fetched()), wanted)
    assert decide(folded(fetched(), *decided), wanted) == ()


def test_an_order_that_becomes_ineligible_says_why_once() -> None:
    unpaid = fetched(status="UNPAID")
    (refusal,) = decide(folded(unpaid), context())
    assert isinstance(refusal, events.OrderIneligible)
    assert refusal.reason_code == "unpaid"
    assert decide(folded(unpaid, refusal), context()) == ()
    later = fetched(status="ON_HOLD", updated_at=fetched().asked_at)
    (other,) = decide(folded(unpaid, refusal, later), context())
    assert isinstance(other, events.OrderIneligible)
    assert (refusal.snapshot_version, other.snapshot_version) == (1, 3)


def test_an_ineligible_order_is_eligible_by_itself_when_its_cause_goes() -> None:
    unpaid = fetched(status="UNPAID")
    (refusal,) = decide(folded(unpaid), context())
    later = fetched(updated_at=fetched().asked_at)
    assert _names(decide(folded(unpaid, refusal, later), context())) == ["OrderEligible"]


def test_a_request_for_an_ineligible_order_is_answered_with_the_reason() -> None:
    unpaid = fetched(status="UNPAID")
    (refusal,) = decide(folded(unpaid), context())
    answered = decide(folded(unpaid, refusal, _asked()), context())
    assert _names(answered) == ["OrderIneligible"]
    assert decide(folded(unpaid, refusal, _asked(), *answered), context()) == ()


def test_a_link_releases_a_blocked_order() -> None:
    unlinked = context(links={}, automatic_sync=True)
    decided = decide(folded(fetched()), unlinked)
    assert _names(decided) == ["OrderEligible", "OrderBlocked"]
    blocked = folded(fetched(), *decided)
    assert decide(blocked, unlinked) == ()
    assert _names(decide(blocked, context(automatic_sync=True))) == ["ShopifyOrderDraft"]


def test_a_block_that_says_the_same_of_a_newer_snapshot_is_not_said_again() -> None:
    unlinked = context(links={}, automatic_sync=True)
    decided = decide(folded(fetched()), unlinked)
    later = fetched(updated_at=fetched().asked_at)
    assert decide(folded(fetched(), *decided, later), unlinked) == ()


def test_sync_on_a_blocked_order_is_answered_by_a_block() -> None:
    unlinked = context(links={}, automatic_sync=True)
    decided = decide(folded(fetched()), unlinked)
    assert _names(decide(folded(fetched(), *decided, _asked()), unlinked)) == ["OrderBlocked"]


def test_sync_after_a_failure_drafts_again_with_the_same_content() -> None:
    wanted = context(automatic_sync=True)
    decided = decide(folded(fetched()), wanted)
    failed = (fetched(), *decided, _requested(3), _failed(3))
    assert decide(folded(*failed), wanted) == ()
    (again,) = decide(folded(*failed, _asked()), wanted)
    assert isinstance(again, events.ShopifyOrderDraft)
    assert again.replaces == 3
    assert again.creates_the_same_as(decided[1])  # type: ignore[arg-type]  # it is the draft


def test_nothing_is_decided_while_a_request_has_no_outcome() -> None:
    wanted = context(automatic_sync=True)
    decided = decide(folded(fetched()), wanted)
    changed = fetched(delivery_option_name="Express", updated_at=fetched().asked_at)
    in_flight = (fetched(), *decided, _requested(3), changed)
    assert decide(folded(*in_flight), wanted) == ()
    assert decide(folded(*in_flight, _asked()), wanted) == ()


def test_an_order_in_shopify_is_never_drafted_again() -> None:
    wanted = context(automatic_sync=True)
    there = (fetched(), *decide(folded(fetched()), wanted), _requested(3), created())
    later = fetched(delivery_option_name="Express", updated_at=fetched().asked_at)
    assert decide(folded(*there, later, _asked()), wanted) == ()


def test_only_a_person_creates_an_order_again_that_was_deleted() -> None:
    wanted = context(automatic_sync=True)
    removed = events.ShopifyOrderRemoved(
        **IDS,
        store=STORE,
        shopify_order_id="gid://shopify/Order/1",
        seen_by="webhook",
    )
    gone = (fetched(), *decide(folded(fetched()), wanted), _requested(3), created(), removed)
    assert decide(folded(*gone), wanted) == ()
    assert _names(decide(folded(*gone, _asked()), wanted)) == ["ShopifyOrderDraft"]


def test_a_changed_snapshot_replaces_the_draft() -> None:
    wanted = context(automatic_sync=True)
    decided = decide(folded(fetched()), wanted)
    changed = fetched(delivery_option_name="Express", updated_at=fetched().asked_at)
    (draft,) = decide(folded(fetched(), *decided, changed), wanted)
    assert isinstance(draft, events.ShopifyOrderDraft)
    assert (draft.replaces, draft.shipping_lines[0].title) == (3, "Express")


def test_automatic_sync_switched_off_withdraws_what_only_it_wanted() -> None:
    decided = decide(folded(fetched()), context(automatic_sync=True))
    drafted = (fetched(), *decided)
    (withdrawn,) = decide(folded(*drafted), context())
    assert withdrawn == events.ShopifyOrderDraftWithdrawn(
        **IDS, draft_version=3, reason_code="automatic_sync_off"
    )
    assert decide(folded(*drafted, _asked()), context()) == ()
    assert decide(folded(*drafted, _requested(3), _failed(3)), context()) == ()


def test_a_bulk_request_goes_in_the_bulk_lane() -> None:
    decided = decide(folded(fetched(), _asked(mode="bulk")), context())
    assert [getattr(event, "lane", None) for event in decided] == [None, "bulk"]


def test_what_a_sweep_finds_goes_in_bulk_but_what_a_person_pressed_goes_live() -> None:
    swept = replace(context(automatic_sync=True), in_bulk=True)
    assert _lanes(decide(folded(fetched()), swept)) == ["bulk"]
    assert _lanes(decide(folded(fetched()), context(automatic_sync=True))) == ["live"]
    assert _lanes(decide(folded(fetched(), _asked()), swept)) == ["live"]
    assert _lanes(decide(folded(fetched(), _asked(mode="bulk")), swept)) == ["bulk"]


def _lanes(decided: Sequence[Event]) -> list[str]:
    return [event.lane for event in decided if isinstance(event, events.ShopifyOrderDraft)]


def test_sync_is_answered_also_while_the_shop_is_disconnected() -> None:
    there = context()
    away = replace(there, shop=replace(there.shop, is_connected=False))
    assert _names(decide(folded(fetched()), away)) == ["OrderEligible"]
    decided = decide(folded(fetched(), _asked()), away)
    assert _names(decided) == ["OrderEligible", "OrderBlocked"]
    blocked = folded(fetched(), _asked(), *decided)
    assert view(blocked).reason_code == "shop_disconnected"
    assert decide(blocked, away) == ()
    assert _names(decide(blocked, there)) == ["ShopifyOrderDraft"]


def test_a_disconnected_shop_keeps_the_drafts_it_has() -> None:
    there = context(automatic_sync=True)
    away = replace(there, shop=replace(there.shop, is_connected=False))
    drafted = (fetched(), *decide(folded(fetched()), there))
    assert decide(folded(*drafted), away) == ()
    assert decide(folded(*drafted, _asked()), away) == ()


@pytest.mark.parametrize("again", range(3))
def test_every_sync_that_is_not_already_syncing_is_answered(again: int) -> None:
    said: list[Event] = [fetched()]
    for n, shop in enumerate((context(links={}), context(), context(links={}))[: again + 1]):
        before = len(said)
        said.append(_asked(n))
        said.extend(decide(folded(*said), shop))
        assert isinstance(said[-1], events.OrderBlocked | events.ShopifyOrderDraft)
        assert len(said) > before + 1
        assert decide(folded(*said), shop) == ()
        if isinstance(said[-1], events.ShopifyOrderDraft):
            draft = len(said)
            said.extend((_requested(draft), _failed(draft)))


def test_an_order_that_waits_for_its_window_is_remembered() -> None:
    old = fetched(created_at=fetched().created_at - timedelta(days=30))
    order = folded(old, *decide(folded(old), context()))
    waiting = waits_for("order-1-2", order)
    assert waiting is not None
    assert waiting.waits_for == "shop"
    unpaid = fetched(status="UNPAID")
    assert waits_for("order-1-2", folded(unpaid, *decide(folded(unpaid), context()))) is None


@pytest.mark.parametrize(
    ("age", "mode", "lane"),
    [
        (timedelta(days=190), None, "bulk"),
        (timedelta(hours=25), None, "bulk"),
        (timedelta(days=1), None, "live"),
        (timedelta(hours=23), None, "live"),
        (timedelta(days=190), "manual", "live"),
        (timedelta(days=190), "bulk", "bulk"),
    ],
)
def test_what_a_backfill_brings_goes_before_no_new_order(
    age: timedelta, mode: str | None, lane: str
) -> None:
    """Unless a person asked for this one order: they wait for it."""
    order = fetched(created_at=NOW - age, updated_at=NOW - age, asked_at=NOW, status="DELIVERED")
    shop = replace(
        context(automatic_sync=mode is None).shop, window_begins_at=NOW - timedelta(days=365)
    )
    asked = [_asked(mode=mode)] if mode else []
    draft = decide(folded(order, *asked), Context(shop, LINKS, in_bulk=False))[-1]
    assert isinstance(draft, events.ShopifyOrderDraft)
    assert draft.lane == lane


def test_a_block_is_said_again_while_a_draft_lives() -> None:
    unlinked = context(links={}, automatic_sync=True)
    blocked = (fetched(), *decide(folded(fetched()), unlinked))
    drafted = (*blocked, *decide(folded(*blocked), context(automatic_sync=True)))
    assert _names(drafted[1:]) == ["OrderEligible", "OrderBlocked", "ShopifyOrderDraft"]
    (again,) = decide(folded(*drafted), unlinked)
    assert again == drafted[2]
    assert folded(*drafted, again).live_draft is None


def test_an_order_whose_variants_are_sought_waits_whatever_becomes_of_unlinked_items() -> None:
    for handling in ("block", "custom_line"):
        shop = context(links={}, automatic_sync=True, unlinked_items=handling).shop
        sought = Context(shop, {}, in_bulk=False, sought=frozenset({SKU_ID}))
        (_, blocked) = decide(folded(fetched()), sought)
        assert isinstance(blocked, events.OrderBlocked)
        assert (blocked.reason_code, blocked.sku_ids) == ("reading_products", (SKU_ID,))


def test_a_blocked_bundle_waits_for_the_links_of_its_parts_too() -> None:
    parts = (
        events.BundlePart(sku_id="2"),
        events.BundlePart(sku_id="1"),
        events.BundlePart(sku_id=""),
    )
    order = fetched(lines=(line(parts=parts),))
    for links in ({}, {"1": "gid://1"}, {"1": "gid://1", "2": "gid://2"}):
        blocked = decide(folded(order), context(links=links, automatic_sync=True))
        waiting = waits_for("order-1-2", folded(order, *blocked))
        assert waiting is not None
        assert (waiting.waits_for, waiting.sku_ids) == ("link", ("1", "2", SKU_ID))


def test_a_bundle_whose_variant_is_sought_waits_for_that() -> None:
    parts = (events.BundlePart(sku_id="1"),)
    shop = context(automatic_sync=True).shop
    sought = Context(shop, {"1": "gid://1"}, in_bulk=False, sought=frozenset({SKU_ID}))
    (_, blocked) = decide(folded(fetched(lines=(line(parts=parts),))), sought)
    assert isinstance(blocked, events.OrderBlocked)
    assert blocked.reason_code == "reading_products"


FETCHED, REQUESTED, CREATED = "OrderFetched", "ShopifyOrderRequested", "ShopifyOrderCreated"
FAILED, REMOVED, ASKED = "ShopifyOrderFailed", "ShopifyOrderRemoved", "SyncRequested"


@pytest.mark.parametrize(
    ("names", "version", "answered"),
    [
        ((FETCHED,), 1, False),
        ((FETCHED, "OrderEligible"), 1, True),
        ((FETCHED, "OrderEligible", FETCHED), 3, False),
        ((FETCHED, REQUESTED, ASKED), 3, True),
        ((FETCHED, REQUESTED, FAILED, ASKED), 4, False),
        ((FETCHED, REQUESTED, FAILED, REQUESTED, ASKED), 5, True),
        ((FETCHED, REQUESTED, CREATED, ASKED), 4, True),
        ((CREATED, FETCHED), 2, True),
        ((FETCHED, REQUESTED, CREATED, REMOVED, ASKED), 5, False),
        ((FETCHED, REQUESTED, CREATED, REMOVED, CREATED, FETCHED), 6, True),
    ],
    ids=[
        "not before anything was decided",
        "by a decision since",
        "not by a decision before",
        "by a request without an outcome, which wakes it again",
        "not by a request that failed",
        "by a request that goes on after one that failed",
        "by an order that stands",
        "by an order of others that stands",
        "not by one that was deleted",
        "by one that was created again",
    ],
)
def test_an_event_is_answered(names: Sequence[str], version: int, *, answered: bool) -> None:
    assert is_answered(names, version) is answered
