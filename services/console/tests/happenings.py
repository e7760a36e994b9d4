"""What happens to orders in these tests, as events."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ordersync_contracts import events

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SHOP = "7495000001"
STORE = "harbor.myshopify.com"


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


def eligible(order_id: str, shop_id: str = SHOP) -> events.OrderEligible:
    return events.OrderEligible(shop_id=shop_id, order_id=order_id, snapshot_version=1)


def ineligible(order_id: str, code: str = "on_hold") -> events.OrderIneligible:
    return events.OrderIneligible(
        shop_id=SHOP, order_id=order_id, snapshot_version=1, reason_code=code
    )


def blocked(order_id: str, sku_ids: tuple[str, ...] = ("1729000001",)) -> events.OrderBlocked:
    return events.OrderBlocked(
        shop_id=SHOP,
        order_id=order_id,
        snapshot_version=1,
        settings_version=0,
        reason_code="unlinked_sku",
        sku_ids=sku_ids,
    )


def created(order_id: str, number: int = 5001) -> events.ShopifyOrderCreated:
    return events.ShopifyOrderCreated(
        shop_id=SHOP,
        order_id=order_id,
        outcome="created",
        store=STORE,
        shopify_order_id=f"gid://shopify/Order/{number}",
        name=f"#{number}",
    )


def removed(order_id: str, number: int = 5001) -> events.ShopifyOrderRemoved:
    return events.ShopifyOrderRemoved(
        shop_id=SHOP,
        order_id=order_id,
        store=STORE,
        shopify_order_id=f"gid://shopify/Order/{number}",
        seen_by="webhook",
    )


def in_transit(order_id: str) -> events.DeliveryStatusChanged:
    return events.DeliveryStatusChanged(
        shop_id=SHOP,
        order_id=order_id,
        status="in_transit",
        happened_at=NOW,
        carrier="USPS",
        tracking_number="9400100000",
    )
