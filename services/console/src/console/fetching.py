"""What is asked about a shop's fetching: how complete it is, more history, its webhooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from console.actions import SOURCE, Refused, Request, UnknownShop
from contracts import events
from contracts.events import Event
from contracts.streams import reconciliation_stream, shop_stream
from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from lifecycle import shop as shops
from lifecycle.shop import Shop
from runtime.clock import Clock

WEBHOOKS: Final = (
    "ORDER_STATUS_CHANGE",
    "RECIPIENT_ADDRESS_UPDATE",
    "PACKAGE_UPDATE",
    "SELLER_DEAUTHORIZATION",
    "UPCOMING_AUTHORIZATION_EXPIRATION",
    "CANCELLATION_STATUS_CHANGE",
    "RETURN_STATUS_CHANGE",
)
"""What the fetcher acts on (Partner Center: webhook types 1, 3, 4, 6, 7, 11, 12)."""
CREATED_FROM: Final = (
    "AWAITING_SHIPMENT",
    "PARTIALLY_SHIPPING",
    "AWAITING_COLLECTION",
    "IN_TRANSIT",
    "DELIVERED",
    "COMPLETED",
)
"""Statuses in which an order may be created in Shopify."""


class NotEarlier(Refused):
    """The shop's orders begin as early already."""


class ShopSide(Protocol):
    """The calls about one shop that its commands need; all may raise TikTokError, GrantMissing."""

    async def count(
        self, shop: Shop, since: datetime, until: datetime, status: str | None = None
    ) -> int:
        """How many orders were created then, in this status or in any."""
        ...

    async def webhooks(self, shop: Shop) -> Mapping[str, str]:
        """Where each kind of notification goes."""
        ...

    async def enable_webhook(self, shop: Shop, kind: str, address: str) -> None:
        """Send this kind there."""
        ...


@dataclass(frozen=True, slots=True)
class History:
    """What an earlier beginning would bring; ``created`` is the most that Shopify would get."""

    since: datetime
    until: datetime
    orders: int
    created: int


async def connected_shop(store: EventStore, shop_id: str) -> Shop:
    """The shop; Refused when it is not connected, UnknownShop when it never was."""
    shop = shops.fold(await store.read(shop_stream(shop_id)))
    if not shop.version:
        raise UnknownShop(f"no shop {shop_id} is known: see `ordersync shop ls`")
    if not shop.is_connected:
        raise Refused(f"shop {shop_id} is not connected: `ordersync shop connect`")
    return shop


async def complete_until(store: EventStore, known: Sequence[Shop]) -> dict[str, datetime | None]:
    """Up to when each shop is proven complete; None while its history is still read."""
    streams = {reconciliation_stream(shop.shop_id): shop for shop in known}
    histories = await store.read_many(streams)
    found: dict[str, datetime | None] = {}
    for stream, shop in streams.items():
        proofs = [one.event for one in histories[stream]]
        proven = [one for one in proofs if isinstance(one, events.OrdersReconciled)]
        begins = shop.window_begins_at
        is_whole = begins is not None and any(one.window_begins_at <= begins for one in proven)
        found[shop.shop_id] = proven[-1].complete_until if is_whole else None
    return found


async def history(side: ShopSide, shop: Shop, since: datetime) -> History:
    """Count what moving the shop's window back to ``since`` would bring; raises NotEarlier."""
    until = _later_beginning(shop, since)
    orders = await side.count(shop, since, until)
    created = [await side.count(shop, since, until, status) for status in CREATED_FROM]
    return History(since, until, orders, sum(created))


async def move_window(
    store: EventStore, shop_id: str, since: datetime, *, request: Request, clock: Clock
) -> None:
    """Let the shop's orders begin at ``since``; the fetcher reads them. Raises NotEarlier."""
    stream = shop_stream(shop_id)
    moved = events.WindowMoved(shop_id=shop_id, begins_at=since, moved_by=request.by)

    async def decide(histories: Histories) -> Mapping[str, Sequence[Event]]:
        _later_beginning(shops.fold(histories[stream]), since)
        return {stream: (moved,)}

    await decide_all(store, [Cause(stream, request.id)], decide, source=SOURCE, clock=clock)


def _later_beginning(shop: Shop, since: datetime) -> datetime:
    begins = shop.window_begins_at
    if begins is None or since >= begins:
        where = begins.isoformat() if begins else "nowhere"
        raise NotEarlier(f"orders of {shop.shop_id} begin at {where}: name an earlier time")
    return begins
