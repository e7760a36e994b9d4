"""What is asked about a shop's fetching: how complete it is, more history, its webhooks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from console.actions import SOURCE, Refused, Request, UnknownShop
from console.rows import ShopFetched
from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from lifecycle import shop as shops
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import reconciliation_stream, shop_stream
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


@dataclass(frozen=True, slots=True)
class Progress:
    """How far history is read: back to when, how many orders of how many that were counted."""

    begins_at: datetime | None
    read_back_to: datetime | None
    orders: int
    expected: int | None

    @property
    def is_done(self) -> bool:
        """Whether all of it is read."""
        return (
            self.begins_at is not None
            and self.read_back_to is not None
            and self.read_back_to <= self.begins_at
        )


async def connected_shop(store: EventStore, shop_id: str) -> Shop:
    """The shop; Refused when it is not connected, UnknownShop when it never was."""
    shop = shops.fold(await store.read(shop_stream(shop_id)))
    if not shop.version:
        raise UnknownShop(f"no shop {shop_id} is known: see `ordersync shop ls`")
    if not shop.is_connected:
        raise Refused(f"shop {shop_id} is not connected: `ordersync shop connect`")
    return shop


def complete_until(shop: Shop, fetched: ShopFetched | None) -> datetime | None:
    """Up to when the shop is proven complete; None while its window is not proven as a whole."""
    begins = shop.window_begins_at
    if begins is None or fetched is None or fetched.proven_from is None:
        return None
    return fetched.complete_until if fetched.proven_from <= begins else None


def reads_history(shop: Shop, fetched: ShopFetched | None) -> bool:
    """Whether orders of the shop's window are still to be read."""
    begins = shop.window_begins_at
    if begins is None:
        return False
    return fetched is None or fetched.read_back_to is None or fetched.read_back_to > begins


async def progress(store: EventStore, shop_id: str) -> Progress:
    """How far the newest backfill of the shop is, or, before any, its first week."""
    told = await store.read(shop_stream(shop_id))
    moved = [n for n, one in enumerate(told) if isinstance(one.event, events.WindowMoved)]
    before = shops.fold(told[: moved[-1]]).window_begins_at if moved else None
    read = [
        one.event
        for one in await store.read(reconciliation_stream(shop_id))
        if isinstance(one.event, events.HistoryFetched)
        and (before is None or one.event.window_begins_at < before)
    ]
    last = told[moved[-1]].event if moved else None
    return Progress(
        begins_at=shops.fold(told).window_begins_at,
        read_back_to=min((one.window_begins_at for one in read), default=before),
        orders=sum(one.orders for one in read),
        expected=last.expected_orders if isinstance(last, events.WindowMoved) else None,
    )


async def history(side: ShopSide, shop: Shop, since: datetime) -> History:
    """Count what moving the shop's window back to ``since`` would bring; raises NotEarlier."""
    until = _later_beginning(shop, since)
    orders = await side.count(shop, since, until)
    created = [await side.count(shop, since, until, status) for status in CREATED_FROM]
    return History(since, until, orders, sum(created))


async def move_window(
    store: EventStore,
    shop_id: str,
    since: datetime,
    *,
    request: Request,
    clock: Clock,
    expected_orders: int | None = None,
) -> None:
    """Let the shop's orders begin at ``since``; the fetcher reads them. Raises NotEarlier."""
    stream = shop_stream(shop_id)
    moved = events.WindowMoved(
        shop_id=shop_id, begins_at=since, moved_by=request.by, expected_orders=expected_orders
    )

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
