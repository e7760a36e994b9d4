"""Makes one order of a kind: buyer, basket, money, and the status it has come to."""

import random
from dataclasses import dataclass
from decimal import Decimal

from simulators.tiktok.generate import people
from simulators.tiktok.generate.amounts import Charges, payment, unit_tax
from simulators.tiktok.generate.basket import Basket, Shelves, Unit
from simulators.tiktok.generate.journey import Clockwork, travel
from simulators.tiktok.generate.kinds import KINDS, Kind
from simulators.tiktok.generate.people import Place
from simulators.tiktok.ids import IdSource
from simulators.tiktok.money import ZERO, cents, written
from simulators.tiktok.order_fields import Json
from simulators.tiktok.settings import DAY_S
from simulators.tiktok.stored_order import Privacy

_MESSAGES = (
    "Please leave it at the door 🎁🙏🏽 thank you!",
    "من فضلك اتصل قبل التسليم",
    'Happy birthday!\nLove, "T" & <B>',
    "please gift-wrap 👩‍👩‍👧‍👦 — no receipt",
)
_OPTIONS = (
    ("7091146663229654785", "Standard Shipping"),
    ("7091146663229654786", "Express Shipping"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """A generated order; `reached` is when it came to its status."""

    raw: Json
    privacy: Privacy
    reached: int


@dataclass(frozen=True, slots=True)
class OrderMaker:
    """Makes orders for one shop. The same dice, stock and clock make the same orders, ids apart."""

    stock: Shelves
    ids: IdSource
    dice: random.Random
    hold_s: float

    def make(self, name: str, created: int, now: int) -> Made:
        """One order of this kind; times in unix seconds, `created` not after `now`."""
        kind = KINDS[name]
        place = self.dice.choice(kind.places)
        goods = kind.fill(self.stock, self.dice)
        charges = _charges(kind, place)
        raw = self._head(kind, created) | self._buyer(kind, place)
        raw["line_items"] = [self._line(unit, charges, kind.currency) for unit in goods]
        raw["payment"] = payment(self._charged(goods), charges, kind.currency)
        reached = travel(raw, kind, Clockwork(now, self.hold_s), self.ids, self.dice)
        raw["update_time"] = reached
        return Made(raw, Privacy.ALWAYS if kind.is_masked else Privacy.BY_STATUS, reached)

    def _charged(self, goods: Basket) -> Basket:
        """Whether `payment` still counts a cancelled unit is not known: both ways occur."""
        kept = tuple(unit for unit in goods if not unit.is_cancelled)
        return goods if len(kept) == len(goods) or self.dice.random() < 0.5 else kept

    def _head(self, kind: Kind, created: int) -> Json:
        option_id, option_name = self.dice.choice(_OPTIONS)
        return {
            "id": self.ids.take("5764"),
            "status": "UNPAID",
            "create_time": created,
            "commerce_platform": "TIKTOK_SHOP",
            "order_type": "NORMAL",
            **_FLAGS,
            "fulfillment_type": kind.fulfillment,
            "shipping_type": self.dice.choice(kind.shipping_types),
            "delivery_type": "HOME_DELIVERY",
            "delivery_option_id": option_id,
            "delivery_option_name": option_name,
            "payment_method_name": "Credit/debit card",
            "warehouse_id": "7068517275539719942",
            "is_sample_order": kind.is_sample,
            "rts_sla_time": created + 2 * DAY_S,
            "tts_sla_time": created + 3 * DAY_S,
            "shipping_due_time": created + 5 * DAY_S,
            **({"split_or_combine_tag": "SPLIT"} if kind.is_split else {}),
        }

    def _buyer(self, kind: Kind, place: Place) -> Json:
        first, last = people.buyer_name(self.dice)
        if kind.long_name:
            first, last = people.LONG_NAME, ""
        return {
            "user_id": f"70{self.dice.randrange(10**17):017d}",
            "buyer_email": people.relay_email(self.dice),
            "buyer_nickname": f"{first.split('-')[0].lower()}{self.dice.randrange(1000)}",
            "buyer_message": self.dice.choice(_MESSAGES) if kind.message else "",
            "recipient_address": people.recipient_address(place, first, last, self.dice),
        }

    def _line(self, unit: Unit, charges: Charges, currency: str) -> Json:
        tax = unit_tax(unit, charges)
        return {
            "id": self.ids.take("5770"),
            "product_id": unit.sku.product_id,
            "product_name": unit.sku.product_name,
            "sku_id": unit.sku.id,
            "sku_name": unit.sku.name,
            "seller_sku": unit.sku.seller_sku,
            "sku_image": "https://p16-oec-va.example.invalid/tos-maliva/sku.jpg",
            "sku_type": "NORMAL",
            "currency": currency,
            "original_price": written(unit.original_price),
            "sale_price": written(unit.sale_price),
            "seller_discount": written(unit.seller_discount),
            "platform_discount": written(unit.platform_discount),
            "is_gift": unit.is_gift,
            "gift_retail_price": written(unit.sku.price) if unit.is_gift else "0",
            "is_dangerous_good": False,
            "needs_prescription": False,
            **({"item_tax": [_sales_tax(tax, charges.tax_rate)]} if tax else {}),
            **(_CANCELLED if unit.is_cancelled else {"display_status": "UNPAID"}),
        }


_FLAGS = {
    "is_cod": False,
    "is_replacement_order": False,
    "is_exchange_order": False,
    "is_on_hold_order": True,
    "is_buyer_request_cancel": False,
    "has_updated_recipient_address": False,
}
_CANCELLED = {
    "display_status": "CANCELLED",
    "cancel_user": "BUYER",
    "cancel_reason": "No longer needed",
}


def _sales_tax(tax: Decimal, rate: Decimal) -> Json:
    return {"tax_type": "SALES_TAX", "tax_amount": written(tax), "tax_rate": written(rate)}


def _charges(kind: Kind, place: Place) -> Charges:
    share = cents(kind.shipping / 4) if kind.shipping_discounted else ZERO
    return Charges(
        tax_rate=place.tax_rate,
        shipping=kind.shipping,
        shipping_seller_discount=share,
        shipping_platform_discount=share,
        retail_delivery_fee=kind.retail_delivery_fee,
        insurance=kind.insurance,
    )
