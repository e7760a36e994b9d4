"""What an order costs: subtotal, discount, shipping, tax, total.

subtotal = lines less the discount code; total = subtotal + shipping + tax, or without the tax when
prices include it. No tax is ever computed.
"""

from dataclasses import dataclass
from decimal import Decimal

from simulators.shopify.orders.lines import Priced, shares
from simulators.shopify.store.money import ZERO, Bag, Currencies, total
from simulators.shopify.store.records import Record

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Pricing:
    """All sums of an order."""

    subtotal: Bag
    discount: Bag
    shipping: Bag
    tax: Bag
    total: Bag

    def records(self, currencies: Currencies) -> Record:
        """The MoneyBags of an Order that follow from these sums."""
        total_set, tax_set = currencies.write(self.total), currencies.write(self.tax)
        subtotal_set = currencies.write(self.subtotal)
        return {
            "subtotalPriceSet": subtotal_set,
            "currentSubtotalPriceSet": subtotal_set,
            "totalDiscountsSet": currencies.write(self.discount),
            "totalShippingPriceSet": currencies.write(self.shipping),
            "totalTaxSet": tax_set,
            "currentTotalTaxSet": tax_set,
            "totalPriceSet": total_set,
            "originalTotalPriceSet": total_set,
            "currentTotalPriceSet": total_set,
        }


def price_order(
    order: Record, lines: list[Priced], shipping: list[Priced], order_tax: Bag, money: Currencies
) -> Pricing:
    """Adds up, and writes the discount's allocations into the lines."""
    goods = total(line.amount for line in lines)
    carriage = total(line.amount for line in shipping)
    code = order.get("discountCode") or {}
    off_goods = _off_goods(code, goods, money)
    _allocate(off_goods, lines, money)
    off_shipping = carriage if code.get("freeShippingDiscountCode") else ZERO
    tax = total(line.tax for line in (*lines, *shipping)).plus(order_tax)
    subtotal = goods.minus(off_goods)
    paid_shipping = carriage.minus(off_shipping)
    added_tax = ZERO if order.get("taxesIncluded") else tax
    return Pricing(
        subtotal=subtotal,
        discount=off_goods.plus(off_shipping),
        shipping=paid_shipping,
        tax=tax,
        total=subtotal.plus(paid_shipping).plus(added_tax),
    )


def _off_goods(code: Record, goods: Bag, money: Currencies) -> Bag:
    fixed, percentage = code.get("itemFixedDiscountCode"), code.get("itemPercentageDiscountCode")
    if fixed:
        off = money.read(fixed.get("amountSet"))
        return Bag(min(off.shop, goods.shop), min(off.presentment, goods.presentment))
    if percentage:
        return goods.times(Decimal(str(percentage.get("percentage") or 0)) / _HUNDRED).to_cents()
    return ZERO


def _allocate(discount: Bag, lines: list[Priced], money: Currencies) -> None:
    if discount == ZERO:
        return
    for line, share in zip(lines, shares(discount, [line.amount for line in lines]), strict=True):
        line.record["discountAllocations"] = [{"allocatedAmountSet": money.write(share)}]


def discount_codes(order: Record) -> list[str]:
    """The codes an order carries."""
    given = (order.get("discountCode") or {}).values()
    return [discount["code"] for discount in given if discount is not None]
