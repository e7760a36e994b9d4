"""What is in an order: one unit per line, as TikTok lists them."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from simulators.tiktok.catalogue import Sku
from simulators.tiktok.money import ZERO, cents


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of one SKU; prices before tax, discounts per unit."""

    sku: Sku
    original_price: Decimal
    seller_discount: Decimal = ZERO
    platform_discount: Decimal = ZERO
    is_gift: bool = False
    is_cancelled: bool = False

    @property
    def sale_price(self) -> Decimal:
        """What the buyer pays for it, before tax."""
        return self.original_price - self.seller_discount - self.platform_discount


Basket = tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Shelves:
    """The catalogue as the generator uses it: what Shopify knows too, and what it does not."""

    linked: tuple[Sku, ...]
    unlinked: tuple[Sku, ...]


def shelves(skus: Sequence[Sku]) -> Shelves:
    """Sorts a catalogue; made-up SKUs stand in for what it lacks."""
    linked = tuple(sku for sku in skus if not sku.unlinked)
    unlinked = tuple(sku for sku in skus if sku.unlinked)
    return Shelves(linked or _MADE_UP, unlinked or (_UNKNOWN_TO_SHOPIFY,))


_MADE_UP = tuple(
    Sku(f"27293824768529215{n}0", f"17295827183123801{n}0", f"Product {n}", name, f"SKU-{n}", price)
    for n, name, price in (
        (1, "Black, M", Decimal("19.99")),
        (2, "White, L", Decimal("34.5")),
        (3, "Default", Decimal("7.25")),
    )
)
_UNKNOWN_TO_SHOPIFY = Sku(
    "2729382476852999990",
    "1729582718312399990",
    "Only on TikTok Shop",
    "Default",
    "TIKTOK-ONLY-1",
    Decimal("12.34"),
    unlinked=True,
)


def single(stock: Shelves, dice: random.Random) -> Basket:
    """A single unit."""
    return (_unit(dice.choice(stock.linked)),)


def several(stock: Shelves, dice: random.Random) -> Basket:
    """Two or three different SKUs, as far as there are."""
    count = min(len(stock.linked), dice.choice((2, 3)))
    chosen = [_unit(sku) for sku in dice.sample(stock.linked, count)]
    return tuple(chosen if count > 1 else chosen * 2)


def many_of_one(stock: Shelves, dice: random.Random) -> Basket:
    """Two to five units of one SKU: as many lines."""
    return (_unit(dice.choice(stock.linked)),) * dice.randint(2, 5)


def two_prices(stock: Shelves, dice: random.Random) -> Basket:
    """Two units of one SKU, one of them at a flash-sale price."""
    unit = _unit(dice.choice(stock.linked))
    return unit, replace(unit, seller_discount=_share(unit.original_price, "0.2"))


def with_gift(stock: Shelves, dice: random.Random) -> Basket:
    """A unit and a free one."""
    return *single(stock, dice), *gift_only(stock, dice)


def gift_only(stock: Shelves, dice: random.Random) -> Basket:
    """Nothing but a free unit."""
    return (Unit(dice.choice(stock.linked), ZERO, is_gift=True),)


def sample(stock: Shelves, dice: random.Random) -> Basket:
    """A creator's sample: the seller gives the whole price."""
    unit = _unit(dice.choice(stock.linked))
    return (replace(unit, seller_discount=unit.original_price),)


def seller_discounted(stock: Shelves, dice: random.Random) -> Basket:
    """Several units, each with a share of the seller's voucher."""
    return tuple(
        replace(unit, seller_discount=_share(unit.original_price, "0.15"))
        for unit in several(stock, dice)
    )


def platform_discounted(stock: Shelves, dice: random.Random) -> Basket:
    """Several units, discounted by TikTok and a little by the seller."""
    return tuple(
        replace(
            unit,
            platform_discount=_share(unit.original_price, "0.1"),
            seller_discount=_share(unit.original_price, "0.05"),
        )
        for unit in several(stock, dice)
    )


def part_cancelled(stock: Shelves, dice: random.Random) -> Basket:
    """Several units, the last one cancelled."""
    basket = several(stock, dice)
    return *basket[:-1], replace(basket[-1], is_cancelled=True)


def unlinked(stock: Shelves, dice: random.Random) -> Basket:
    """A unit that Shopify does not know, beside one that it does."""
    return _unit(dice.choice(stock.unlinked)), *single(stock, dice)


def _unit(sku: Sku) -> Unit:
    return Unit(sku, sku.price)


def _share(price: Decimal, part: str) -> Decimal:
    return cents(price * Decimal(part))
