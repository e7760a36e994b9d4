"""To the cent: each Shopify order has the amounts of a TikTok version that was known by then."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from simulation.evidence import Failure
from simulation.judge.amounts import Expected, amount, expected, funded, live_lines, money, totals
from simulation.judge.wishes import Wishes
from simulation.judge.world import Made, Tiktok, nodes
from simulation.plan import Json

PROMISE = "to the cent"
_CARRIED = Decimal(5)
"""The largest rest that may be carried (docs/mapping.md, *rest of exactly five*)."""


def money_failures(orders: list[Made], tiktok: Tiktok, wishes: Wishes) -> Iterator[Failure]:
    """Of each order as it was first seen: what a merchant edits later is the merchant's."""
    for made in orders:
        known = tiktok.until(made.order_id, made.seen_at)
        if known and not _is_edited(made.first):
            yield from _compared(made, known, _ways(wishes, tiktok.shops[made.order_id]))


def _is_edited(shown: Json) -> bool:
    # Where nobody looked before the merchant edited, how it was made is no longer to be seen.
    return any(done["operation"] == "orderEditCommit" for done in shown["history"])


def _ways(wishes: Wishes, shop_id: str) -> list[bool]:
    # A change of the setting holds for what is drafted after it; when that was is not to be seen
    # from outside, so any value that it ever had may have been in force.
    values = wishes.values(shop_id, "discounts", "buyer_paid")
    return list(dict.fromkeys(value == "merchant_revenue" for value in values))


def _compared(made: Made, known: list[Json], ways: list[bool]) -> Iterator[Failure]:
    shown = as_shown(made.first["order"])
    differences = [difference(raw, shown, is_revenue=way) for raw in known for way in ways]
    if all(differences):
        yield Failure(PROMISE, made.about, differences[-1])


def as_shown(order: Json) -> Expected:
    """The amounts that a Shopify order shows."""
    prices: Counter[Decimal] = Counter()
    for line in nodes(order, "lineItems"):
        prices[money(line["originalUnitPriceSet"])] += line["quantity"]
    shipping = sum(
        (money(line["originalPriceSet"]) for line in nodes(order, "shippingLines")), Decimal(0)
    )
    total, tax = money(order["originalTotalPriceSet"]), money(order["totalTaxSet"])
    return Expected(total, tax, shipping, prices)


def difference(raw: Json, shown: Expected, *, is_revenue: bool) -> str:
    """What Shopify shows otherwise than this version has it; "" when nothing."""
    wanted = expected(raw, is_revenue=is_revenue)
    if wanted is None or _is_special(raw):
        return _rough(raw, shown, is_revenue=is_revenue)
    if _is_bundled(raw):
        # The parts of an exploded bundle share its price; the sums remain.
        return _apart(wanted, shown, ("total", "tax", "shipping"))
    return _apart(wanted, shown, ("total", "tax", "shipping", "prices"))


def _is_special(raw: Json) -> bool:
    # What a sample or an exchange shows of its list prices is for the shop to say.
    flags = ("is_sample_order", "is_exchange_order", "is_replacement_order")
    discounted = amount(raw.get("payment") or {}, "payment_platform_discount") != 0
    return discounted or any(raw.get(flag) for flag in flags)


def _is_bundled(raw: Json) -> bool:
    return any(line.get("combined_listing_skus") for line in live_lines(raw))


def _apart(wanted: Expected, shown: Expected, names: tuple[str, ...]) -> str:
    apart = [name for name in names if getattr(wanted, name) != getattr(shown, name)]
    return "; ".join(
        f"{name} is {_said(getattr(shown, name))}, has to be {_said(getattr(wanted, name))}"
        for name in apart
    )


def _said(value: Decimal | Counter[Decimal]) -> str:
    if isinstance(value, Counter):
        return ", ".join(f"{units} x {price}" for price, units in sorted(value.items()))
    return str(value)


def _rough(raw: Json, shown: Expected, *, is_revenue: bool) -> str:
    # How a rest is carried, and what of a payment platform's discount the total holds, is open
    # (docs/decisions/0070): the total is TikTok's all the same, up to what TikTok funded.
    above = funded(raw) if is_revenue else Decimal(0)
    if any(0 <= shown.total - total <= above for total in totals(raw)):
        return ""
    if is_revenue and any(abs(shown.total - total) <= above + _CARRIED for total in totals(raw)):
        return ""
    return f"total is {shown.total}, has to be one of {', '.join(map(str, totals(raw)))}"
