"""The money: what the total must be, and how a rest is carried."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from mapping.identities import cause_of, item_taxes
from mapping.readings import Reading, TotalIdentity, counted, readings
from mapping.shipping import ADJUSTMENT_TITLE
from ordersync_contracts.events import (
    Adjustment,
    DraftLine,
    DraftShippingLine,
    FundedDiscounts,
    OrderFetched,
    OrderLine,
    Payment,
)
from ordersync_contracts.money import CENT, ZERO

LARGEST_REST: Final = Decimal("5.00")
LARGEST_SHARE: Final = Decimal("0.10")

_IS_ABOUT_MONEY: Final = re.compile(
    r"^(payment|line_items)(\[\d+\])?$"
    r"|^(payment|line_items\[\d+\])\."
    r"(?!.*(tax_rate|original_\w+|gift_retail_price)(\[\d+\])?$)"
    r".*(price|amount|fee|discount|tax|total)\w*(\[\d+\])?$"
)
"""Fields whose loss makes an amount unknown; a name that cannot be read stops no order.

Nor does what no amount in Shopify is made of: a tax's rate follows from its amount, and the price
before discounts is only compared.
"""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An amount that cannot be used: which field, never its value."""

    field: str


Parts = tuple[tuple[DraftLine, ...], tuple[DraftShippingLine, ...]]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A rest too large to carry, and the identity it comes from."""

    rest: Decimal
    identity: str


@dataclass(frozen=True, slots=True)
class Settled:
    """Lines and shipping lines that add up to ``total``, and how that was reached.

    ``counted``: the lines that TikTok's payment counts, as far as its total tells.
    """

    lines: tuple[DraftLine, ...]
    shipping_lines: tuple[DraftShippingLine, ...]
    total: Decimal
    total_identity: TotalIdentity
    counted: tuple[OrderLine, ...]
    adjustment: Adjustment | None = None


def first_unreadable(order: OrderFetched) -> Unreadable | None:
    """The first amount that is missing, negative or finer than a cent; None when all are fine.

    Amounts without a currency are none.
    """
    if not order.payment.currency:
        return Unreadable("payment.currency")
    for problem in order.problems:
        if _IS_ABOUT_MONEY.search(problem):
            return Unreadable(problem)
    for field, amount in _amounts(order):
        if amount < ZERO or amount != amount.quantize(CENT):
            return Unreadable(field)
    return None


def _amounts(order: OrderFetched) -> Iterator[tuple[str, Decimal]]:
    payment = order.payment
    yield "payment.total_amount", payment.total
    yield "payment.shipping_fee", payment.shipping_fee
    yield "payment.shipping_fee_tax", payment.shipping_fee_tax
    for fee in payment.fees:
        yield f"payment.{fee.name}", fee.amount
    for n, line in enumerate(order.lines):
        yield f"line_items[{n}].sale_price", line.sale_price
        yield f"line_items[{n}].platform_discount", line.platform_discount
        for m, tax in enumerate(line.taxes):
            yield f"line_items[{n}].item_tax[{m}].tax_amount", tax.amount


def funded_discounts(payment: Payment) -> FundedDiscounts:
    """Who paid which discount, for matching payouts."""
    return FundedDiscounts(
        seller=payment.seller_discount,
        platform=payment.platform_discount,
        payment_platform=payment.payment_platform_discount,
        shipping_seller=payment.shipping_fee_seller_discount,
        shipping_platform=payment.shipping_fee_platform_discount,
        shipping_cofunded=payment.shipping_fee_cofunded_discount,
    )


def sum_of(lines: Sequence[DraftLine], shipping_lines: Sequence[DraftShippingLine]) -> Decimal:
    """What Shopify will show as the total: lines, shipping and taxes."""
    goods = sum((line.unit_price * line.quantity for line in lines), ZERO)
    shipping = sum((line.price for line in shipping_lines), ZERO)
    taxed = (*(line.taxes for line in lines), *(line.taxes for line in shipping_lines))
    return goods + shipping + sum((tax.amount for taxes in taxed for tax in taxes), ZERO)


def settle(
    order: OrderFetched,
    to_parts: Callable[[OrderFetched], Parts],
    *,
    discounts: str,
    may_carry: bool,
) -> Settled | Mismatch:
    """Make the draft's parts add up to TikTok's total, or say that they cannot.

    Of the ways to read the payment the first with the smallest rest is taken, and recorded.
    """
    rest, settled = _closest(
        _settled(order, reading, to_parts(reading.order), discounts) for reading in readings(order)
    )
    if not rest:
        return settled
    cause = cause_of(rest, order, settled.counted)
    largest = min(LARGEST_REST, LARGEST_SHARE * order.payment.total)
    if not may_carry or abs(rest) > largest:
        return Mismatch(rest, cause)
    return _carry(rest, cause, settled)


def _closest(ways: Iterable[Settled]) -> tuple[Decimal, Settled]:
    """The first way without a rest, else the first with the smallest; the rest beside it."""
    found: list[tuple[Decimal, Settled]] = []
    for way in ways:
        rest = way.total - sum_of(way.lines, way.shipping_lines)
        if not rest:
            return rest, way
        found.append((rest, way))
    return min(found, key=lambda way: abs(way[0]))


def _settled(order: OrderFetched, reading: Reading, parts: Parts, discounts: str) -> Settled:
    read = reading.order
    total = read.payment.total
    if discounts == "merchant_revenue":
        kept = [line for line in read.lines if not line.is_cancelled]
        total += sum((line.platform_discount for line in kept), ZERO)
        total += read.payment.shipping_fee_platform_discount
    if reading.identity == "total_less_cancelled":
        gone = [line for line in read.lines if line.is_cancelled]
        total -= sum((line.sale_price for line in gone), ZERO) + item_taxes(gone)
    return Settled(*parts, total, reading.identity, counted(order, reading.identity))


def _carry(rest: Decimal, cause: str, settled: Settled) -> Settled | Mismatch:
    if rest > ZERO:
        line = DraftShippingLine(title=ADJUSTMENT_TITLE, price=rest)
        return replace(
            settled,
            shipping_lines=(*settled.shipping_lines, line),
            adjustment=Adjustment(identity=cause, amount=rest, carried_by="shipping_line"),
        )
    lines = _take_off_largest(settled.lines, -rest)
    if lines is None:
        return Mismatch(rest, cause)
    return replace(
        settled,
        lines=lines,
        adjustment=Adjustment(identity=cause, amount=rest, carried_by="largest_line"),
    )


def _take_off_largest(
    lines: tuple[DraftLine, ...], amount: Decimal
) -> tuple[DraftLine, ...] | None:
    """One unit of the line with the dearest unit carries it, so nothing is divided."""
    dearest = max(range(len(lines)), key=lambda n: lines[n].unit_price, default=0)
    if not lines or lines[dearest].unit_price < amount:
        return None
    line = lines[dearest]
    if line.quantity == 1:
        reduced = [line.model_copy(update={"unit_price": line.unit_price - amount})]
    else:
        reduced = _split_one_off(line, amount)
    return (*lines[:dearest], *reduced, *lines[dearest + 1 :])


def _split_one_off(line: DraftLine, amount: Decimal) -> list[DraftLine]:
    """The line less one unit, keeping its taxes, and that unit, cheaper and without taxes."""
    rest = line.model_copy(update={"quantity": line.quantity - 1, "line_ids": line.line_ids[:-1]})
    single = line.model_copy(
        update={
            "quantity": 1,
            "line_ids": line.line_ids[-1:],
            "unit_price": line.unit_price - amount,
            "taxes": (),
        }
    )
    return [rest, single]
