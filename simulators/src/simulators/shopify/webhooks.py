"""Webhooks: signed over the raw body, sent to what was registered, tried again when not taken.

`X-Shopify-Hmac-SHA256` is the base64 of HMAC-SHA256 with the client secret (Shopify: webhooks over
HTTPS). Compliance topics have no subscription: they go to the one address of the app
(`PUT /_sim/webhooks`). Shopify gives an endpoint 5 s and tries eight times over four hours, then
deletes the subscription; here the waits are short, and a store's `dead_webhooks` says what follows.
"""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from simulators.outbox import Outbox
from simulators.randomness import system_id
from simulators.shopify.settings import Settings
from simulators.shopify.store.records import Record, number_of
from simulators.shopify.store.store import Store

COMPLIANCE = ("customers/data_request", "customers/redact", "shop/redact")
_LONG_GROUPS = ("fulfillment_events", "fulfillment_orders", "inventory_levels", "bulk_operations")


def topic_in_header(topic: str) -> str:
    """`ORDERS_CANCELLED` or `orders/cancelled` as the header writes it."""
    name = topic.lower()
    if "/" in name:
        return name
    for group in _LONG_GROUPS:
        if name.startswith(f"{group}_"):
            return f"{group}/{name.removeprefix(f'{group}_')}"
    return name.replace("_", "/", 1)


def order_payload(topic: str, order: Record) -> Record:
    """What a webhook says about an order; of one deleted or edited it is the number."""
    if topic == "ORDERS_DELETE":
        return {"id": int(order["legacyResourceId"])}
    if topic == "ORDERS_EDITED":
        return {"order_edit": {"order_id": int(order["legacyResourceId"])}}
    return {
        "id": int(number_of(order["id"])),
        "admin_graphql_api_id": order["id"],
        "name": order["name"],
        "source_identifier": order["sourceIdentifier"],
        "cancelled_at": order["cancelledAt"],
        "cancel_reason": (order["cancelReason"] or "").lower() or None,
        "financial_status": (order["displayFinancialStatus"] or "").lower() or None,
        "updated_at": order["updatedAt"],
    }


@dataclass(frozen=True, slots=True)
class Notice:
    """One webhook to one address. `id` stays the same when it is sent again."""

    uri: str
    topic: str
    domain: str
    body: bytes
    id: str
    signed: bool = True


class WebhookSender:
    """Sends in the background or at once; `transport` replaces the network in tests."""

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], str],
        transport: httpx.AsyncBaseTransport | None = None,
        new_id: Callable[[], str] = system_id,
    ) -> None:
        self._new_id = new_id
        self.compliance_uri: str | None = None
        self._settings = settings
        self._now = now
        self.outbox = Outbox(settings.webhook_timeout_s, transport)

    def notices(self, store: Store, topic: str, payload: object, uri: str | None) -> list[Notice]:
        """One per address: the given one, else the subscribers', else the app's for compliance."""
        name = topic_in_header(topic)
        subscribed = [
            subscription["uri"]
            for subscription in store.subscriptions.values()
            if topic_in_header(subscription["topic"]) == name
        ]
        own = [self.compliance_uri] if name in COMPLIANCE and self.compliance_uri else []
        body = json.dumps(payload, ensure_ascii=False).encode()
        targets = [uri] if uri else [*subscribed, *own]
        return [Notice(target, name, store.domain, body, self._new_id()) for target in targets]

    def send(self, store: Store, topic: str, payload: object) -> None:
        """Puts a webhook on its way to whoever subscribed, trying again when it is not taken."""
        for notice in self.notices(store, topic, payload, None):
            self.outbox.start(self._deliver(store, notice))

    async def post(self, notice: Notice) -> int | None:
        """One try; the status, or None when nobody answered."""
        signature = hmac.digest(self._settings.client_secret.encode(), notice.body, hashlib.sha256)
        headers = {
            "Content-Type": "application/json",
            "X-Shopify-Topic": notice.topic,
            "X-Shopify-Shop-Domain": notice.domain,
            "X-Shopify-API-Version": "2026-10",
            "X-Shopify-Webhook-Id": notice.id,
            "X-Shopify-Event-Id": notice.id,
            "X-Shopify-Triggered-At": self._now(),
            "X-Shopify-Hmac-SHA256": base64.b64encode(
                signature if notice.signed else bytes(len(signature))
            ).decode(),
        }
        return await self.outbox.post(notice.uri, notice.body, headers)

    async def _deliver(self, store: Store, notice: Notice) -> None:
        for wait in (*self._settings.webhook_retries_s, None):
            status = await self.post(notice)
            if status is not None and 200 <= status < 300:
                return
            if wait is not None:
                await asyncio.sleep(wait)
        if store.behaviour.dead_webhooks == "delete":
            _unsubscribe(store, notice)


def _unsubscribe(store: Store, notice: Notice) -> None:
    for gid, subscription in list(store.subscriptions.items()):
        aimed = (topic_in_header(subscription["topic"]), subscription["uri"])
        if aimed == (notice.topic, notice.uri):
            del store.subscriptions[gid]
