"""What is asked about a shop's fetching: how complete it is, more history, its webhooks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connections.grants import GrantAccess
from console.shops.actions import later_beginning
from eventstore.folded import read_on
from eventstore.store import EventStore
from lifecycle import shop as shops
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.streams import reconciliation_stream, shop_stream
from tiktok.calls import Shop as Access
from tiktok.client import TikTokClient
from tiktok.searches import Window

CREATED_FROM: Final = (
    "AWAITING_SHIPMENT",
    "PARTIALLY_SHIPPING",
    "AWAITING_COLLECTION",
    "IN_TRANSIT",
    "DELIVERED",
    "COMPLETED",
)
"""Statuses in which an order may be created in Shopify."""


class ShopCalls:
    """TikTok's answers about connected shops; all may raise TikTokError, GrantMissing."""

    def __init__(self, tiktok: TikTokClient, accesses: GrantAccess) -> None:
        self._tiktok = tiktok
        self._accesses = accesses

    async def count(
        self, shop: Shop, since: datetime, until: datetime, status: str | None = None
    ) -> int:
        """How many orders were created then, in this status or in any."""
        access, created = await self._access(shop), Window(since, until)
        page = await self._tiktok.orders_search(
            access, created=created, status=status, sort_by="create_time", page_size=1
        )
        return page.total_count or 0

    async def webhooks(self, shop: Shop) -> Mapping[str, str]:
        """Where each kind of notification goes."""
        going = await self._tiktok.webhooks_list(await self._access(shop))
        return {webhook.event_type: webhook.address for webhook in going}

    async def enable_webhook(self, shop: Shop, kind: str, address: str) -> None:
        """Send this kind there."""
        await self._tiktok.webhooks_put(await self._access(shop), kind, address)

    async def _access(self, shop: Shop) -> Access:
        return await self._accesses.access(shop.shop_id, shop.grant_id)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What an earlier beginning would bring; ``created`` is the most that Shopify would get."""

    since: datetime
    until: datetime
    orders: int
    created: int


@dataclass(frozen=True, slots=True)
class BackfillProgress:
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


async def progress(store: EventStore, shop_id: str) -> BackfillProgress:
    """How far the newest backfill of the shop is, or, before any, its first week."""
    shop, before, moved = Shop(), None, None
    async for recorded in read_on(store, shop_stream(shop_id), 0):
        if isinstance(recorded.event, events.WindowMoved):
            before, moved = shop.window_begins_at, recorded.event
        shop = shops.evolve(shop, recorded)
    read = [
        recorded.event
        async for recorded in read_on(store, reconciliation_stream(shop_id), 0)
        if isinstance(recorded.event, events.HistoryFetched)
        and (before is None or recorded.event.window_begins_at < before)
    ]
    return BackfillProgress(
        begins_at=shop.window_begins_at,
        read_back_to=min((page.window_begins_at for page in read), default=before),
        orders=sum(page.orders for page in read),
        expected=moved.expected_orders if moved else None,
    )


async def estimate(calls: ShopCalls, shop: Shop, since: datetime) -> Estimate:
    """Count what moving the shop's window back to ``since`` would bring; raises NotEarlier."""
    until = later_beginning(shop, since)
    orders = await calls.count(shop, since, until)
    created = [await calls.count(shop, since, until, status) for status in CREATED_FROM]
    return Estimate(since, until, orders, sum(created))
