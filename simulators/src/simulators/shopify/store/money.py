"""Amounts: two currencies side by side, and Shopify's way to write them.

Texts lose trailing zeros but keep one decimal ("42.50" is "42.5", zero is "0.0"). Presentment
amounts are kept as sent and never converted; where none was sent they are 0.0, unless the order
has no presentment currency of its own: then they repeat the shop's.
"""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

from simulators.shopify.store.records import Record

_CENT = Decimal("0.01")
_NONE = Decimal(0)


def _amount_text(amount: Decimal) -> str:
    text = f"{amount.normalize():f}"
    return text if "." in text else f"{text}.0"


def to_cents(amount: Decimal) -> Decimal:
    """Rounded to whole cents, halves up."""
    return amount.quantize(_CENT, ROUND_HALF_UP)


class Bag(NamedTuple):
    """An amount in the shop's currency and the same in the buyer's."""

    shop: Decimal = _NONE
    presentment: Decimal = _NONE

    def plus(self, other: "Bag") -> "Bag":
        """The sum."""
        return Bag(self.shop + other.shop, self.presentment + other.presentment)

    def minus(self, other: "Bag") -> "Bag":
        """The difference."""
        return Bag(self.shop - other.shop, self.presentment - other.presentment)

    def times(self, factor: int | Decimal) -> "Bag":
        """That many times."""
        return Bag(self.shop * factor, self.presentment * factor)

    def to_cents(self) -> "Bag":
        """Rounded to whole cents, halves up."""
        return Bag(to_cents(self.shop), to_cents(self.presentment))

    def not_below_zero(self) -> "Bag":
        """Zero instead of less."""
        return Bag(max(self.shop, _NONE), max(self.presentment, _NONE))


ZERO = Bag()


def total(bags: Iterable[Bag]) -> Bag:
    """The sum of all."""
    shop = presentment = _NONE
    for bag in bags:
        shop += bag.shop
        presentment += bag.presentment
    return Bag(shop, presentment)


class Currencies(NamedTuple):
    """An order's two currencies."""

    shop: str
    presentment: str

    def read(self, given: Record | None) -> Bag:
        """A MoneyBagInput, coerced (Admin GraphQL 2026-10: MoneyBagInput)."""
        if given is None:
            return ZERO
        amount: Decimal = given["shopMoney"]["amount"]
        own = given.get("presentmentMoney")
        if own is not None:
            return Bag(amount, own["amount"])
        return Bag(amount, amount if self.presentment == self.shop else _NONE)

    def read_written(self, bag: Record) -> Bag:
        """A MoneyBag that was written, as numbers again."""
        return Bag(Decimal(bag["shopMoney"]["amount"]), Decimal(bag["presentmentMoney"]["amount"]))

    def write(self, bag: Bag) -> Record:
        """A MoneyBag. Equal ones are one object: never change it in place."""
        return _written(self, bag)


@lru_cache(16_384)
def _written(money: Currencies, bag: Bag) -> Record:
    shop = {"amount": _amount_text(bag.shop), "currencyCode": money.shop}
    if (bag.presentment, money.presentment) == (bag.shop, money.shop):
        return {"shopMoney": shop, "presentmentMoney": shop}
    presentment = {"amount": _amount_text(bag.presentment), "currencyCode": money.presentment}
    return {"shopMoney": shop, "presentmentMoney": presentment}
