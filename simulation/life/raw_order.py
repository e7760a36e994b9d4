"""A raw TikTok order, as Get Order Detail 202309 shows it; every buyer's value is planted.

No two orders of a history share a buyer's value: each holds the order's id, or its last digits.
"""

from decimal import Decimal

from simulation.life.kinds import Given
from simulation.plan import Json
from simulators.tiktok.catalogue import Sku
from simulators.tiktok.generate.amounts import Charges, payment, unit_tax
from simulators.tiktok.generate.basket import Unit
from simulators.tiktok.money import written

_DEFAULT = ({"sku_id": "1729382476852921001", "price": "24.99"},)
_DUE_S = 2 * 86_400


def raw_order(given: Given, at: float) -> Json:
    """An order that is placed ``at`` (unix seconds).

    ``order_id``; ``status``, ``currency``, ``fulfillment_type``, ``shipping_type``; ``is_sample``;
    ``message``: whether the buyer wrote one; ``lines`` of {sku_id, price, quantity,
    seller_discount, platform_discount (each per unit), is_gift}; ``charges``: fields of
    ``Charges``, as text.
    """
    order_id, currency = given["order_id"], given.get("currency", "USD")
    charges = Charges(**{name: Decimal(text) for name, text in given.get("charges", {}).items()})
    units = [unit for line in given.get("lines", _DEFAULT) for unit in _units(line)]
    status = given.get("status", "AWAITING_SHIPMENT")
    lines = [_line(order_id, number, unit, charges) for number, unit in enumerate(units)]
    return {
        "id": order_id,
        "status": status,
        **_head(given),
        **_times(status, int(at)),
        **_buyer(order_id, currency, is_told=given.get("message", False)),
        "line_items": [
            {**line, "currency": currency, "display_status": _LINE_STATUS.get(status, status)}
            for line in lines
        ],
        "payment": payment(units, charges, currency),
    }


_LINE_STATUS = {"ON_HOLD": "AWAITING_SHIPMENT"}
"""Lines know no hold (Partner Center: Get Order List 202309, display_status)."""


def _head(given: Given) -> Json:
    return {
        "commerce_platform": "TIKTOK_SHOP",
        "order_type": "NORMAL",
        "fulfillment_type": given.get("fulfillment_type", "FULFILLMENT_BY_SELLER"),
        "shipping_type": given.get("shipping_type", "TIKTOK"),
        "delivery_type": "HOME_DELIVERY",
        "delivery_option_name": "Standard Shipping",
        "is_sample_order": given.get("is_sample", False),
        "is_buyer_request_cancel": False,
    }


def _times(status: str, at: int) -> Json:
    paid = {} if status == "UNPAID" else {"paid_time": at}
    due = {"rts_sla_time": at + _DUE_S, "shipping_due_time": at + 2 * _DUE_S}
    return {**paid, **due, "is_on_hold_order": status == "ON_HOLD"}


def _buyer(order_id: str, currency: str, *, is_told: bool) -> Json:
    number = order_id[-4:]
    message = f'Planted message {order_id} 🎁\nwith "quotes", please' if is_told else ""
    return {
        "user_id": f"70{order_id[-16:]}",
        "buyer_email": f"planted-{order_id}@scs.tiktokw.us",
        "buyer_nickname": f"planted{order_id}",
        "buyer_message": message,
        "recipient_address": {
            "name": f"Planted Buyer{order_id}",
            "first_name": "Planted",
            "last_name": f"Buyer{order_id}",
            "phone_number": f"(+1)696555{number}",
            **street(order_id, number),
            "postal_code": "11201",
            "region_code": "US" if currency == "USD" else "GB",
            "district_info": _DISTRICTS,
            "delivery_preferences": {"drop_off_location": "Front Door"},
        },
    }


def street(order_id: str, house: str) -> Json:
    """The lines of an address in a planted street."""
    lines = f"{house} Planted Street {order_id}", f"Planted Apt {order_id}"
    detail = " ".join(lines)
    return {
        "full_address": f"{detail}, Plantedville, New York 11201",
        "address_detail": detail,
        "address_line1": lines[0],
        "address_line2": lines[1],
    }


_DISTRICTS = [
    {"address_level": level, "address_level_name": name, "address_name": value}
    for level, name, value in (
        ("L0", "Country", "United States"),
        ("L1", "State", "New York"),
        ("L2", "County", "Kings"),
        ("L3", "City", "Plantedville"),
    )
]


def _units(line: Json) -> list[Unit]:
    price, is_gift = Decimal(line["price"]), line.get("is_gift", False)
    product = ("1729582718312380130", "Classic Tee", "Default", "TEE-BLK-M")
    unit = Unit(
        Sku(line["sku_id"], *product, price),
        Decimal(0) if is_gift else price,
        Decimal(line.get("seller_discount", "0")),
        Decimal(line.get("platform_discount", "0")),
        is_gift=is_gift,
    )
    return [unit] * line.get("quantity", 1)


def _line(order_id: str, number: int, unit: Unit, charges: Charges) -> Json:
    tax = unit_tax(unit, charges)
    taxed = {"tax_type": "SALES_TAX", "tax_amount": written(tax)}
    taxed["tax_rate"] = written(charges.tax_rate)
    return {
        "id": f"{order_id}{number:02}",
        "product_id": unit.sku.product_id,
        "product_name": unit.sku.product_name,
        "sku_id": unit.sku.id,
        "sku_name": unit.sku.name,
        "seller_sku": unit.sku.seller_sku,
        "sku_type": "NORMAL",
        "original_price": written(unit.original_price),
        "sale_price": written(unit.sale_price),
        "seller_discount": written(unit.seller_discount),
        "platform_discount": written(unit.platform_discount),
        "is_gift": unit.is_gift,
        "gift_retail_price": written(unit.sku.price) if unit.is_gift else "0",
        **({"item_tax": [taxed]} if tax else {}),
    }
