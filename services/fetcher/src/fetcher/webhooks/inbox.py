"""How TikTok's notifications are kept (``inbox``)."""

from datetime import timedelta
from typing import Final

from inbox.interface import Layout
from tiktok.webhooks import Notification

CLAIMED_FOR: Final = timedelta(seconds=60)
"""Whoever took a notification and said nothing for so long is taken to be dead."""
LAYOUT: Final = Layout(
    table="fetcher.notification",
    columns=("id", "shop_id", "kind", "order_ids", "expires_at"),
    key="shop_id",
    write=lambda notification, _: (
        notification.notification_id,
        notification.shop_id,
        notification.kind,
        list(notification.order_ids),
        notification.expires_at,
    ),
    read=lambda row: Notification(
        row["kind"], row["id"], row["shop_id"], None, tuple(row["order_ids"]), (), row["expires_at"]
    ),
    claimed_for=CLAIMED_FOR,
    gives_up=True,
)
"""What is not kept of a notification is left out when it is read again."""
