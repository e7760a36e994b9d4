"""Proof that a shop's orders are complete up to a time, and are in its store once."""

from typing import Annotated, ClassVar

from pydantic import AwareDatetime

from ordersync_contracts.events.event import Example, ShopEvent


class OrdersReconciled(ShopEvent):
    """Complete up to ``complete_until``: the window, both counts, what was repaired.

    The counts are of the whole window, after repairs. Where TikTok counts more than is stored,
    ``complete_until`` is where the first such piece of the window begins; else it is its end.
    """

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
    window_ends_at: Annotated[AwareDatetime, Example("2025-12-30T08:00:00Z")]
    orders: Annotated[int, Example(84)]


class StoreReconciled(ShopEvent):
    """The store's orders of a window were compared with the events: how many, what did not agree.

    ``doubled``: TikTok orders that stand there twice. ``strangers``: gids of orders that carry our
    id and that no event tells of. ``removed``: orders that are gone there. Nothing was deleted.
    """

    TOPIC: ClassVar = "reconciliation"

    store: str
    window_begins_at: AwareDatetime
    window_ends_at: Annotated[AwareDatetime, Example("2026-01-07T09:00:00Z")]
    orders: Annotated[int, Example(40)]
    doubled: Annotated[int, Example(1)] = 0
    removed: Annotated[int, Example(1)] = 0
    strangers: Annotated[tuple[str, ...], Example(["gid://shopify/Order/5500000000009"])] = ()
