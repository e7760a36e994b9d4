"""One order's events, made in one line each."""

from datetime import UTC, datetime, timedelta
from typing import Any

from lifecycle.order import Order, evolve
from ordersync_contracts import events
from ordersync_contracts.events import Event

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
STORE = "sunny-mugs.myshopify.com"


def make(name: str, /, **fields: Any) -> Event:
    """``make("ShopifyOrderFailed", reason_code="throttled")``: an event, the rest filled in."""
    defaults = {"shop_id": "7495", "order_id": "1", "store": STORE, "snapshot_version": 1}
    given = defaults | DEFAULTS.get(name, {}) | fields
    return events.BY_NAME[name].model_validate(given)


DEFAULTS: dict[str, dict[str, Any]] = {
    "OrderFetched": {
        "status": "AWAITING_SHIPMENT",
        "created_at": NOW - timedelta(days=1),
        "updated_at": NOW,
        "asked_at": NOW,
        "payment": {"currency": "USD"},
    },
    "OrderSetAside": {"reason_code": "order_too_large", "placed_at": NOW, "asked_at": NOW},
    "OrderIneligible": {"reason_code": "on_hold"},
    "SyncRequested": {"requested_by": "owner", "mode": "manual", "request_id": "r"},
    "ShopifyOrderDraft": {
        "settings_version": 1,
        "placed_at": NOW,
        "currency": "USD",
        "total": "1.00",
        "lines": [],
        "shipping_lines": [],
        "attributes": [],
        "tags": [],
    },
    "ShopifyOrderDraftWithdrawn": {"draft_version": 1, "reason_code": "automatic_sync_off"},
    "OrderBlocked": {"settings_version": 1, "reason_code": "unlinked_sku"},
    "ShopifyOrderRequested": {
        "draft_version": 1,
        "attempt": 1,
        "idempotency_key": "k",
        "input_digest": "d",
    },
    "ShopifyOrderCreated": {"outcome": "created", "shopify_order_id": "gid://shopify/Order/1"},
    "ShopifyOrderFailed": {"draft_version": 1, "attempt": 1, "reason_code": "throttled"},
    "ShopifyOrderRemoved": {"shopify_order_id": "gid://shopify/Order/1", "seen_by": "webhook"},
    "DeliveryStatusChanged": {"status": "in_transit", "happened_at": NOW},
    "DeliveryStatusSynced": {
        "status": "in_transit",
        "delivery_version": 1,
        "fulfillment_id": "gid://shopify/Fulfillment/1",
    },
    "OrderCancelled": {"whole_order": True},
    "RecipientErased": {"erased_by": "fetcher", "reason": "retention"},
    "ShopifyUpdateFailed": {
        "shopify_order_id": "gid://shopify/Order/1",
        "change": "delivery",
        "reason_code": "order_removed",
    },
}


def life(*history: str | Event) -> Order:
    """``life("OrderEligible", draft, ...)``: the order after these events, names or events."""
    order = Order()
    for version, entry in enumerate(history, start=1):
        order = evolve(order, version, make(entry) if isinstance(entry, str) else entry)
    return order
