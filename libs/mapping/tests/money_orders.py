"""Orders of all kinds of money, made by chance, and what becomes of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from libs.mapping.tests.golden_cases import shop

from mapping.draft import Source, translate
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
