"""The notifications a change gives rise to (Partner Center: webhook types 1, 3, 4, 6, 11)."""

from collections.abc import Iterable
from dataclasses import dataclass

from simulators.tiktok.cancellation_book import Cancellation
from simulators.tiktok.order_fields import Json
from simulators.tiktok.stored_order import StoredOrder

EVENT_NAMES = {
    1: "ORDER_STATUS_CHANGE",
    3: "RECIPIENT_ADDRESS_UPDATE",
    4: "PACKAGE_UPDATE",
    6: "SELLER_DEAUTHORIZATION",
    11: "CANCELLATION_STATUS_CHANGE",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification, before it is given an id and signed."""

    type: int
    shop_id: str
    data: Json


def status_changed(order: StoredOrder, raw: Json) -> Notice:
    """Type 1."""
    data: Json = {
        "order_id": order.id,
        "order_status": order.status,
        "is_on_hold_order": raw.get("is_on_hold_order") is True,
        "update_time": order.update_time,
    }
    return Notice(1, order.shop_id, data)


def address_changed(order: StoredOrder, at: int) -> Notice:
    """Type 3."""
    return Notice(3, order.shop_id, {"order_id": order.id, "update_time": at})


def packages_changed(order: StoredOrder, package_ids: Iterable[str], at: int) -> Notice:
    """Type 4."""
    data: Json = {
        "sc_type": "SPLIT",
        "role_type": "ROLE_SELLER",
        "package_list": [
            {"package_id": package_id, "order_id_list": [order.id]}
            for package_id in sorted(package_ids)
        ],
        "update_time": at,
    }
    return Notice(4, order.shop_id, data)


def deauthorized(shop_id: str) -> Notice:
    """Type 6."""
    return Notice(6, shop_id, {"message": "The seller has cancelled the authorization."})


def cancellation_changed(order: StoredOrder, cancellation: Cancellation) -> Notice:
    """Type 11."""
    data: Json = {
        "order_id": order.id,
        "cancellations_role": cancellation.role,
        "cancel_status": cancellation.status,
        "cancel_id": cancellation.id,
        "create_time": cancellation.create_time,
    }
    return Notice(11, order.shop_id, data)
