"""What happens to orders in these tests, as events."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from ordersync_contracts import events
from ordersync_contracts.events import OrderEvent

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SHOP = "7495000001"
STORE = "harbor.myshopify.com"
IN_SHOPIFY = {"store": STORE, "shopify_order_id": "gid://shopify/Order/5001"}
E = TypeVar("E", bound=OrderEvent)


def line(n: int = 1, **fields: Any) -> events.OrderLine:
    defaults: dict[str, Any] = {
        "line_id": f"line-{n}",
        "product_name": "Pine candle",
        "sku_id": "1729000001",
        "sku_name": "Large",
        "seller_sku": "CANDLE-L",
        "currency": "USD",
        "sale_price": Decimal("12.50"),
        "status": "AWAITING_SHIPMENT",
    }
    return events.OrderLine(**{**defaults, **fields})


def snapshot(order_id: str, shop_id: str = SHOP, **fields: Any) -> events.OrderFetched:
    defaults: dict[str, Any] = {
        "shop_id": shop_id,
        "order_id": order_id,
        "status": "AWAITING_SHIPMENT",
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "created_at": NOW - timedelta(hours=2),
        "updated_at": NOW - timedelta(hours=1),
        "asked_at": NOW,
        "lines": (line(1), line(2)),
        "payment": events.Payment(currency="USD", total=Decimal("25.00")),
    }
    return events.OrderFetched(**{**defaults, **fields})


def _event(kind: type[E], order_id: str, **fields: Any) -> E:
    return kind(**{"shop_id": SHOP, "order_id": order_id, **fields})


def set_aside(order_id: str) -> events.OrderSetAside:
    code, status = "order_too_large", "AWAITING_SHIPMENT"
    fields = {"reason_code": code, "status": status, "placed_at": NOW, "asked_at": NOW}
    return _event(events.OrderSetAside, order_id, **fields, detail="3,500 items")


def eligible(order_id: str, shop_id: str = SHOP) -> events.OrderEligible:
    return _event(events.OrderEligible, order_id, shop_id=shop_id, snapshot_version=1)


def ineligible(order_id: str, code: str = "on_hold") -> events.OrderIneligible:
    return _event(events.OrderIneligible, order_id, snapshot_version=1, reason_code=code)


def blocked(order_id: str) -> events.OrderBlocked:
    reason = {"reason_code": "unlinked_sku", "sku_ids": ("1729000001",)}
    return _event(events.OrderBlocked, order_id, snapshot_version=1, settings_version=0, **reason)


def created(order_id: str) -> events.ShopifyOrderCreated:
    return _event(
        events.ShopifyOrderCreated, order_id, outcome="created", name="#5001", **IN_SHOPIFY
    )


def removed(order_id: str) -> events.ShopifyOrderRemoved:
    return _event(events.ShopifyOrderRemoved, order_id, seen_by="webhook", **IN_SHOPIFY)


def in_transit(order_id: str) -> events.DeliveryStatusChanged:
    parcel = {"carrier": "USPS", "tracking_number": "9400100000"}
    return _event(
        events.DeliveryStatusChanged, order_id, status="in_transit", happened_at=NOW, **parcel
    )


def update_failed(order_id: str, **fields: Any) -> events.ShopifyUpdateFailed:
    return _event(events.ShopifyUpdateFailed, order_id, **IN_SHOPIFY, **fields)


def proven(shop_id: str, begins: datetime, until: datetime) -> events.OrdersReconciled:
    return events.OrdersReconciled(
        shop_id=shop_id,
        window_begins_at=begins,
        complete_until=until,
        tiktok_count=3,
        stored_count=3,
    )
