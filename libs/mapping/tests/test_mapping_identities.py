"""What TikTok's amounts say of one another, and which of it does not add up."""

from decimal import Decimal
from typing import Any

import pytest
from libs.mapping.tests.money_orders import order

from mapping import amounts
from mapping.identities import failed_identities
from ordersync_contracts.events import OrderFetched

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
