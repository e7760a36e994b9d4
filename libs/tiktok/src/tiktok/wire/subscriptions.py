"""Webhook subscriptions (Partner Center: Get Shop Webhooks 202309)."""

from typing import ClassVar

from tiktok.wire.values import WireRecord


class Subscription(WireRecord):
    """Where one kind of event of a shop goes."""

    UNREAD: ClassVar[frozenset[str]] = frozenset({"create_time", "update_time"})

    event_type: str = ""
    address: str = ""
