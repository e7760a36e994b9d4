"""Proof that a shop's orders are complete up to a time."""

from pydantic import AwareDatetime

from contracts.events.event import ShopEvent


class OrdersReconciled(ShopEvent):
    """Complete up to ``complete_until``: the window, both counts, what was repaired."""

    window_begins_at: AwareDatetime
    complete_until: AwareDatetime
    tiktok_count: int
    stored_count: int
    repaired: int = 0
