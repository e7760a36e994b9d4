"""How an order's amounts should compose, which of that fails and by how much.

Partner Center: Order price guide, Price details of orders. Several equations are inferred, so a
failing one is recorded, never assumed away.
"""

from collections.abc import Sequence
from decimal import Decimal

from ordersync_contracts.events import FailedIdentity, OrderFetched, OrderLine, Payment
from ordersync_contracts.money import ZERO


def failed_identities(
    order: OrderFetched, counted: Sequence[OrderLine]
) -> tuple[FailedIdentity, ...]:
    """The identities that this order does not keep, with what each is off by.

    ``counted``: the lines that ``payment`` counts; after a part-cancellation perhaps not all.
    """
    found = {**_of_payment(order.payment), **_of_lines(order.payment, counted)}
    return tuple(FailedIdentity(identity=name, difference=by) for name, by in found.items() if by)


def _of_payment(p: Payment) -> dict[str, Decimal]:
    """What each total has beyond the parts that should make it."""
    discounts = p.seller_discount + p.platform_discount
    shipping_discounts = (
        p.shipping_fee_seller_discount
        + p.shipping_fee_platform_discount
        + p.shipping_fee_cofunded_discount
    )
    fees = sum((fee.amount for fee in p.fees if fee.name == "retail_delivery_fee"), ZERO)
    return {
        "sub_total": p.sub_total - (p.original_total_product_price - discounts),
        "shipping_fee": p.shipping_fee - (p.original_shipping_fee - shipping_discounts),
        "total": _off_total(p, p.sub_total + p.shipping_fee + p.tax + fees),
        "tax": p.tax - (p.product_tax + p.shipping_fee_tax),
    }


def _off_total(p: Payment, parts: Decimal) -> Decimal:
    """With or without the payment platform's discount: no source says that US totals are less."""
    told = p.total - parts
    return min(told + p.payment_platform_discount, told, key=abs)


def _of_lines(p: Payment, lines: Sequence[OrderLine]) -> dict[str, Decimal]:
    """What ``payment`` has beyond its lines; ``line_prices`` sums what single lines are off by."""
    return {
        "line_prices": sum((abs(_off_by(line)) for line in lines), ZERO),
        "lines_original_price": p.original_total_product_price
        - sum((line.original_price for line in lines), ZERO),
        "lines_seller_discount": p.seller_discount
        - sum((line.seller_discount for line in lines), ZERO),
        "lines_platform_discount": p.platform_discount
        - sum((line.platform_discount for line in lines), ZERO),
        "lines_sum": p.sub_total - sum((line.sale_price for line in lines), ZERO),
        "item_tax": p.product_tax - item_taxes(lines),
    }


def _off_by(line: OrderLine) -> Decimal:
    discounts = line.seller_discount + line.platform_discount
    return line.sale_price - (line.original_price - discounts)


def item_taxes(lines: Sequence[OrderLine]) -> Decimal:
    """What the lines name as their taxes, together."""
    return sum((tax.amount for line in lines for tax in line.taxes), ZERO)


def cause_of(rest: Decimal, order: OrderFetched, counted: Sequence[OrderLine]) -> str:
    """The identity that most of a rest comes from.

    A rest is what the goods lack of the sub-total, plus what the named taxes lack of the tax, plus
    what sub-total, shipping, tax and fees lack of the total.
    """
    p = order.payment
    goods = p.sub_total - sum((line.sale_price for line in counted), ZERO)
    taxes = p.tax - item_taxes(counted) - p.shipping_fee_tax
    has_split = p.tax == p.product_tax + p.shipping_fee_tax
    parts = {
        "total": rest - goods - taxes,
        "lines_sum": goods,
        "item_tax" if has_split else "tax": taxes,
    }
    return max(parts, key=lambda name: abs(parts[name]))
