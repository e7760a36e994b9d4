"""The money of an order, to the cent (Partner Center: Get Order List 202309, `payment`).

1. sub_total = original_total_product_price - seller_discount - platform_discount
2. shipping_fee = original_shipping_fee - its seller and platform discounts
3. total_amount = sub_total + shipping_fee + tax + retail_delivery_fee (+ insurance and its tax)
4. line: sale_price = original_price - seller_discount - platform_discount
5. the lines' amounts add up to the payment's
6. tax = product_tax + shipping_fee_tax, and the lines' taxes add up to product_tax

Prices are before tax. Insurance is not in the documented total; that the buyer pays it is assumed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from simulators.tiktok.generate.basket import Unit
from simulators.tiktok.money import ZERO, cents, written


@dataclass(frozen=True, slots=True)
class Charges:
    """What is charged besides the goods."""

    tax_rate: Decimal = ZERO
    shipping: Decimal = ZERO
    shipping_seller_discount: Decimal = ZERO
    shipping_platform_discount: Decimal = ZERO
    retail_delivery_fee: Decimal = ZERO
    insurance: Decimal = ZERO

    @property
    def shipping_fee(self) -> Decimal:
        """What the buyer pays for shipping, before tax."""
        return self.shipping - self.shipping_seller_discount - self.shipping_platform_discount


def unit_tax(unit: Unit, charges: Charges) -> Decimal:
    """The sales tax of one unit."""
    return cents(unit.sale_price * charges.tax_rate)


def payment(units: Sequence[Unit], charges: Charges, currency: str) -> dict[str, str]:
    """The `payment` object for these units; a fee that is zero is left out."""
    goods = _goods(units)
    shipping = _shipping(charges)
    product_tax = sum((unit_tax(unit, charges) for unit in units), ZERO)
    shipping_tax = cents(charges.shipping_fee * charges.tax_rate)
    fees = _fees(charges)
    tax = product_tax + shipping_tax
    total = goods["sub_total"] + charges.shipping_fee + tax + sum(fees.values(), ZERO)
    amounts = {
        **goods,
        **shipping,
        "tax": tax,
        "product_tax": product_tax,
        "shipping_fee_tax": shipping_tax,
        **fees,
        "total_amount": total,
    }
    return {"currency": currency, **{name: written(value) for name, value in amounts.items()}}


def _goods(units: Sequence[Unit]) -> dict[str, Decimal]:
    return {
        "original_total_product_price": sum((unit.original_price for unit in units), ZERO),
        "seller_discount": sum((unit.seller_discount for unit in units), ZERO),
        "platform_discount": sum((unit.platform_discount for unit in units), ZERO),
        "sub_total": sum((unit.sale_price for unit in units), ZERO),
    }


def _shipping(charges: Charges) -> dict[str, Decimal]:
    return {
        "original_shipping_fee": charges.shipping,
        "shipping_fee_seller_discount": charges.shipping_seller_discount,
        "shipping_fee_platform_discount": charges.shipping_platform_discount,
        "shipping_fee_cofunded_discount": ZERO,
        "shipping_fee": charges.shipping_fee,
    }


def _fees(charges: Charges) -> dict[str, Decimal]:
    fees = {
        "retail_delivery_fee": charges.retail_delivery_fee,
        "item_insurance_fee": charges.insurance,
        "item_insurance_tax": cents(charges.insurance * charges.tax_rate),
    }
    return {name: fee for name, fee in fees.items() if fee}
