"""One order's events, made in one line each."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lifecycle.order import Order, evolve
from ordersync_contracts import events
from ordersync_contracts.events import Event

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
STORE = "sunny-mugs.myshopify.com"
Make = Callable[..., Event]


@pytest.fixture
def make() -> Make:
    """``make("ShopifyOrderFailed", reason_code="throttled")``: an event, the rest filled in."""
    return made


def made(name: str, /, **fields: Any) -> Event:
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


@pytest.fixture
def life() -> Callable[..., Order]:
    """``life("OrderEligible", draft, ...)``: the order after these events, names or events."""

    def lived(*history: str | Event) -> Order:
        order = Order()
        for version, entry in enumerate(history, start=1):
            event = made(entry) if isinstance(entry, str) else entry
            order = evolve(order, version, event)
        return order

    return lived
