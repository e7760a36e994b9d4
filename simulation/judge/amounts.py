"""What a TikTok order comes to, added up anew (Partner Center: Get Order List 202309)."""

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from simulation.plan import Json

ZERO = Decimal(0)
_NO_FEES = ("shipping_fee", "original_shipping_fee")
_SUMS = ("tax", "product_tax")
"""What other taxes of ``payment`` add up to."""


def amount(owner: Json, name: str) -> Decimal:
    """An amount as TikTok writes it; absent, empty or not a number counts as zero."""
    try:
        read = Decimal(str((owner or {}).get(name) or 0))
    except InvalidOperation:
        return ZERO
    return read if read.is_finite() else ZERO


def money(bag: Json) -> Decimal:
    """A MoneyBag of Shopify in the shop's currency."""
    return Decimal(bag["shopMoney"]["amount"])


def is_cancelled(line: Json) -> bool:
    """Whether this unit was cancelled."""
    return bool(line.get("display_status") == "CANCELLED")


def live_lines(raw: Json) -> list[Json]:
    """The units that were not cancelled; every line of TikTok is one unit."""
    return [line for line in raw.get("line_items") or [] if not is_cancelled(line)]


def line_tax(line: Json) -> Decimal:
    """All taxes of a unit."""
    return sum((amount(tax, "tax_amount") for tax in line.get("item_tax") or []), ZERO)


@dataclass(frozen=True, slots=True)
class Expected:
    """What Shopify has to show. ``prices``: how many units at each price."""

    total: Decimal
    tax: Decimal
    shipping: Decimal
    prices: Counter[Decimal]


def expected(raw: Json, *, is_revenue: bool) -> Expected | None:
    """None: TikTok's parts do not add up to its total, so a rest is carried somewhere.

    ``is_revenue``: discounts that TikTok pays are added back.
    """
    told, kept = raw.get("payment") or {}, live_lines(raw)
    tax = sum(map(line_tax, kept), ZERO) + _all_of(told, "tax", _SUMS)
    shipping = amount(told, "shipping_fee") + _all_of(told, "_fee", _NO_FEES)
    goods = sum((amount(line, "sale_price") for line in kept), ZERO)
    if goods + tax + shipping not in totals(raw):
        return None
    prices = Counter(
        amount(line, "sale_price") + _back(line, "platform_discount", is_revenue) for line in kept
    )
    shipping += _back(told, "shipping_fee_platform_discount", is_revenue)
    return Expected(prices_sum(prices) + tax + shipping, tax, shipping, prices)


def prices_sum(prices: Counter[Decimal]) -> Decimal:
    """What all units cost."""
    return sum((price * units for price, units in prices.items()), ZERO)


def _all_of(told: Json, ending: str, but: tuple[str, ...]) -> Decimal:
    return sum(
        (amount(told, name) for name in told if name.endswith(ending) and name not in but), ZERO
    )


def _back(owner: Json, name: str, is_revenue: bool) -> Decimal:
    return amount(owner, name) if is_revenue else ZERO


def totals(raw: Json) -> list[Decimal]:
    """What the buyer pays; whether `payment` still counts cancelled units is not documented."""
    total = amount(raw.get("payment") or {}, "total_amount")
    gone = [line for line in raw.get("line_items") or [] if is_cancelled(line)]
    return [
        total,
        total - sum((amount(line, "sale_price") + line_tax(line) for line in gone), ZERO),
    ]


def funded(raw: Json) -> Decimal:
    """All that TikTok or a payment platform paid of the order, at most."""
    told = raw.get("payment") or {}
    lines = sum((amount(line, "platform_discount") for line in live_lines(raw)), ZERO)
    return (
        lines
        + amount(told, "payment_platform_discount")
        + amount(told, "shipping_fee_platform_discount")
    )
