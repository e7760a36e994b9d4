"""Eligible or not: every status, what would change it, and which rule speaks first."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from libs.mapping.tests.golden_cases import order, shop

from mapping.eligibility import READY, assess
from ordersync_contracts import reasons
from ordersync_contracts.events import OrderFetched

ORDER = order("status_awaiting_shipment")
SHOP = shop({})


def changed(**fields: Any) -> OrderFetched:
    return ORDER.model_copy(update=fields)


def reason(fetched: OrderFetched, **special: Any) -> str | None:
    verdict = assess(fetched, shop(special))
    return verdict.reason_code if verdict else None


@pytest.mark.parametrize("status", sorted(READY))
def test_an_order_that_reached_awaiting_shipment_is_eligible(status: str) -> None:
    delivered = ORDER.created_at + timedelta(days=3)
    assert reason(changed(status=status, delivered_at=delivered)) is None


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("UNPAID", "unpaid"),
        ("ON_HOLD", "on_hold"),
        ("CANCELLED", "cancelled"),
        ("CANCEL", "cancelled"),
        ("COMPLETED", "refunded_before_delivery"),
        ("", "unknown_status"),
        ("AWAITING_TELEPORT", "unknown_status"),
    ],
)
def test_every_other_status_has_its_reason(status: str, code: str) -> None:
    assert reason(changed(status=status)) == code


@pytest.mark.parametrize("region", ["US", "PR", "GU", "VI", "AS", "MP", "UM", "", "**", "U*"])
def test_the_us_its_territories_and_a_region_that_is_not_told_are_eligible(region: str) -> None:
    assert reason(changed(region=region)) is None


@pytest.mark.parametrize("region", ["CA", "GB", "MX", "DE"])
def test_any_other_destination_is_not_us(region: str) -> None:
    assert reason(changed(region=region)) == "not_us"


def test_a_shop_of_another_region_or_currency_is_not_us() -> None:
    assert reason(ORDER, region="GB") == "not_us"
    payment = ORDER.payment.model_copy(update={"currency": "EUR"})
    assert reason(changed(payment=payment)) == "not_us"


def test_a_hold_ends_an_hour_after_the_payment_or_at_the_release() -> None:
    held = changed(status="ON_HOLD")
    verdict = assess(held, SHOP)
    assert verdict is not None
    assert ORDER.paid_at is not None
    assert verdict.changes_at == ORDER.paid_at + timedelta(hours=1)
    release = datetime(2026, 2, 1, tzinfo=UTC)
    released = assess(held.model_copy(update={"release_at": release}), SHOP)
    assert released is not None
    assert released.changes_at == release
    unknown = assess(held.model_copy(update={"paid_at": None}), SHOP)
    assert unknown is not None
    assert unknown.changes_at is None


@pytest.mark.parametrize(("who", "detail"), [("BUYER", "by BUYER"), ("", "")])
def test_a_cancelled_order_says_by_whom_where_tiktok_does(who: str, detail: str) -> None:
    verdict = assess(changed(status="CANCELLED", cancelled_by=who), SHOP)
    assert verdict is not None
    assert verdict.detail == detail


def test_the_window_includes_its_beginning() -> None:
    begins = ORDER.created_at
    assert reason(ORDER, window_begins_at=begins.isoformat()) is None
    later = begins + timedelta(seconds=1)
    assert reason(ORDER, window_begins_at=later.isoformat()) == "outside_window"


def test_a_cancelled_order_outside_the_window_is_said_to_be_cancelled() -> None:
    later = (ORDER.created_at + timedelta(days=1)).isoformat()
    assert reason(changed(status="CANCELLED"), window_begins_at=later) == "cancelled"


def test_every_verdict_is_in_the_catalogue_and_says_what_changes_it_or_cannot() -> None:
    for status in ("UNPAID", "ON_HOLD", "CANCELLED", "COMPLETED", "?"):
        code = reason(changed(status=status))
        assert code is not None
        assert reasons.reason(code) in reasons.NOT_ELIGIBLE


def test_a_verdict_says_nothing_of_the_destination_itself() -> None:
    verdict = assess(changed(region="Waltraud Buyername"), SHOP)
    assert verdict is not None
    assert "Waltraud" not in repr(verdict)
