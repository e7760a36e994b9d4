"""The status a merchant sees: the first rule that holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from libs.lifecycle.tests.histories import NOW, life, make

from lifecycle.shop import Shop
from lifecycle.status import Delivery, Status, delivery, view, waits_for
from ordersync_contracts.events import Event

History = tuple[str, ...]
LATER = datetime(2026, 1, 5, 13, tzinfo=UTC)
DRAFTED, REQUESTED, FAILED = "ShopifyOrderDraft", "ShopifyOrderRequested", "ShopifyOrderFailed"
CREATED = (DRAFTED, REQUESTED, "ShopifyOrderCreated")
DELETED = (*CREATED, "ShopifyOrderRemoved")

HISTORIES: dict[Status, dict[str, History]] = {
    Status.SYNCED: {
        "created": CREATED,
        "created, then fetched again": (*CREATED, "OrderFetched"),
        "created, then ineligible (cancelled in TikTok)": (*CREATED, "OrderIneligible"),
        "created, then asked for": (*CREATED, "SyncRequested"),
        "adopted without a request": ("OrderEligible", "ShopifyOrderCreated"),
        "deleted in Shopify": DELETED,
        "deleted, asked for before": ("SyncRequested", *DELETED),
        "deleted, asked for again and created again": (*DELETED, "SyncRequested", *CREATED),
    },
    Status.SYNCING: {
        "requested": (DRAFTED, REQUESTED),
        "requested, meanwhile ineligible": (REQUESTED, "OrderIneligible"),
        "requested, meanwhile blocked": (REQUESTED, "OrderBlocked"),
        "requested a second time": (REQUESTED, FAILED, REQUESTED),
        "deleted, asked again and requested": (*DELETED, "SyncRequested", DRAFTED, REQUESTED),
        "asked for": ("OrderEligible", "SyncRequested"),
        "drafted": ("OrderEligible", DRAFTED),
        "blocked, then asked for": ("OrderBlocked", "SyncRequested"),
        "failed, then drafted": (FAILED, DRAFTED),
        "deleted and asked for again": (*DELETED, "SyncRequested"),
    },
    Status.NOT_ELIGIBLE: {
        "ineligible": ("OrderFetched", "OrderIneligible"),
        "ineligible, then asked for": ("OrderIneligible", "SyncRequested"),
        "ineligible after a failure": (REQUESTED, FAILED, "OrderIneligible"),
        "deleted, asked again, ineligible": (*DELETED, "SyncRequested", "OrderIneligible"),
    },
    Status.SYNC_FAILED: {
        "blocked": ("OrderEligible", "OrderBlocked"),
        "failed": (DRAFTED, REQUESTED, FAILED),
        "failed, then eligible again": (FAILED, "OrderIneligible", "OrderEligible"),
        "drafted, then blocked": (DRAFTED, "OrderBlocked"),
    },
    Status.NOT_SYNCED: {
        "nothing known": (),
        "only fetched": ("OrderFetched",),
        "eligible": ("OrderFetched", "OrderEligible"),
        "withdrawn": (DRAFTED, "ShopifyOrderDraftWithdrawn"),
        "a draft that ineligibility withdrew, eligible again": (
            DRAFTED,
            "OrderIneligible",
            "OrderEligible",
        ),
    },
}
CASES = [
    pytest.param(history, status, id=case)
    for status, histories in HISTORIES.items()
    for case, history in histories.items()
]
cases = pytest.mark.parametrize(("history", "status"), CASES)


def test_the_words_of_the_orders_page_are_these() -> None:
    assert set(Status) == {"Synced", "Syncing", "Not eligible", "Sync failed", "Not synced"}
    assert set(Delivery) == {"In transit", "Delivered"}


@cases
def test_the_first_rule_that_holds_decides(history: History, status: Status) -> None:
    assert view(life(*history)).status is status


@cases
def test_sync_may_be_pressed_where_it_can_do_something(history: History, status: Status) -> None:
    order = life(*history)
    expected = status in {Status.NOT_SYNCED, Status.SYNC_FAILED} or order.is_deleted
    assert view(order).may_sync is expected


def test_sync_may_be_pressed_on_what_was_deleted_in_shopify() -> None:
    assert view(life(*DELETED)).may_sync
    assert not view(life(*CREATED)).may_sync
    assert not view(life("OrderIneligible")).may_sync
    assert not view(life("ShopifyOrderDraft")).may_sync


def test_a_refusal_says_its_reason() -> None:
    order = life(make("OrderIneligible", reason_code="fulfilled_by_tiktok"))
    assert view(order).reason_code == "fulfilled_by_tiktok"


def test_a_block_says_its_reason_and_no_next_attempt() -> None:
    seen = view(life(make("OrderBlocked", reason_code="money_mismatch")))
    assert (seen.reason_code, seen.next_attempt_at) == ("money_mismatch", None)


def test_a_failure_says_its_reason_and_its_next_attempt() -> None:
    failed = make("ShopifyOrderFailed", reason_code="shop_frozen", next_attempt_at=LATER)
    seen = view(life("ShopifyOrderRequested", failed))
    assert (seen.reason_code, seen.next_attempt_at) == ("shop_frozen", LATER)


def test_an_older_drafts_failure_does_not_fail_the_draft_that_came_meanwhile() -> None:
    older = make("ShopifyOrderFailed", draft_version=1, reason_code="stock_claim_failed")
    seen = view(life(DRAFTED, REQUESTED, DRAFTED, older))
    assert (seen.status, seen.reason_code) == (Status.SYNCING, None)


@cases
def test_a_reason_is_given_exactly_where_something_is_wrong(
    history: History, status: Status
) -> None:
    wrong = status in {Status.NOT_ELIGIBLE, Status.SYNC_FAILED}
    assert (view(life(*history)).reason_code is not None) is wrong


def test_an_order_that_could_not_be_recorded_says_why_and_cannot_be_synced() -> None:
    seen = view(life("OrderSetAside"))
    assert (seen.status, seen.reason_code) == (Status.SYNC_FAILED, "order_too_large")
    assert not seen.may_sync


@pytest.mark.parametrize(("history", "status"), [((), Status.NOT_SYNCED), (CREATED, Status.SYNCED)])
def test_a_newer_state_that_could_not_be_recorded_is_said_and_changes_no_status(
    history: History, status: Status
) -> None:
    aside = make("OrderSetAside", asked_at=LATER)
    seen = view(life("OrderFetched", *history, aside))
    assert (seen.status, seen.reason_code) == (status, "order_too_large")
    assert seen.may_sync is (status is Status.NOT_SYNCED)


def test_what_is_wrong_for_the_merchant_is_said_before_what_could_not_be_recorded() -> None:
    aside = make("OrderSetAside", asked_at=LATER)
    assert view(life("OrderFetched", aside, "OrderBlocked")).reason_code == "unlinked_sku"


def test_a_state_that_was_asked_for_since_ends_what_was_set_aside() -> None:
    aside = make("OrderSetAside", asked_at=LATER)
    moments = {"updated_at": LATER, "asked_at": LATER}
    assert life("OrderFetched", aside, make("OrderFetched", **moments)).set_aside is None
    before = {"updated_at": LATER, "asked_at": NOW - timedelta(seconds=1)}
    assert life("OrderSetAside", make("OrderFetched", **before)).set_aside is not None


def test_what_was_set_aside_is_no_longer_said_once_a_state_asked_for_since_stands() -> None:
    """Somebody recorded it between the failure and its telling."""
    recorded = make("OrderFetched", asked_at=NOW)
    assert life(recorded, "OrderSetAside").set_aside is None
    assert life(recorded, make("OrderSetAside", asked_at=LATER)).set_aside is not None


def test_an_older_state_that_is_told_later_ends_nothing_set_aside() -> None:
    """TikTok's list and its detail differ for a while, and pages may be cached."""
    aside = make("OrderSetAside", asked_at=NOW, updated_at=LATER)
    older = make("OrderFetched", updated_at=NOW, asked_at=LATER)
    assert life(aside, older).set_aside is not None
    assert life(older, aside).set_aside is not None
    assert life(aside, make("OrderFetched", updated_at=LATER, asked_at=LATER)).set_aside is None


def test_a_remark_says_deleted_until_it_stands_again() -> None:
    assert view(life(*CREATED)).remark is None
    assert view(life(*DELETED)).remark == "Deleted in Shopify"
    assert view(life(*DELETED, "SyncRequested")).remark == "Deleted in Shopify"
    assert view(life(*DELETED, "SyncRequested", *CREATED)).remark is None


def test_a_remark_says_what_tiktok_cancelled() -> None:
    assert view(life(*CREATED, "OrderCancelled")).remark == "Cancelled in TikTok"
    part = make("OrderCancelled", whole_order=False, line_ids=["a"])
    assert view(life(*CREATED, part)).remark == "Partly cancelled in TikTok"
    assert view(life(*DELETED, "OrderCancelled")).remark == "Deleted in Shopify"


def test_the_shopify_order_is_named_once_there_is_one() -> None:
    assert view(life("ShopifyOrderRequested")).shopify_order_id is None
    assert view(life(*CREATED)).shopify_order_id == "gid://shopify/Order/1"


# delivery


def parcel(status: str, *line_ids: str) -> Event:
    return make("DeliveryStatusChanged", status=status, line_ids=line_ids)


def fetched(**status_of_line: str) -> Event:
    lines: list[dict[str, Any]] = [
        {"line_id": line_id, "sku_id": "s", "currency": "USD", "status": status}
        for line_id, status in status_of_line.items()
    ]
    return make("OrderFetched", lines=lines)


SPLIT = (fetched(a="", b=""), parcel("delivered", "a"))


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (CREATED, None),
        ([parcel("in_transit")], Delivery.IN_TRANSIT),
        ([fetched(a="", b=""), parcel("in_transit"), parcel("delivered")], Delivery.DELIVERED),
        (SPLIT, Delivery.IN_TRANSIT),
        ([*SPLIT, parcel("in_transit", "b")], Delivery.IN_TRANSIT),
        ([*SPLIT, parcel("delivered", "b")], Delivery.DELIVERED),
        ([fetched(a="", b="CANCELLED"), parcel("delivered", "a")], Delivery.DELIVERED),
        ([parcel("delivered"), parcel("in_transit")], Delivery.DELIVERED),
    ],
    ids=[
        "without a delivery nothing is said",
        "a parcel on its way is in transit",
        "a delivery of the whole order is delivered",
        "a split order of which one parcel is delivered is in transit",
        "a split order of which one parcel is on its way is in transit",
        "a split order is delivered when its last parcel is",
        "a cancelled unit is not waited for",
        "a delivery never goes backwards",
    ],
)
def test_a_delivery_is(history: Sequence[str | Event], expected: Delivery | None) -> None:
    assert delivery(life(*history)) is expected


def test_what_the_delivery_says_stands_beside_the_status() -> None:
    seen = view(life(*CREATED, parcel("in_transit")))
    assert (seen.status, seen.delivery) == (Status.SYNCED, Delivery.IN_TRANSIT)


def test_a_remark_says_by_how_much_a_total_had_to_be_adjusted() -> None:
    rest = {"identity": "tax", "amount": "0.28", "carried_by": "shipping_line"}
    adjusted = make("ShopifyOrderDraft", adjustment=rest)
    assert view(life(adjusted)).remark == "Adjusted by 0.28"
    requested = make("ShopifyOrderRequested")
    assert view(life(adjusted, requested, "ShopifyOrderCreated")).remark == "Adjusted by 0.28"
    assert view(life(adjusted, "ShopifyOrderDraft")).remark is None
    assert view(life(adjusted, "OrderBlocked")).remark is None
    found = make("ShopifyOrderCreated", outcome="adopted")
    assert view(life(adjusted, found)).remark is None


# later changes of a synced order


@pytest.mark.parametrize(
    ("failure", "after", "shown", "may_sync"),
    [
        ({"reason_code": "fulfillment_refused"}, (), "fulfillment_refused", True),
        ({"reason_code": "fulfillment_refused"}, ("DeliveryStatusSynced",), None, False),
        ({"reason_code": "fulfillment_refused"}, ("SyncRequested",), None, False),
        ({"reason_code": "order_removed"}, (), "order_removed", False),
        ({"reason_code": "update_refused", "change": "address"}, (), "update_refused", True),
        (
            {"reason_code": "address_changed_masked", "change": "address"},
            (),
            "address_changed_masked",
            False,
        ),
        ({"reason_code": "order_changed", "change": "order"}, (), "order_changed", False),
        (
            {"reason_code": "order_changed", "change": "order"},
            ("SyncRequested", "DeliveryStatusSynced"),
            "order_changed",
            False,
        ),
        ({"reason_code": "total_differs", "change": "creation"}, (), "total_differs", False),
    ],
)
def test_a_change_that_failed_is_shown_until_it_is_applied_or_tried_again(
    failure: dict[str, str], after: tuple[str, ...], shown: str | None, may_sync: bool
) -> None:
    seen = view(life(*CREATED, make("ShopifyUpdateFailed", **failure), *after))
    assert (seen.status, seen.reason_code, seen.may_sync) == (Status.SYNCED, shown, may_sync)


def test_a_failed_change_is_only_closed_by_the_same_change() -> None:
    failed = make("ShopifyUpdateFailed", change="address", reason_code="update_refused")
    done = {"shopify_order_id": "gid://shopify/Order/1"}
    note = make("ShopifyOrderUpdated", change="note", **done)
    address = make("ShopifyOrderUpdated", change="address", **done)
    assert view(life(*CREATED, failed, note)).reason_code == "update_refused"
    assert view(life(*CREATED, failed, note, address)).reason_code is None


def test_a_failed_change_that_is_tried_again_shows_when() -> None:
    failed = make("ShopifyUpdateFailed", reason_code="throttled", next_attempt_at=LATER)
    assert view(life(*CREATED, failed)).next_attempt_at == LATER


def test_the_order_created_again_has_nothing_of_the_failures_before() -> None:
    again = (*DELETED, "SyncRequested", *CREATED)
    assert view(life(*CREATED, "ShopifyUpdateFailed", *again)).reason_code is None


STORE = "sunny-mugs.myshopify.com"
WORKS = Shop(is_connected=True, store=STORE, adoptions=((STORE, ""),))


@pytest.mark.parametrize(
    ("shop", "reason_code"),
    [
        (WORKS, None),
        (replace(WORKS, paused=(("tiktok", "tiktok_authorization_ended"),)), None),
        (replace(WORKS, paused=(("shopify", "missing_scope"),)), "missing_scope"),
        (replace(WORKS, is_connected=False), "shop_disconnected"),
        (replace(WORKS, store=None), "no_store"),
        (replace(WORKS, adoptions=()), "adoption_pending"),
    ],
)
def test_an_order_that_waits_for_its_shop_s_store_has_that_reason(
    shop: Shop, reason_code: str | None
) -> None:
    assert waits_for(shop) == reason_code
    for history in HISTORIES[Status.SYNCING].values():
        order = life(*history)
        of_order = order.requested.event.store if order.requested is not None else STORE
        seen = view(order, replace(shop, store=of_order if shop.store else None))
        assert (seen.status, seen.reason_code) == (Status.SYNCING, reason_code)
    for status in (Status.SYNCED, Status.NOT_SYNCED):
        for history in HISTORIES[status].values():
            assert view(life(*history), shop) == view(life(*history))


def test_a_request_that_the_shop_left_behind_in_another_store_says_so() -> None:
    elsewhere = replace(WORKS, store="other", adoptions=(("other", ""),))
    assert view(life(DRAFTED, REQUESTED), elsewhere).reason_code == "shop_disconnected"
    assert view(life(DRAFTED), elsewhere).reason_code is None


HOUR = timedelta(hours=1)


@pytest.mark.parametrize("shop", [None, WORKS])
def test_a_request_of_which_nobody_learns_for_long_what_became_says_so(shop: Shop | None) -> None:
    begun = (DRAFTED, REQUESTED)
    for ended, code in [((), "outcome_unknown"), ((FAILED,), "throttled"), (CREATED[2:], None)]:
        seen = view(life(*begun, *ended), shop, HOUR + timedelta(seconds=1))
        assert seen.reason_code == code
    assert view(life(*begun), shop, HOUR).reason_code is None
    paused = replace(WORKS, paused=(("shopify", "missing_scope"),))
    assert view(life(*begun), paused, HOUR * 2).reason_code == "missing_scope"
    assert view(life(DRAFTED), shop, HOUR * 2).reason_code is None


def test_an_order_whose_variants_are_looked_for_says_so_also_in_a_shop_that_works() -> None:
    blocked = life(make("OrderEligible"), make("OrderBlocked", reason_code="reading_products"))
    assert view(blocked, WORKS).reason_code == "reading_products"


def test_an_order_whose_variants_are_looked_for_is_syncing_and_says_so() -> None:
    seen = view(life(make("OrderEligible"), make("OrderBlocked", reason_code="reading_products")))
    assert (seen.status, seen.reason_code, seen.may_sync) == (
        Status.SYNCING,
        "reading_products",
        False,
    )
