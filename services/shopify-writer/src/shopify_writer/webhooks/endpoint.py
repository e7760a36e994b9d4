"""The webhook endpoint: is it Shopify's, is it here already, and thank you.

``POST`` to the path, answered within ``LIMIT_S`` (Shopify waits 5 s, then sends again):

| answer | when |
|---|---|
| 200, empty | the webhook is durable, now or since an earlier time; or its topic is none of ours |
| 400 | Shopify signed it, but it cannot be what its topic says |
| 401 | the signature over the raw body is missing or wrong |
| 404, 405, 413, 503 | see ``runtime.posting`` |

shopify.dev "Webhooks", "Privacy law compliance".
"""

from collections.abc import Callable
from typing import Final

import structlog
from starlette.types import ASGIApp

from inbox.interface import Inbox
from runtime.clock import Clock
from runtime.posting import Headers, PostEndpoint
from shopify.webhooks import TOPICS, Signatures, Webhook, WebhookUnreadable, read_webhook
from shopify_writer.settings import WriterSettings
from shopify_writer.webhooks.metrics import WebhookMetrics

log = structlog.get_logger()
PATH: Final = "/webhooks/shopify"
LONGEST_BODY: Final = 512 * 1024
"""An order's webhook holds the whole order."""
LIMIT_S: Final = 4.0


def endpoints(
    inbox: Inbox[Webhook],
    arrived: Callable[[], None],
    settings: WriterSettings,
    clock: Clock,
    metrics: WebhookMetrics,
) -> dict[str, ASGIApp]:
    """Where webhooks are taken, if the app's secret is known that they are signed with."""
    secret = settings.shopify_client_secret.get_secret_value()
    if not secret:
        return {}
    old_secret = settings.shopify_old_client_secret.get_secret_value()
    signatures = Signatures(settings.shopify_client_id, secret, old_secret)
    return {"webhooks": _endpoint(signatures, inbox, arrived, clock, metrics)}


def _endpoint(
    signatures: Signatures,
    inbox: Inbox[Webhook],
    arrived: Callable[[], None],
    clock: Clock,
    metrics: WebhookMetrics,
) -> PostEndpoint:
    """The ASGI app; ``arrived`` is told of what is new in the inbox."""

    async def take(headers: Headers, raw: bytes) -> int:
        text = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        if not signatures.are_genuine(text, raw):
            log.warning("webhook.not_genuine")
            return 401
        try:
            webhook = read_webhook(text, raw)
        except WebhookUnreadable as unreadable:
            log.warning("webhook.unreadable", why=str(unreadable))
            return 400
        if webhook.topic in TOPICS and await inbox.put(webhook, clock()):
            log.info("webhook.kept", topic=webhook.topic, store=webhook.store)
            arrived()
        return 200

    return PostEndpoint(PATH, take, metrics.answered, LONGEST_BODY, LIMIT_S)
