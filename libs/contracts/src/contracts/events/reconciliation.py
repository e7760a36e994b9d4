"""Proof that a shop's orders are complete up to a time."""

from datetime import datetime

from contracts.events.event import ShopEvent


class OrdersReconciled(ShopEvent):
    """Complete up to ``complete_until``: the window, both counts, what was repaired."""

    window_begins_at: datetime
    complete_until: datetime
    tiktok_count: int
    stored_count: int
    repaired: int = 0
