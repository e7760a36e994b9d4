"""The payment platform's discount: taken off what the buyer paid, reimbursed like TikTok's own.

Partner Center, Get Order Detail 202507: ``payment.payment_platform_discount``, "discount applied to
the order funded by a payment platform". It is named only for the whole order.
"""

from collections.abc import Sequence
from decimal import Decimal

from mapping.sharing import in_place, shares
from ordersync_contracts.events import OrderFetched, OrderLine
from ordersync_contracts.money import CENT, ZERO


def with_payment_discount(order: OrderFetched, counted: Sequence[OrderLine]) -> OrderFetched | None:
    """The order with this discount among those that TikTok funds; None when there is none.

    It is shared out over the goods in proportion to what the buyer paid for each; what is above
    their price is taken off the shipping. ``counted``: the lines that ``payment`` counts.
    """
    payment = order.payment
    discount = payment.payment_platform_discount
    on_goods = min(discount, sum((line.sale_price for line in counted), ZERO))
    on_shipping = discount - on_goods
    if not _is_usable(discount) or on_shipping > payment.shipping_fee:
        return None
    parts = shares(on_goods, counted) if on_goods else []
    less = [(line, _less(line, part)) for line, part in parts]
    shipping = {
        "shipping_fee": payment.shipping_fee - on_shipping,
        "shipping_fee_platform_discount": payment.shipping_fee_platform_discount + on_shipping,
    }
    return order.model_copy(
        update={
            "lines": in_place(order.lines, less),
            "payment": payment.model_copy(update=shipping),
        }
    )


def _is_usable(discount: Decimal) -> bool:
    return discount > ZERO and discount == discount.quantize(CENT)


def _less(line: OrderLine, part: Decimal) -> OrderLine:
    prices = {
        "sale_price": line.sale_price - part,
        "platform_discount": line.platform_discount + part,
    }
    return line.model_copy(update=prices)
