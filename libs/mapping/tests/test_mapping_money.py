"""Whatever TikTok sends: a draft adds up to the cent, or the order is blocked."""

import random
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from libs.mapping.tests.golden_cases import shown
from libs.mapping.tests.money_orders import (
    BOTH,
    MANY,
    ORDERS,
    ZERO,
    order,
    orders,
    translated,
)

from ordersync_contracts.codec import encode
from ordersync_contracts.events import OrderBlocked, OrderFetched, ShopifyOrderDraft


@MANY
@given(fetched=ORDERS, discounts=BOTH)
def test_a_draft_adds_up_to_the_cent(fetched: OrderFetched, discounts: str) -> None:
    draft = translated(fetched, discounts)
    if isinstance(draft, OrderBlocked):
        assert draft.reason_code == "money_mismatch"
        return
    assert shown(draft) == draft.total
    assert draft.total in expected_totals(fetched, discounts)
    assert all(line.unit_price >= 0 for line in draft.lines)
    assert all(line.price >= 0 for line in draft.shipping_lines)


def expected_totals(fetched: OrderFetched, discounts: str) -> set[Decimal]:
    """TikTok's total, or that less what was cancelled; plus what TikTok reimburses."""
    kept = [line for line in fetched.lines if not line.is_cancelled]
    gone = [line for line in fetched.lines if line.is_cancelled]
    total = fetched.payment.total
    if discounts == "merchant_revenue":
        total += sum((line.platform_discount for line in kept), ZERO)
        total += fetched.payment.shipping_fee_platform_discount
    less = sum((line.sale_price + sum((t.amount for t in line.taxes), ZERO) for line in gone), ZERO)
    return {total, total - less}


@MANY
@given(made=orders(), discounts=BOTH)
def test_an_order_that_adds_up_is_never_blocked_or_adjusted(
    made: tuple[OrderFetched, Decimal], discounts: str
) -> None:
    fetched, rest = made
    if rest:
        return
    draft = translated(fetched, discounts)
    assert isinstance(draft, ShopifyOrderDraft)
    assert draft.adjustment is None


@MANY
@given(fetched=ORDERS, discounts=BOTH)
def test_a_rest_is_carried_and_named_or_the_order_is_blocked(
    fetched: OrderFetched, discounts: str
) -> None:
    draft = translated(fetched, discounts)
    if isinstance(draft, OrderBlocked) or draft.adjustment is None:
        return
    assert draft.adjustment.identity in {"total", "lines_sum", "item_tax", "tax"}
    amount = draft.adjustment.amount
    assert 0 < abs(amount) <= Decimal("5.00")
    assert abs(amount) <= fetched.payment.total / 10
    is_above = amount > 0
    assert draft.adjustment.carried_by == ("shipping_line" if is_above else "largest_line")
    titles = [line.title for line in draft.shipping_lines]
    assert ("TikTok Shop adjustment" in titles) is is_above


@MANY
@given(fetched=ORDERS, discounts=BOTH, shuffle=st.randoms(use_true_random=False))
def test_the_order_in_which_lines_come_changes_nothing(
    fetched: OrderFetched, shuffle: random.Random, discounts: str
) -> None:
    lines = list(fetched.lines)
    shuffle.shuffle(lines)
    shuffled = fetched.model_copy(update={"lines": tuple(lines)})
    assert encode(translated(shuffled, discounts)) == encode(translated(fetched, discounts))


@MANY
@given(fetched=ORDERS, discounts=BOTH)
def test_the_same_order_gives_the_same_bytes(fetched: OrderFetched, discounts: str) -> None:
    again = OrderFetched.model_validate_json(encode(fetched))
    assert encode(translated(again, discounts)) == encode(translated(fetched, discounts))


@MANY
@given(fetched=ORDERS)
def test_every_unit_to_ship_is_in_exactly_one_line(fetched: OrderFetched) -> None:
    draft = translated(fetched, "buyer_paid")
    if isinstance(draft, OrderBlocked):
        return
    named = sorted(line_id for line in draft.lines for line_id in line.line_ids)
    assert named == [line.line_id for line in fetched.lines if not line.is_cancelled]
    assert all(line.quantity == len(line.line_ids) for line in draft.lines)


def test_a_rest_that_the_dearest_unit_is_just_worth_makes_it_free() -> None:
    units: list[dict[str, Any]] = [
        {"sku_id": sku, "sale_price": Decimal("0.50"), "taxes": []} for sku in ("mug", "cap", "pen")
    ]
    payment = {"total": "9.10", "sub_total": "1.50", "shipping_fee": "8.10", "fees": []}
    draft = translated(order(units, payment), "buyer_paid")
    assert isinstance(draft, ShopifyOrderDraft)
    assert [line.unit_price for line in draft.lines] == [ZERO, Decimal("0.50"), Decimal("0.50")]
    assert shown(draft) == draft.total == Decimal("9.10")


def test_a_rest_that_no_unit_is_worth_is_blocked() -> None:
    units: list[dict[str, Any]] = [
        {"sku_id": sku, "sale_price": Decimal("0.50"), "taxes": []} for sku in ("mug", "cap", "pen")
    ]
    payment = {"total": "9.00", "sub_total": "1.50", "shipping_fee": "8.10", "fees": []}
    fetched = order(units, payment)
    blocked = translated(fetched, "buyer_paid")
    assert isinstance(blocked, OrderBlocked)
    assert blocked.detail == "the rest is -0.60; total does not add up"
