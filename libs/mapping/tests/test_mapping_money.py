"""Whatever TikTok sends: a draft adds up to the cent, or the order is blocked."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from libs.mapping.tests.golden_cases import shop, shown, taxes

from mapping import amounts
from mapping.draft import Source, translate
from mapping.identities import failed_identities
from ordersync_contracts.codec import encode
from ordersync_contracts.events import OrderBlocked, OrderFetched, ShopifyOrderDraft

PLACED = datetime(2026, 1, 5, 9, 58, tzinfo=UTC)
LINKS = {"mug": "gid://1", "cap": "gid://2", "pen": "gid://3"}
ZERO, CENT = Decimal(0), Decimal("0.01")


def cents(most: int) -> st.SearchStrategy[Decimal]:
    return st.integers(0, most).map(lambda n: Decimal(n) / 100)


UNITS = st.fixed_dictionaries(
    {
        "sku_id": st.sampled_from(["mug", "cap", "pen"]),
        "sale_price": st.sampled_from([ZERO, Decimal("12.50"), Decimal("3.33")]) | cents(20_000),
        "platform_discount": st.sampled_from([ZERO, Decimal("1.50")]),
        "status": st.sampled_from(["AWAITING_SHIPMENT"] * 4 + ["CANCELLED"]),
        "taxes": st.lists(
            st.fixed_dictionaries(
                {
                    "type": st.sampled_from(["SALES_TAX", "CITY_TAX"]),
                    "rate": st.sampled_from([None, Decimal("0.0625")]),
                    "amount": cents(500),
                }
            ),
            max_size=2,
        ),
    }
)
PAYMENTS = st.fixed_dictionaries(
    {
        "shipping_fee": cents(1_000),
        "shipping_fee_tax": cents(60),
        "shipping_fee_platform_discount": cents(200),
        "fees": st.lists(
            st.fixed_dictionaries(
                {"name": st.sampled_from(["handling_fee", "eco_fee"]), "amount": cents(200)}
            ),
            max_size=2,
        ),
    }
)
RESTS = st.sampled_from([ZERO, Decimal("0.01"), Decimal("-0.01")]) | st.integers(-800, 800).map(
    lambda n: Decimal(n) / 100
)


@st.composite
def orders(draw: st.DrawFn) -> tuple[OrderFetched, Decimal]:
    """An order with one unit to ship at least, and the rest its total is off by."""
    units = draw(st.lists(UNITS, min_size=1, max_size=6))
    units[0]["status"] = "AWAITING_SHIPMENT"
    payment = draw(PAYMENTS)
    is_shrunk, rest = draw(st.booleans()), draw(RESTS)
    counted = [u for u in units if not is_shrunk or u["status"] != "CANCELLED"]
    total = max(ZERO, paid_for(counted, payment) + rest)
    return order(units, payment | {"total": total}), rest


def paid_for(units: list[dict[str, Any]], payment: Mapping[str, Any]) -> Decimal:
    goods = sum((unit["sale_price"] for unit in units), ZERO)
    tax = sum((tax["amount"] for unit in units for tax in unit["taxes"]), ZERO)
    fees = sum((fee["amount"] for fee in payment["fees"]), ZERO)
    shipping: Decimal = payment["shipping_fee"] + payment["shipping_fee_tax"]
    return goods + tax + fees + shipping


def order(units: list[dict[str, Any]], payment: Mapping[str, Any]) -> OrderFetched:
    lines = [
        {"line_id": f"{n:02}", "currency": "USD", "original_price": "1", **unit}
        for n, unit in enumerate(units)
    ]
    return OrderFetched.model_validate(
        {
            "shop_id": "7495",
            "order_id": "1",
            "status": "AWAITING_SHIPMENT",
            "created_at": PLACED,
            "updated_at": PLACED,
            "asked_at": PLACED,
            "lines": lines,
            "payment": {"currency": "USD", **payment},
        }
    )


def translated(fetched: OrderFetched, discounts: str) -> ShopifyOrderDraft | OrderBlocked:
    return translate(Source(fetched, 1, shop({"settings": {"discounts": discounts}}), LINKS))


BOTH = st.sampled_from(["buyer_paid", "merchant_revenue"])
ORDERS = orders().map(lambda made: made[0])
MANY = settings(max_examples=40, deadline=None)


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


IDENTITIES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "sub_total": (
        {"original_total_product_price": "30.01"},
        {"sub_total": "-0.01", "lines_original_price": "0.01"},
    ),
    "shipping_fee": ({"original_shipping_fee": "9.99"}, {"shipping_fee": "-2.99"}),
    "total": ({"total": "31.57"}, {"total": "0.01"}),
    "the sum of prices": (
        {"sub_total": "25.01", "original_total_product_price": "30.01", "total": "31.57"},
        {"lines_original_price": "0.01", "lines_sum": "0.01"},
    ),
    "the sum of the seller's discounts": (
        {"seller_discount": "2.01", "sub_total": "24.99", "total": "31.55"},
        {"lines_seller_discount": "0.01", "lines_sum": "-0.01"},
    ),
    "the sum of the platform's discounts": (
        {"platform_discount": "3.01", "sub_total": "24.99", "total": "31.55"},
        {"lines_platform_discount": "0.01", "lines_sum": "-0.01"},
    ),
    "tax": ({"product_tax": "1.55"}, {"tax": "0.01", "item_tax": "-0.01"}),
    "item tax": ({"tax": "2.29", "product_tax": "1.57", "total": "31.57"}, {"item_tax": "0.01"}),
}
SOUND: dict[str, Any] = {
    "total": "31.56",
    "sub_total": "25.00",
    "original_total_product_price": "30.00",
    "seller_discount": "2.00",
    "platform_discount": "3.00",
    "shipping_fee": "4.00",
    "original_shipping_fee": "7.00",
    "shipping_fee_seller_discount": "1.00",
    "shipping_fee_platform_discount": "1.50",
    "shipping_fee_cofunded_discount": "0.50",
    "tax": "2.28",
    "product_tax": "1.56",
    "shipping_fee_tax": "0.72",
    "fees": [{"name": "retail_delivery_fee", "amount": "0.28"}],
}


def sound(**changes: Any) -> OrderFetched:
    unit = {
        "sku_id": "mug",
        "original_price": "15.00",
        "seller_discount": "1.00",
        "platform_discount": "1.50",
        "sale_price": "12.50",
        "taxes": [{"type": "SALES_TAX", "rate": "0.0625", "amount": "0.78"}],
    }
    return order([unit, unit], SOUND | changes)


def off(fetched: OrderFetched) -> dict[str, str]:
    failed = failed_identities(fetched, fetched.lines)
    return {entry.identity: str(entry.difference) for entry in failed}


def test_a_sound_order_keeps_every_identity() -> None:
    assert off(sound()) == {}


@pytest.mark.parametrize("identity", IDENTITIES)
def test_an_identity_that_fails_is_recorded_with_its_amount(identity: str) -> None:
    changes, difference = IDENTITIES[identity]
    assert off(sound(**changes)) == difference


def test_a_line_whose_discounts_do_not_add_up_is_recorded() -> None:
    fetched = sound()
    line = fetched.lines[0].model_copy(update={"original_price": Decimal("15.01")})
    changed = fetched.model_copy(update={"lines": (line, fetched.lines[1])})
    assert off(changed) == {"line_prices": "0.01", "lines_original_price": "-0.01"}


def test_lines_that_are_off_in_both_directions_are_recorded() -> None:
    fetched = sound()
    lines = [
        line.model_copy(update={"original_price": line.original_price + by})
        for line, by in zip(fetched.lines, (Decimal("0.01"), Decimal("-0.01")), strict=True)
    ]
    assert off(fetched.model_copy(update={"lines": tuple(lines)})) == {"line_prices": "0.02"}


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


def test_who_paid_which_discount_stays_with_the_draft() -> None:
    split = amounts.funded_discounts(sound().payment)
    assert split.model_dump() == {
        "seller": Decimal("2.00"),
        "platform": Decimal("3.00"),
        "payment_platform": Decimal(0),
        "shipping_seller": Decimal("1.00"),
        "shipping_platform": Decimal("1.50"),
        "shipping_cofunded": Decimal("0.50"),
    }


def test_a_rest_that_the_dearest_unit_is_just_worth_makes_it_free() -> None:
    units: list[dict[str, Any]] = [
        {"sku_id": sku, "sale_price": Decimal("0.50"), "taxes": []} for sku in ("mug", "cap", "pen")
    ]
    payment = {"total": "9.10", "sub_total": "1.50", "shipping_fee": "8.10", "fees": []}
    draft = translated(order(units, payment), "buyer_paid")
    assert isinstance(draft, ShopifyOrderDraft)
    assert [line.unit_price for line in draft.lines] == [ZERO, Decimal("0.50"), Decimal("0.50")]
    assert shown(draft) == draft.total == Decimal("9.10")


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


def test_a_rest_that_no_unit_is_worth_is_blocked() -> None:
    units: list[dict[str, Any]] = [
        {"sku_id": sku, "sale_price": Decimal("0.50"), "taxes": []} for sku in ("mug", "cap", "pen")
    ]
    payment = {"total": "9.00", "sub_total": "1.50", "shipping_fee": "8.10", "fees": []}
    fetched = order(units, payment)
    blocked = translated(fetched, "buyer_paid")
    assert isinstance(blocked, OrderBlocked)
    assert blocked.detail == "the rest is -0.60; total does not add up"


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
