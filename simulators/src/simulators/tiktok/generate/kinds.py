"""The kinds of orders that the generator makes: each row says only what makes the kind special."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from simulators.tiktok.generate import basket, people
from simulators.tiktok.generate.basket import Basket, Shelves
from simulators.tiktok.generate.people import Place

_SHIPPED = ("AWAITING_COLLECTION", "IN_TRANSIT", "DELIVERED")


@dataclass(frozen=True, slots=True)
class Kind:
    """`statuses`: one of them, by the dice. `charges`: what is charged beyond tax and shipping."""

    fill: Callable[[Shelves, random.Random], Basket] = basket.single
    statuses: tuple[str, ...] = ("AWAITING_SHIPMENT",)
    places: tuple[Place, ...] = people.CITIES
    shipping_types: tuple[str, ...] = ("TIKTOK", "SELLER")
    fulfillment: str = "FULFILLMENT_BY_SELLER"
    currency: str = "USD"
    shipping: Decimal = Decimal("4.99")
    shipping_discounted: bool = False
    retail_delivery_fee: Decimal = Decimal(0)
    insurance: Decimal = Decimal(0)
    is_sample: bool = False
    is_split: bool = False
    is_masked: bool = False
    long_name: bool = False
    message: bool = False
    via: tuple[str, ...] = ()


TAXED = tuple(place for place in people.CITIES if place.tax_rate)
FREE = Decimal(0)

KINDS = {
    "standard": Kind(),
    "multi_line": Kind(basket.several),
    "multi_quantity": Kind(basket.many_of_one),
    "same_sku_two_prices": Kind(basket.two_prices),
    "gift": Kind(basket.with_gift),
    "gift_only": Kind(basket.gift_only, shipping=FREE),
    "sample": Kind(basket.sample, shipping=FREE, is_sample=True),
    "seller_discount": Kind(basket.seller_discounted),
    "platform_discount": Kind(basket.platform_discounted),
    "shipping_discount": Kind(shipping_discounted=True, shipping=Decimal("8.49")),
    "taxed": Kind(basket.several, places=TAXED),
    "retail_delivery_fee": Kind(places=(people.COLORADO,), retail_delivery_fee=Decimal("0.28")),
    "insurance": Kind(places=TAXED, insurance=Decimal("1.49")),
    "split": Kind(
        basket.several, _SHIPPED, is_split=True, via=("PARTIALLY_SHIPPING", "AWAITING_COLLECTION")
    ),
    "part_cancelled": Kind(basket.part_cancelled),
    "on_hold": Kind(statuses=("ON_HOLD",)),
    "unpaid": Kind(statuses=("UNPAID",)),
    "cancelled": Kind(statuses=("CANCELLED",)),
    "fbt": Kind(shipping_types=("TIKTOK",), fulfillment="FULFILLMENT_BY_TIKTOK", is_masked=True),
    "non_us": Kind(places=people.ABROAD, currency="GBP"),
    "unlinked": Kind(basket.unlinked),
    "awaiting_collection": Kind(statuses=("AWAITING_COLLECTION",)),
    "in_transit": Kind(statuses=("IN_TRANSIT",)),
    "delivered": Kind(statuses=("DELIVERED",)),
    "completed": Kind(statuses=("COMPLETED",), via=("DELIVERED",)),
    "refunded_completed": Kind(statuses=("COMPLETED",), via=("IN_TRANSIT",)),
    "partially_shipping": Kind(basket.several, ("PARTIALLY_SHIPPING",), is_split=True),
    "message": Kind(message=True),
    "long_name": Kind(long_name=True),
    "territory": Kind(places=people.TERRITORIES),
    "masked": Kind(shipping_types=("TIKTOK",), is_masked=True),
}


class BadMix(ValueError):
    """A mix that cannot be made; names the kind and the fix."""


def plan(mix: object, count: int, dice: random.Random) -> list[str]:
    """`count` kinds in proportion to the weights, shuffled. Absent mix: every kind alike.

    Every kind gets its share rounded down and the largest remainders the rest, so that a small
    number still holds every kind when it can. Raises BadMix.
    """
    weights = _weights(mix)
    total = sum(weights.values())
    shares = {name: count * weight / total for name, weight in weights.items()}
    counts = {name: int(share) for name, share in shares.items()}
    order = sorted(shares, key=lambda name: (counts[name] - shares[name], dice.random()))
    for name in order[: count - sum(counts.values())]:
        counts[name] += 1
    kinds = [name for name, times in counts.items() for _ in range(times)]
    dice.shuffle(kinds)
    return kinds


def _weights(mix: object) -> dict[str, float]:
    if mix is None:
        return dict.fromkeys(KINDS, 1.0)
    if not isinstance(mix, dict) or not mix:
        raise BadMix("mix: an object {kind: weight}, or absent for every kind")
    weights = {name: _weight(name, weight) for name, weight in mix.items()}
    if not any(weights.values()):
        raise BadMix("mix: at least one weight above 0")
    return {name: weight for name, weight in weights.items() if weight}


def _weight(name: str, weight: object) -> float:
    if name not in KINDS:
        raise BadMix(f"mix.{name}: unknown kind; use {', '.join(KINDS)}")
    if isinstance(weight, bool) or not isinstance(weight, (int, float)) or weight < 0:
        raise BadMix(f"mix.{name}: a number, 0 or more")
    return float(weight)
