"""Draws what a buyer orders: mostly plain orders, and each oddity in some."""

import random
from decimal import Decimal
from typing import Final

from simulation.plan import Json

_SKUS: Final = tuple(f"172938247685292100{number}" for number in range(1, 4))
_WANTED: Final = (6, 4, 1)
"""How often which SKU is bought; the last is linked late or never (``life.people.LINKED``)."""
_PRICES: Final = ("24.99", "7.25", "0.01", "34.5")
_TAX_RATES: Final = ("0", "0.0975", "0.08875")
_CENT: Final = Decimal("0.01")
_ODD: Final = 0.06
"""The share of each kind that is not to be synced, or seldom."""


def draw_order(dice: random.Random, least: int = 1) -> Json:
    """What ``raw_order`` takes, but the ids; of at least so many units."""
    order: Json = {
        "lines": _lines(dice, least),
        "charges": _charges(dice),
        "message": dice.random() < 0.3,
        "shipping_type": dice.choice(("TIKTOK", "SELLER")),
    }
    if dice.random() < _ODD:
        order["fulfillment_type"] = "FULFILLMENT_BY_TIKTOK"
    if dice.random() < _ODD:
        order["currency"] = "GBP"
    if dice.random() < _ODD:
        order["status"] = "ON_HOLD"
    if dice.random() < _ODD:
        order.update(is_sample=True, lines=list(map(_given_away, order["lines"])), charges={})
    return order


def _given_away(line: Json) -> Json:
    names = ("sku_id", "price", "quantity")
    return {**{name: line[name] for name in names}, "seller_discount": line["price"]}


def _lines(dice: random.Random, least: int) -> list[Json]:
    lines = [_line(dice) for _ in range(dice.choice((1, 1, 2, 3)))]
    if sum(line["quantity"] for line in lines) < least:
        lines.append({**lines[0], "quantity": least})
    if dice.random() < _ODD:
        lines.append({"sku_id": _sku(dice), "price": "5", "quantity": 1, "is_gift": True})
    return lines


def _sku(dice: random.Random) -> str:
    return dice.choices(_SKUS, _WANTED)[0]


def _line(dice: random.Random) -> Json:
    price = Decimal(dice.choice(_PRICES))
    line = {"sku_id": _sku(dice), "price": str(price)}
    return {
        **line,
        "quantity": dice.choice((1, 1, 1, 2, 3)),
        **_discount(dice, "seller_discount", price),
        **_discount(dice, "platform_discount", price),
    }


def _discount(dice: random.Random, name: str, price: Decimal) -> Json:
    if dice.random() >= 0.25:
        return {}
    return {name: str((price * Decimal(dice.choice(("0.1", "0.15", "0.333")))).quantize(_CENT))}


def _charges(dice: random.Random) -> Json:
    charges = {"tax_rate": dice.choice(_TAX_RATES)}
    if dice.random() < 0.5:
        charges["shipping"] = "4.99"
        for name in ("shipping_seller_discount", "shipping_platform_discount"):
            if dice.random() < 0.3:
                charges[name] = dice.choice(("1.25", "2.49"))
    if dice.random() < _ODD:
        charges["retail_delivery_fee"] = "0.28"
    return charges
