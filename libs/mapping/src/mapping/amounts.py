"""The money: which identities hold, what the total must be, and how a rest is carried."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from contracts.events import (
    Adjustment,
    DraftLine,
    DraftShippingLine,
    FundedDiscounts,
    OrderFetched,
    OrderLine,
    Payment,
)
from contracts.money import CENT, ZERO
from mapping.shipping import ADJUSTMENT_TITLE

LARGEST_REST: Final = Decimal("5.00")
LARGEST_SHARE: Final = Decimal("0.10")

_IS_ABOUT_MONEY: Final = re.compile(
    r"^(payment|line_items)(\[\d+\])?$"
    r"|^(payment|line_items\[\d+\])\..*(price|amount|fee|discount|tax|total)\w*(\[\d+\])?$"
)
"""Fields whose loss makes an amount unknown; a name that cannot be read stops no order."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An amount that cannot be used: which field, never its value."""

    field: str


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A rest too large to carry."""

    rest: Decimal


@dataclass(frozen=True, slots=True)
class Settled:
    """Lines and shipping lines that add up to ``total``, and how that was reached."""

    lines: tuple[DraftLine, ...]
    shipping_lines: tuple[DraftShippingLine, ...]
    total: Decimal
    total_identity: Literal["total", "total_less_cancelled"]
    adjustment: Adjustment | None


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


def failed_identities(order: OrderFetched) -> tuple[str, ...]:
    """The identities of Partner Center's price guide that this order does not keep.

    Several of them are inferred, so a failing one is recorded, never assumed away.
    """
    p = order.payment
    goods = [line.sale_price for line in order.lines]
    discounts = p.seller_discount + p.platform_discount
    shipping_discounts = (
        p.shipping_fee_seller_discount
        + p.shipping_fee_platform_discount
        + p.shipping_fee_cofunded_discount
    )
    fees = sum((fee.amount for fee in p.fees if fee.name == "retail_delivery_fee"), ZERO)
    identities = {
        "sub_total": p.sub_total == p.original_total_product_price - discounts,
        "shipping_fee": p.shipping_fee == p.original_shipping_fee - shipping_discounts,
        "total": p.total == p.sub_total + p.shipping_fee + p.tax + fees,
        "line_prices": all(_line_adds_up(line) for line in order.lines),
        "lines_sum": sum(goods, ZERO) == p.sub_total,
        "tax": p.tax == p.product_tax + p.shipping_fee_tax,
    }
    return tuple(name for name, holds in identities.items() if not holds)


def _line_adds_up(line: OrderLine) -> bool:
    discounts = line.seller_discount + line.platform_discount
    return line.sale_price == line.original_price - discounts


def funded_discounts(payment: Payment) -> FundedDiscounts:
    """Who paid which discount, for matching payouts."""
    return FundedDiscounts(
        seller=payment.seller_discount,
        platform=payment.platform_discount,
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
    lines: tuple[DraftLine, ...],
    shipping_lines: tuple[DraftShippingLine, ...],
    *,
    discounts: str,
    may_carry: bool,
) -> Settled | Mismatch:
    """Make the draft's parts add up to TikTok's total, or say that they cannot.

    A part-cancelled order's total may or may not have shrunk: whichever leaves the smaller rest
    is taken, and recorded.
    """
    parts = sum_of(lines, shipping_lines)
    identity, expected = min(
        _expected_totals(order, discounts), key=lambda candidate: abs(candidate[1] - parts)
    )
    rest = expected - parts
    if not rest:
        return Settled(lines, shipping_lines, expected, identity, None)
    if not may_carry or abs(rest) > LARGEST_REST or abs(rest) > LARGEST_SHARE * expected:
        return Mismatch(rest)
    return _carry(rest, Settled(lines, shipping_lines, expected, identity, None))


def _expected_totals(
    order: OrderFetched, discounts: str
) -> list[tuple[Literal["total", "total_less_cancelled"], Decimal]]:
    cancelled = [line for line in order.lines if line.is_cancelled]
    kept = [line for line in order.lines if not line.is_cancelled]
    total = order.payment.total
    if discounts == "merchant_revenue":
        total += sum((line.platform_discount for line in kept), ZERO)
        total += order.payment.shipping_fee_platform_discount
    candidates: list[tuple[Literal["total", "total_less_cancelled"], Decimal]] = [("total", total)]
    if cancelled:
        gone = sum((line.sale_price for line in cancelled), ZERO)
        gone += sum((tax.amount for line in cancelled for tax in line.taxes), ZERO)
        candidates.append(("total_less_cancelled", total - gone))
    return candidates


def _carry(rest: Decimal, settled: Settled) -> Settled | Mismatch:
    if rest > ZERO:
        line = DraftShippingLine(title=ADJUSTMENT_TITLE, price=rest)
        return Settled(
            settled.lines,
            (*settled.shipping_lines, line),
            settled.total,
            settled.total_identity,
            Adjustment(identity="total", amount=rest, carried_by="shipping_line"),
        )
    lines = _take_off_largest(settled.lines, -rest)
    if lines is None:
        return Mismatch(rest)
    return Settled(
        lines,
        settled.shipping_lines,
        settled.total,
        settled.total_identity,
        Adjustment(identity="total", amount=rest, carried_by="largest_line"),
    )


def _take_off_largest(
    lines: tuple[DraftLine, ...], amount: Decimal
) -> tuple[DraftLine, ...] | None:
    """One unit of the line with the dearest unit carries it, so nothing is divided."""
    dearest = max(range(len(lines)), key=lambda n: lines[n].unit_price)
    line = lines[dearest]
    if line.unit_price < amount:
        return None
    if line.quantity == 1:
        reduced = [line.model_copy(update={"unit_price": line.unit_price - amount})]
    else:
        reduced = _split_one_off(line, amount)
    return (*lines[:dearest], *reduced, *lines[dearest + 1 :])


def _split_one_off(line: DraftLine, amount: Decimal) -> list[DraftLine]:
    """The line less one unit, keeping its taxes, and that unit, cheaper and without taxes."""
    rest = line.model_copy(update={"quantity": line.quantity - 1, "line_ids": line.line_ids[:-1]})
    one = line.model_copy(
        update={
            "quantity": 1,
            "line_ids": line.line_ids[-1:],
            "unit_price": line.unit_price - amount,
            "taxes": (),
        }
    )
    return [rest, one]
