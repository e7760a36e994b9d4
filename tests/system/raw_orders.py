"""Orders as TikTok sends them, made to happen now."""

from collections.abc import Iterator
from itertools import count
from typing import Any

Raw = dict[str, Any]
AS_OF = 1_790_000_000
"""The moment at which the times in the sample files are written; unix seconds."""
_MUG = {
    "product_id": "1729592969711000001",
    "product_name": "Stoneware mug 11 oz",
    "sku_id": "1729592969712000001",
    "sku_name": "Blue",
    "seller_sku": "MUG-BLUE-11",
    "currency": "USD",
    "original_price": "18.50",
    "sale_price": "18.50",
    "display_status": "AWAITING_SHIPMENT",
}


def shifted(value: Any, by_s: int) -> Any:
    """The same JSON with every unix time in a field that ends in ``_time`` moved by seconds."""
    if isinstance(value, list):
        return [shifted(part, by_s) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        key: field + by_s if _is_moment(key, field) else shifted(field, by_s)
        for key, field in value.items()
    }


def changed(usual: Any, changes: Any) -> Any:
    """The usual JSON with changes: objects merge, each item of a list with the usual first one.

    An object's ``without`` names the fields it lacks; any other value, null too, takes the place.
    """
    if isinstance(usual, dict) and isinstance(changes, dict):
        without = changes.get("without", ())
        kept = {key: value for key, value in usual.items() if key not in without}
        own = {key: value for key, value in changes.items() if key != "without"}
        return kept | {key: changed(kept.get(key), value) for key, value in own.items()}
    if isinstance(usual, list) and isinstance(changes, list):
        return [changed(usual[0] if usual else None, item) for item in changes]
    return changes


def _is_moment(key: str, value: Any) -> bool:
    return key.endswith("_time") and isinstance(value, int) and value > AS_OF // 2


class Orders:
    """Makes ordinary orders, each with ids of its own, that differ only in what a test says."""

    def __init__(self, first_id: int) -> None:
        self._ids: Iterator[int] = count(first_id)

    def paid(self, **changes: Any) -> Raw:
        """One mug for 23.49, paid and awaiting shipment; keywords replace fields."""
        order_id = str(next(self._ids))
        order = {
            "id": order_id,
            "status": "AWAITING_SHIPMENT",
            "fulfillment_type": "FULFILLMENT_BY_SELLER",
            "shipping_type": "SELLER",
            "delivery_option_name": "Standard Shipping",
            "recipient_address": {
                "name": "Quilla Testwright",
                "address_line1": "418 Imaginary Row",
                "postal_code": "60601",
                "region_code": "US",
                "district_info": [
                    {"address_level_name": "State", "address_name": "Illinois"},
                    {"address_level_name": "City", "address_name": "Chicago"},
                ],
            },
            "line_items": [_MUG | {"id": f"{order_id}1"}],
            "payment": {
                "currency": "USD",
                "sub_total": "18.50",
                "shipping_fee": "4.99",
                "total_amount": "23.49",
            },
        }
        return order | changes

    def of_sku(self, sku_id: str, seller_sku: str) -> Raw:
        """The same with another product."""
        order = self.paid()
        line = order["line_items"][0] | {"sku_id": sku_id, "seller_sku": seller_sku}
        return order | {"line_items": [line]}
