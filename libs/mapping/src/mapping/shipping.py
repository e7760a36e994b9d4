"""Delivery option and fees → shipping lines: always one first line, then one per fee."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from mapping.lines import rate_of
from ordersync_contracts.events import (
    DraftShippingLine,
    DraftTax,
    Fee,
    OrderFetched,
    OrderLine,
    Payment,
)
from ordersync_contracts.money import ZERO

SHIPPING_METHODS: Final = {"SELLER": "Seller Shipping", "TIKTOK": "TikTok Shipping"}
ADJUSTMENT_TITLE: Final = "TikTok Shop adjustment"
TAX_TITLE: Final = "Sales tax"
RETAIL_DELIVERY_FEE: Final = "retail_delivery_fee"
FEE_TITLES: Final = {
    RETAIL_DELIVERY_FEE: "Retail delivery fee",
    "item_insurance_fee": "Item insurance fee",
    "shipping_insurance_fee": "Shipping insurance fee",
    "handling_fee": "Handling fee",
    "small_order_fee": "Small order fee",
    "buyer_service_fee": "Buyer service fee",
    "payment_discount_service_fee": "Payment discount service fee",
    "distance_fee": "Distance fee",
    "distance_shipping_fee": "Distance shipping fee",
}


def shipping_method(order: OrderFetched) -> str:
    """Who ships: "Seller Shipping", "TikTok Shipping", or an unknown type as TikTok sends it."""
    return SHIPPING_METHODS.get(order.shipping_type, order.shipping_type) or "Seller Shipping"


def shipping_price(payment: Payment, discounts: str) -> Decimal:
    """The shipping the buyer paid; as merchant revenue plus the discount TikTok funds."""
    if discounts == "merchant_revenue":
        return payment.shipping_fee + payment.shipping_fee_platform_discount
    return payment.shipping_fee


def to_shipping_lines(order: OrderFetched, discounts: str) -> tuple[DraftShippingLine, ...]:
    """The delivery option with the shipping paid, also 0.00; then every fee by its own name."""
    payment = order.payment
    price = shipping_price(payment, discounts)
    first = DraftShippingLine(
        title=order.delivery_option_name or shipping_method(order),
        price=price,
        taxes=_tax_on(price, payment.shipping_fee_tax),
    )
    return (first, *(_fee_line(fee, payment.fees) for fee in payment.fees if is_shown(fee)))


def with_untold_fee(order: OrderFetched, counted: Sequence[OrderLine]) -> OrderFetched | None:
    """The order with the retail delivery fee that only its lines name; None when there is none.

    ``counted``: the lines that ``payment`` counts (US: ``line_items[].retail_delivery_fee``).
    """
    payment = order.payment
    on_lines = sum((line.retail_delivery_fee for line in counted), ZERO)
    if on_lines <= ZERO or any(fee.name == RETAIL_DELIVERY_FEE for fee in payment.fees):
        return None
    fees = (*payment.fees, Fee(name=RETAIL_DELIVERY_FEE, amount=on_lines))
    return order.model_copy(update={"payment": payment.model_copy(update={"fees": fees})})


def _fee_line(fee: Fee, fees: tuple[Fee, ...]) -> DraftShippingLine:
    tax_name = fee.name.removesuffix("_fee") + "_tax"
    tax = sum((other.amount for other in fees if other.name == tax_name), ZERO)
    return DraftShippingLine(title=fee_title(fee), price=fee.amount, taxes=_tax_on(fee.amount, tax))


def fee_title(fee: Fee) -> str:
    """The fee as Shopify shows it; an unknown one under TikTok's own name."""
    return FEE_TITLES.get(fee.name) or fee.name.replace("_", " ").capitalize()


def is_shown(fee: Fee) -> bool:
    """Whether the fee is a shipping line of its own: a tax of a fee is part of that fee's."""
    return fee.amount > ZERO and not fee.name.endswith("_tax")


def _tax_on(price: Decimal, amount: Decimal) -> tuple[DraftTax, ...]:
    if not amount:
        return ()
    return (DraftTax(title=TAX_TITLE, rate=rate_of(amount, price), amount=amount),)
