"""A history as a judge is shown it, made by hand: one shop, one order, shipped and delivered."""

import copy
from datetime import UTC, datetime
from typing import Any

from simulation.evidence import Deed, Evidence, Sighting, Version

SHOP, STORE, OTHER = "shop-1", "store-1.myshopify.com", "store-2.myshopify.com"
ORDER, GID = "5764", "gid://shopify/Order/1"
BEGAN, PLACED, SYNCED, COLLECTED, DELIVERED = 1000.0, 2000, 3000.0, 4000, 5000
CALM, LAST, ENDED = 6000.0, 7000.0, 30000.0


def stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")


def unit(number: int, price: str, tax: str, **more: Any) -> dict[str, Any]:
    return {
        "id": f"line-{number}",
        "sku_id": "sku-1",
        "sale_price": price,
        "platform_discount": "1",
        "item_tax": [{"tax_amount": tax}],
        "display_status": "AWAITING_SHIPMENT",
        **more,
    }


def raw_order(status: str = "AWAITING_SHIPMENT", **more: Any) -> dict[str, Any]:
    """12.50 + 20.00 + 4.99 shipping + 2.03 + 0.31 tax = 39.83."""
    return {
        "id": ORDER,
        "status": status,
        "create_time": PLACED,
        "paid_time": PLACED,
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "recipient_address": {"region_code": "US", "name": "Planted Buyer"},
        "line_items": [unit(1, "12.5", "0.78"), unit(2, "20", "1.25")],
        "payment": {
            "currency": "USD",
            "total_amount": "39.83",
            "shipping_fee": "4.99",
            "shipping_fee_tax": "0.31",
        },
        **more,
    }


def shipped_order(status: str, **more: Any) -> dict[str, Any]:
    raw = raw_order(status, collection_time=COLLECTED, **more)
    for line in raw["line_items"]:
        line.update(package_id="P1", tracking_number="T1", display_status=status)
    return raw


def bag(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "USD"}}


def sold(quantity: int, price: str) -> dict[str, Any]:
    return {"quantity": quantity, "originalUnitPriceSet": bag(price)}


def shown_order(gid: str = GID, at: float = SYNCED + 10) -> dict[str, Any]:
    return {
        "order": {
            "id": gid,
            "createdAt": stamp(at),
            "sourceIdentifier": ORDER,
            "cancelledAt": None,
            "tags": ["TikTok Shop"],
            "metafields": {"nodes": [{"key": "tiktok_order_id", "value": ORDER}]},
            "lineItems": {"nodes": [sold(1, "12.50"), sold(1, "20.00")]},
            "shippingLines": {"nodes": [{"originalPriceSet": bag("4.99")}]},
            "originalTotalPriceSet": bag("39.83"),
            "totalTaxSet": bag("2.34"),
        },
        "fulfillments": [],
        "events": [],
        "history": [{"at": at, "operation": "orderCreate", "input": {}}],
    }


def told(shown: dict[str, Any], status: str, at: float) -> None:
    event = {"fulfillmentId": "F1", "status": status, "happenedAt": stamp(at)}
    shown["events"].append(event)
    done = {"operation": "fulfillmentEventCreate", "input": {"fulfillmentEvent": event}}
    shown["history"].append({"at": at, **done})


def fulfil(shown: dict[str, Any], quantity: int, number: str = "T1") -> None:
    given = {"fulfillment": {"trackingInfo": {"number": number}}}
    shown["history"].append({"at": 1, "operation": "fulfillmentCreate", "input": given})
    lines = {"nodes": [{"quantity": quantity, "lineItem": {}}]}
    made = {"id": "F1", "status": "SUCCESS", "fulfillmentLineItems": lines}
    shown["fulfillments"].append(made)


def delivered() -> dict[str, Any]:
    shown = shown_order()
    fulfil(shown, 2)
    told(shown, "IN_TRANSIT", COLLECTED)
    told(shown, "DELIVERED", DELIVERED)
    return shown


def person(at: float, kind: str, **given: Any) -> Deed:
    return Deed(at, "person", kind, {"shop_id": SHOP, **given})


def merchant(at: float, kind: str, **given: Any) -> Deed:
    return Deed(at, "merchant", kind, {"order_id": ORDER, **given})


SETUP = (
    person(BEGAN, "connect", store=STORE, since=1500),
    person(BEGAN, "link", sku_id="sku-1", variant_id="gid://shopify/ProductVariant/1"),
)
SYNC = person(SYNCED, "sync", order_id=ORDER)
VERSIONS = (
    (PLACED, raw_order()),
    (COLLECTED, shipped_order("IN_TRANSIT")),
    (DELIVERED, shipped_order("DELIVERED", delivery_time=DELIVERED)),
)


def history(
    *,
    deeds: tuple[Deed, ...] = (*SETUP, SYNC),
    versions: tuple[tuple[float, dict[str, Any]], ...] = VERSIONS,
    shopify: dict[str, list[dict[str, Any]]] | None = None,
    **more: Any,
) -> Evidence:
    """Everything as it should be, but for what is given."""
    stands = {STORE: [delivered()]} if shopify is None else shopify
    row = {"status": "Synced", "reason": None}
    kept: dict[str, Any] = {
        "began_at": BEGAN,
        "calm_from": CALM,
        "ended_at": ENDED,
        "last_event_at": LAST,
        "tiktok": {SHOP: [copy.deepcopy(versions[-1][1])]},
        "shown": {(SHOP, ORDER): row},
    }
    told_versions = tuple(Version(at, SHOP, copy.deepcopy(raw)) for at, raw in versions)
    return Evidence(deeds=deeds, versions=told_versions, shopify=stands, **{**kept, **more})


def seen(shown: dict[str, Any] | None, at: float, gid: str = GID, store: str = STORE) -> Sighting:
    return Sighting(at, store, gid, shown)
