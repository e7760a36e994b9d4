"""Proof that a shop's orders are complete up to a time, and are in its store once."""

from typing import ClassVar

from pydantic import AwareDatetime

from ordersync_contracts.events.event import ShopEvent


class OrdersReconciled(ShopEvent):
    """Complete up to ``complete_until``: the window, both counts, what was repaired."""

    TOPIC: ClassVar = "reconciliation"

    window_begins_at: AwareDatetime
    complete_until: AwareDatetime
    tiktok_count: int
    stored_count: int
    repaired: int = 0


class HistoryFetched(ShopEvent):
    """Every order created in the window is fetched now: so many. History is read backwards."""

    TOPIC: ClassVar = "reconciliation"

    window_begins_at: AwareDatetime
    window_ends_at: AwareDatetime
    orders: int


class StoreReconciled(ShopEvent):
    """The store's orders of a window were compared with the events: how many, what did not agree.

    ``doubled``: TikTok orders that stand there twice. ``strangers``: gids of orders that carry our
    id and that no event tells of. ``removed``: orders that are gone there. Nothing was deleted.
    """

    TOPIC: ClassVar = "reconciliation"

    store: str
    window_begins_at: AwareDatetime
    window_ends_at: AwareDatetime
    orders: int
    doubled: int = 0
    removed: int = 0
    strangers: tuple[str, ...] = ()
