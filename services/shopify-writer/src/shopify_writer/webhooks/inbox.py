"""The inbox of Shopify's webhooks: its table, and until when what they ask for is to be done."""

from datetime import datetime, timedelta
from typing import Final

from inbox.interface import Layout
from shopify.webhooks import COMPLIANCE, DATA_REQUEST, Webhook

CLAIMED_FOR: Final = timedelta(minutes=5)
"""Whoever took a webhook and said nothing for so long is taken to be dead."""
KEPT_FOR: Final = timedelta(days=7)
"""Shopify repeats a webhook within four hours; ours are known for longer than that."""
RESPOND_WITHIN: Final = timedelta(days=30)
"""For compliance topics (shopify.dev "Privacy law compliance")."""


def respond_by(webhook: Webhook, now: datetime) -> datetime | None:
    """Until when the webhook has to be carried out, None where Shopify asks for no date."""
    return now + RESPOND_WITHIN if webhook.topic in COMPLIANCE else None


LAYOUT: Final = Layout(
    table="shopify_writer.webhook",
    columns=(
        "id",
        "topic",
        "store",
        "triggered_at",
        "order_ids",
        "customer_id",
        "reason",
        "respond_by",
    ),
    key="store",
    write=lambda webhook, now: (
        webhook.id,
        webhook.topic,
        webhook.store,
        webhook.triggered_at,
        list(webhook.order_ids),
        webhook.customer_id,
        webhook.reason,
        respond_by(webhook, now),
    ),
    read=lambda row: Webhook(
        row["id"],
        row["topic"],
        row["store"],
        row["triggered_at"],
        tuple(row["order_ids"]),
        row["customer_id"],
        row["reason"],
    ),
    claimed_for=CLAIMED_FOR,
    never_taken=("topic", DATA_REQUEST),
    respond_by="respond_by",
    done_by="done_by",
)
"""Requests for a person's data are never taken: a person answers them."""
