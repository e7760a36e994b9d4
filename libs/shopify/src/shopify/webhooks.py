"""Shopify's webhooks: is it theirs, and what does it say (shopify.dev "Webhooks", "Privacy law
compliance").

The signature covers the raw body only: topic and store are headers that anybody may write. So where
the body names the store itself, both have to agree. Nothing of a buyer is read out of a body.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from shopify_app import ShopifyApp
from shopify_app.types import RequestInput

from httpclient.json_text import read_json
from shopify.stores import store_domain

UNINSTALLED: Final = "app/uninstalled"
ORDER_DELETED: Final = "orders/delete"
ORDER_CANCELLED: Final = "orders/cancelled"
PRODUCT_CREATED: Final = "products/create"
PRODUCT_UPDATED: Final = "products/update"
PRODUCT_DELETED: Final = "products/delete"
PRODUCTS: Final = frozenset({PRODUCT_CREATED, PRODUCT_UPDATED, PRODUCT_DELETED})
PRODUCTS_EVERY_S: Final = 300
"""A product changes with every order, for its stock does: so much is one webhook to us."""
DATA_REQUEST: Final = "customers/data_request"
CUSTOMER_REDACT: Final = "customers/redact"
SHOP_REDACT: Final = "shop/redact"
SUBSCRIBED: Final = {
    UNINSTALLED: "APP_UNINSTALLED",
    ORDER_DELETED: "ORDERS_DELETE",
    ORDER_CANCELLED: "ORDERS_CANCELLED",
    PRODUCT_CREATED: "PRODUCTS_CREATE",
    PRODUCT_UPDATED: "PRODUCTS_UPDATE",
    PRODUCT_DELETED: "PRODUCTS_DELETE",
}
"""Topics that a store is subscribed to by a call, with their ``WebhookSubscriptionTopic``."""
COMPLIANCE: Final = frozenset({DATA_REQUEST, CUSTOMER_REDACT, SHOP_REDACT})
"""Topics that are set in the app's own configuration; to be carried out within 30 days."""
TOPICS: Final = frozenset({*SUBSCRIBED, *COMPLIANCE})
_GID: Final = "gid://shopify/Order/"
_EVENT_ID: Final = re.compile(r"[ -~]{1,100}")
_MOST_DIGITS: Final = 20


class WebhookUnreadable(ValueError):
    """It is signed, but cannot be what its topic says. Names the field, never what it holds."""

    safe = True


def subscription(topic: str, url: str) -> dict[str, object]:
    """What ``webhook_subscription_create`` takes to have ``topic`` sent to ``url``.

    Of a product only its id is sent: one with many variants is larger than what we take, and a
    subscription whose deliveries are refused is deleted.
    """
    fields = {"includeFields": ["id"]} if topic in PRODUCTS else {}
    return {
        "topic": SUBSCRIBED[topic],
        "webhookSubscription": {"uri": url, "format": "JSON", **fields},
    }


@dataclass(frozen=True, slots=True)
class Webhook:
    """One event of one store. ``order_ids`` are gids; ``reason`` is Shopify's code for a cancel.

    ``id`` is the same however often, and through however many subscriptions, it is delivered; of
    products it is the same for all that happens within ``PRODUCTS_EVERY_S``.
    """

    id: str
    topic: str
    store: str
    triggered_at: datetime | None = None
    order_ids: tuple[str, ...] = ()
    customer_id: str = ""
    reason: str = ""


class Signatures:
    """Whether a webhook is Shopify's; the old secret also signs for a while after a change."""

    def __init__(self, client_id: str, client_secret: str, old_client_secret: str = "") -> None:
        self._app = ShopifyApp(client_id, client_secret, old_client_secret or None)

    def are_genuine(self, headers: Mapping[str, str], raw: bytes) -> bool:
        """Whether the signature is over these very bytes; compared in constant time."""
        try:
            body = raw.decode("utf-8")
        except UnicodeDecodeError:
            return False  # Shopify sends UTF-8 only
        if not headers.get("x-shopify-hmac-sha256", "").isascii():
            return False
        request: RequestInput = {
            "method": "POST",
            "headers": dict(headers),
            "url": "",
            "body": body,
        }
        try:
            return bool(self._app.verify_webhook_req(request).ok)
        except RecursionError:
            return False  # it reads the body for its log; Shopify nests none so deep


def read_webhook(headers: Mapping[str, str], raw: bytes) -> Webhook:
    """What a genuine webhook says; ``headers`` have names in lower case. Raises WebhookUnreadable.

    A topic that we do not know is read as far as its headers go.
    """
    topic = headers.get("x-shopify-topic", "").lower()
    event_id = headers.get("x-shopify-event-id") or headers.get("x-shopify-webhook-id", "")
    if not topic or not _EVENT_ID.fullmatch(event_id):
        raise WebhookUnreadable("X-Shopify-Topic, X-Shopify-Event-Id: missing or no id")
    try:
        store = store_domain(headers.get("x-shopify-shop-domain", ""))
    except ValueError:
        raise WebhookUnreadable("X-Shopify-Shop-Domain: not a store's domain") from None
    body = _body(raw)
    if body.get(_STORE_FIELDS.get(topic, ""), store) != store:
        raise WebhookUnreadable("X-Shopify-Shop-Domain: not the store that the body names")
    triggered_at = _moment(headers.get("x-shopify-triggered-at", ""))
    if topic in PRODUCTS and triggered_at is not None:
        event_id = f"{store}:{int(triggered_at.timestamp()) // PRODUCTS_EVERY_S}"
    return Webhook(
        f"{topic}:{event_id}",
        topic,
        store,
        triggered_at,
        _order_ids(topic, body),
        _customer_id(topic, body),
        _code(body.get("cancel_reason")),
    )


_STORE_FIELDS: Final = {UNINSTALLED: "myshopify_domain", **dict.fromkeys(COMPLIANCE, "shop_domain")}
_ORDERS_FIELDS: Final = {DATA_REQUEST: "orders_requested", CUSTOMER_REDACT: "orders_to_redact"}


def _body(raw: bytes) -> Mapping[str, Any]:
    try:
        body = read_json(raw)
    except ValueError:
        raise WebhookUnreadable("body: not JSON") from None
    if not isinstance(body, dict):
        raise WebhookUnreadable("body: not an object")
    return body


def _order_ids(topic: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    if topic in (ORDER_DELETED, ORDER_CANCELLED):
        return (_GID + _number(body.get("id"), "id"),)
    field = _ORDERS_FIELDS.get(topic)
    listed = body.get(field) if field else None
    if listed is not None and not isinstance(listed, list):
        raise WebhookUnreadable(f"{field}: not a list")
    return tuple(_GID + _number(order_id, str(field)) for order_id in listed or ())


def _customer_id(topic: str, body: Mapping[str, Any]) -> str:
    if topic not in _ORDERS_FIELDS:
        return ""
    customer = body.get("customer")
    known = customer.get("id") if isinstance(customer, dict) else None
    return "" if known is None else _number(known, "customer.id")


def _number(value: object, field: str) -> str:
    text = str(value)
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    if isinstance(value, bool) or not is_number:
        raise WebhookUnreadable(f"{field}: not a number")
    return text


def _code(value: object) -> str:
    """Shopify's reasons are single words; anything else is not kept."""
    return value if isinstance(value, str) and value.isalpha() and len(value) <= 20 else ""


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None
