"""TikTok's units → Shopify's lines: equal units become one line with a quantity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from ordersync_contracts.events import DraftLine, DraftTax, ItemTax, OrderLine
from ordersync_contracts.money import CENT, ZERO

TAX_TITLES: Final = {"SALES_TAX": "Sales tax"}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What makes two units one line; the rates, not the amounts, of their taxes."""

    sku_id: str
    variant_id: str | None
    unit_price: Decimal
    title: str
    variant_title: str
    sku: str
    is_gift: bool
    tax_kinds: tuple[tuple[str, Decimal], ...]


def unit_price(line: OrderLine, discounts: str) -> Decimal:
    """What one unit counts for in Shopify, before tax.

    ``buyer_paid``: what the buyer paid (``sale_price``). ``merchant_revenue``: plus the discount
    that TikTok funds and reimburses (``platform_discount``).
    """
    if discounts == "merchant_revenue":
        return line.sale_price + line.platform_discount
    return line.sale_price


def to_lines(
    lines: Sequence[OrderLine], links: Mapping[str, str], discounts: str
) -> tuple[DraftLine, ...]:
    """The Shopify lines of all units that are not cancelled, in the order of their first unit."""
    groups: dict[_Kind, list[OrderLine]] = {}
    for line in sorted(lines, key=lambda unit: unit.line_id):
        if not line.is_cancelled:
            groups.setdefault(_kind(line, links, discounts), []).append(line)
    return tuple(_to_line(kind, units) for kind, units in groups.items())


def _kind(line: OrderLine, links: Mapping[str, str], discounts: str) -> _Kind:
    price = unit_price(line, discounts)
    return _Kind(
        sku_id=line.sku_id,
        variant_id=links.get(line.sku_id),
        unit_price=price,
        title=line.product_name or f"TikTok item {line.sku_id}",
        variant_title=line.sku_name,
        sku=line.seller_sku,
        is_gift=line.is_gift,
        tax_kinds=tuple((tax.type, tax_rate(tax, line, price)) for tax in line.taxes),
    )


def _to_line(kind: _Kind, units: Sequence[OrderLine]) -> DraftLine:
    return DraftLine(
        variant_id=kind.variant_id,
        title=kind.title,
        variant_title=kind.variant_title,
        sku=kind.sku,
        sku_id=kind.sku_id,
        quantity=len(units),
        unit_price=kind.unit_price,
        taxes=tuple(
            DraftTax(
                title=tax_title(type_),
                rate=rate,
                amount=sum((unit.taxes[n].amount for unit in units), ZERO),
            )
            for n, (type_, rate) in enumerate(kind.tax_kinds)
        ),
        line_ids=tuple(unit.line_id for unit in units),
        is_gift=kind.is_gift,
    )


def tax_title(type_: str) -> str:
    """The tax as Shopify shows it; an unknown type under TikTok's own name."""
    return TAX_TITLES.get(type_) or type_.replace("_", " ").capitalize() or "Tax"


def tax_rate(tax: ItemTax, line: OrderLine, price: Decimal) -> Decimal:
    """The rate TikTok gives where its amount bears it out, else what the amount comes to.

    TikTok documents no unit, and a percentage would be a hundredfold (four decimals).
    """
    if tax.rate is not None and _is_borne_out(tax.rate, tax.amount, line):
        return tax.rate
    return rate_of(tax.amount, price)


def _is_borne_out(rate: Decimal, amount: Decimal, line: OrderLine) -> bool:
    """Whether the rate is about what the amount is of one of the unit's prices.

    The base is not known either (before or after whose discount), hence the factor of two.
    """
    prices = (
        line.sale_price,
        line.sale_price + line.platform_discount,
        line.original_price or line.sale_price,
    )
    least, most = rate * min(prices) / 2 - CENT, rate * max(prices) * 2 + CENT
    return ZERO <= rate <= 1 and (not max(prices) or least <= amount <= most)


def rate_of(amount: Decimal, price: Decimal) -> Decimal:
    """The rate at which ``amount`` is a tax on ``price``; 0 on a price of 0."""
    return (amount / price).quantize(Decimal("0.0001")) if price else ZERO
