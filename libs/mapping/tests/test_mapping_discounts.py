"""Whoever paid a discount, and wherever a tax is named: each unit bears its own, to the cent."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from libs.mapping.tests.golden_cases import shown, taxes
from libs.mapping.tests.money_orders import (
    BOTH,
    CENT,
    MANY,
    ZERO,
    cents,
    order,
    paid_for,
    translated,
)

from ordersync_contracts.events import OrderFetched, ShopifyOrderDraft

DISCOUNTED = st.fixed_dictionaries(
    {
        "sku_id": st.sampled_from(["mug", "cap", "pen"]),
        "sale_price": cents(3_000),
        "seller_discount": cents(500),
        "platform_discount": cents(500),
        "status": st.sampled_from(["AWAITING_SHIPMENT"] * 4 + ["CANCELLED"]),
        "taxes": st.lists(
            st.fixed_dictionaries(
                {
                    "type": st.just("SALES_TAX"),
                    "rate": st.sampled_from([None, Decimal("0.0625"), Decimal("6.25"), ZERO]),
                    "amount": cents(200),
                }
            ),
            max_size=1,
        ),
    }
)


@st.composite
def discounted_orders(draw: st.DrawFn) -> OrderFetched:
    """Discounts of all kinds and fees, each in TikTok's total or not; also free goods."""
    units: list[dict[str, Any]] = draw(st.lists(DISCOUNTED, min_size=1, max_size=5))
    units[0]["status"] = "AWAITING_SHIPMENT"
    discount = draw(st.sampled_from([ZERO, CENT, Decimal("1.00")]) | cents(900))
    fees = [
        {"name": name, "amount": amount}
        for name in ("retail_delivery_fee", "handling_fee")
        if (amount := draw(st.sampled_from([ZERO, Decimal("0.28"), Decimal("1.00")])))
    ]
    payment: dict[str, Any] = {
        "shipping_fee": draw(cents(900)),
        "shipping_fee_tax": draw(cents(50)),
        "shipping_fee_platform_discount": draw(cents(100)),
        "payment_platform_discount": discount,
        "fees": fees,
    }
    is_shrunk, is_less = draw(st.booleans()), draw(st.booleans())
    counted = [unit for unit in units if not is_shrunk or unit["status"] != "CANCELLED"]
    in_total = fees if draw(st.booleans()) else []
    goods = sum((unit["sale_price"] for unit in counted), ZERO)
    fits = discount <= goods + payment["shipping_fee"]
    less = discount if is_less and fits else ZERO
    total = paid_for(counted, payment | {"fees": in_total}) - less
    return order(units, payment | {"total": total})


@settings(max_examples=150, deadline=None)
@given(fetched=discounted_orders(), discounts=BOTH)
def test_whoever_paid_a_discount_and_whatever_the_total_holds_it_is_met_to_the_cent(
    fetched: OrderFetched, discounts: str
) -> None:
    draft = translated(fetched, discounts)
    assert isinstance(draft, ShopifyOrderDraft)
    assert draft.adjustment is None
    assert shown(draft) == draft.total
    assert all(line.unit_price >= 0 for line in draft.lines)
    assert all(line.price >= 0 for line in draft.shipping_lines)
    assert draft.funded_discounts.payment_platform == fetched.payment.payment_platform_discount
    for line in draft.lines:  # a percentage is no rate, unless the amount comes to it by itself
        for tax in line.taxes:
            goods = line.unit_price * line.quantity
            assert tax.rate != Decimal("6.25") or abs(tax.amount - tax.rate * goods) <= CENT


@MANY
@given(fetched=discounted_orders())
def test_as_revenue_a_payment_platforms_discount_costs_the_merchant_nothing(
    fetched: OrderFetched,
) -> None:
    paid, revenue = translated(fetched, "buyer_paid"), translated(fetched, "merchant_revenue")
    assert isinstance(paid, ShopifyOrderDraft)
    assert isinstance(revenue, ShopifyOrderDraft)
    by_unit = {line_id: line for line in paid.lines for line_id in line.line_ids}
    told = {line.line_id: line for line in fetched.lines}
    for line in revenue.lines:
        for line_id in line.line_ids:
            unit = told[line_id]
            assert line.unit_price == unit.sale_price + unit.platform_discount
            assert by_unit[line_id].unit_price <= unit.sale_price


@MANY
@given(
    prices=st.lists(cents(9_999), min_size=1, max_size=7),
    tax=cents(999),
    shipping_tax=st.just(ZERO) | cents(99),
    discounts=BOTH,
)
@example(prices=[ZERO], tax=CENT, shipping_tax=CENT, discounts="buyer_paid")
def test_a_tax_that_only_the_order_names_is_a_tax_to_the_cent(
    prices: list[Decimal], tax: Decimal, shipping_tax: Decimal, discounts: str
) -> None:
    units: list[dict[str, Any]] = [{"sku_id": "mug", "sale_price": price} for price in prices]
    whole = tax + shipping_tax
    goods = sum(prices, ZERO)
    payment = {"total": goods + whole, "tax": whole, "shipping_fee_tax": shipping_tax}
    draft = translated(order(units, payment), discounts)
    assert isinstance(draft, ShopifyOrderDraft)
    assert draft.adjustment is None
    assert taxes(draft) == whole


@pytest.mark.parametrize(
    ("price", "rate", "amount", "sent"),
    [
        ("0.10", "0.0625", "0.00", "0.0625"),
        ("0.10", "0.0625", "0.02", "0.0625"),
        ("12.50", "0.0625", "0.78", "0.0625"),
        ("12.50", "0.0625", "0.40", "0.0625"),
        ("12.50", "0.0625", "1.57", "0.0625"),
        ("12.50", "0.0625", "1.58", "0.1264"),
        ("12.50", "0.0625", "0.37", "0.0296"),
        ("12.50", "1", "12.50", "1"),
        ("12.50", "1.01", "12.50", "1.0000"),
        ("12.50", "-0.0625", "0.78", "0.0624"),
        ("0", "0.0625", "0.78", "0.0625"),
        ("0", "6.25", "0.78", "0"),
    ],
)
def test_a_rate_is_sent_where_its_amount_bears_it_out(
    price: str, rate: str, amount: str, sent: str
) -> None:
    tax = {"type": "SALES_TAX", "rate": rate, "amount": amount}
    unit = {"sku_id": "mug", "original_price": "0", "sale_price": price, "taxes": [tax]}
    payment = {"total": Decimal(price) + Decimal(amount)}
    draft = translated(order([unit], payment), "buyer_paid")
    assert isinstance(draft, ShopifyOrderDraft)
    (line,) = draft.lines
    assert [(str(made.rate), made.amount) for made in line.taxes] == [(sent, Decimal(amount))]


@pytest.mark.parametrize("line_ids", [("1", "2", "3"), ("", "", "")])
@pytest.mark.parametrize(
    ("payment", "sent"),
    [
        ({"total": "33", "payment_platform_discount": "2"}, ("9.43", "18.86", "4.71")),
        ({"total": "37", "tax": "2"}, ("10", "20", "5")),
    ],
)
def test_what_only_the_order_names_is_shared_out_over_units_that_stay_themselves(
    line_ids: tuple[str, ...], payment: dict[str, str], sent: tuple[str, ...]
) -> None:
    skus = {"mug": "10", "cap": "20", "pen": "5"}
    units = [
        {"line_id": line_id, "sku_id": sku, "sale_price": price}
        for line_id, (sku, price) in zip(line_ids, skus.items(), strict=True)
    ]
    draft = translated(order(units, payment), "buyer_paid")
    assert isinstance(draft, ShopifyOrderDraft)
    assert draft.adjustment is None
    prices = {line.sku_id: (line.quantity, line.unit_price) for line in draft.lines}
    assert prices == {sku: (1, Decimal(price)) for sku, price in zip(skus, sent, strict=True)}
