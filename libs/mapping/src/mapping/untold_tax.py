"""Tax that TikTok names only for the whole order: put on the units and the shipping it is of.

Goods are taxed first: untold tax is on them in proportion to what the buyer paid for each unit, to
the cent, unless ``payment`` itself says that it is on shipping, or the goods cost nothing.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from mapping.identities import item_taxes
from mapping.sharing import in_place, shares
from ordersync_contracts.events import ItemTax, OrderFetched, OrderLine, Payment
from ordersync_contracts.money import CENT, ZERO

TYPE: Final = "SALES_TAX"
_RATE: Final = Decimal("0.0001")


def with_untold_tax(order: OrderFetched, counted: Sequence[OrderLine]) -> OrderFetched | None:
    """The order with every tax where it belongs; None when each is told already.

    ``counted``: the lines that ``payment`` counts. Lines that name a tax keep theirs, and those
    beside them that name none stay exempt.
    """
    p = order.payment
    goods = _on_goods(p, counted)
    shipping = _on_shipping(p, counted, goods + item_taxes(counted))
    untold = goods + shipping
    if untold <= ZERO or untold != untold.quantize(CENT):
        return None
    lines = in_place(order.lines, _shared_out(goods, counted))
    payment = p.model_copy(update={"shipping_fee_tax": p.shipping_fee_tax + shipping})
    return order.model_copy(update={"lines": lines, "payment": payment})


def _on_goods(p: Payment, counted: Sequence[OrderLine]) -> Decimal:
    if any(line.taxes for line in counted) or not any(line.sale_price for line in counted):
        return ZERO
    return max(ZERO, p.product_tax or p.tax - p.shipping_fee_tax)


def _on_shipping(p: Payment, counted: Sequence[OrderLine], on_goods: Decimal) -> Decimal:
    """What is left of the tax, if ``payment`` names none of the shipping or the goods are free."""
    is_named = p.shipping_fee_tax and any(line.sale_price for line in counted)
    return ZERO if is_named else max(ZERO, p.tax - p.shipping_fee_tax - on_goods)


def _shared_out(tax: Decimal, lines: Sequence[OrderLine]) -> list[tuple[OrderLine, OrderLine]]:
    if not tax:
        return []
    goods = sum((line.sale_price for line in lines), ZERO)
    rate = (tax / goods).quantize(_RATE)
    return [(line, _taxed(line, part, rate)) for line, part in shares(tax, lines)]


def _taxed(line: OrderLine, amount: Decimal, rate: Decimal) -> OrderLine:
    if not line.sale_price:
        return line
    tax = ItemTax(type=TYPE, rate=rate, amount=amount)
    return line.model_copy(update={"taxes": (tax,)})
