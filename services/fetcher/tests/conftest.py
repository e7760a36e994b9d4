"""A fetcher whose store, vault and marks are in memory, and TikTok orders as they come by wire."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from contracts import events
from contracts.streams import order_stream
from eventstore.memory import MemoryEventStore
from fetcher.figures import Figures
from fetcher.ingest import Ingest
from fetcher.notifications import CLAIMED_FOR, Taken
from fetcher.tables import Mark, Overtaken, Polls, Progress
from tiktok.pages import Page
from tiktok.webhooks import Notification
from tiktok.wire.orders import Order
from tiktok.wire.reading import read
from vault import MasterKeys, MemoryVault

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SHOP_ID = "7495514739512345678"
ORDER_ID = "576461413038785752"
Raw = dict[str, Any]


def seconds(ago: timedelta) -> int:
    return int((NOW - ago).timestamp())


def raw_order(**changes: Any) -> Raw:
    """A paid order of one unit as orders/search returns it; None takes a field out."""
    order: Raw = {
        "id": ORDER_ID,
        "status": "AWAITING_SHIPMENT",
        "create_time": seconds(timedelta(hours=3)),
        "update_time": seconds(timedelta(hours=1)),
        "paid_time": seconds(timedelta(hours=2)),
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "TIKTOK",
        "buyer_email": "v2planted@chat.seller.tiktok.com",
        "buyer_message": "Planted message: ring twice",
        "recipient_address": {
            "name": "Petra Plantedbuyer",
            "first_name": "Petra",
            "last_name": "Plantedbuyer",
            "phone_number": "(+1)2135550147",
            "address_line1": "77 Planted Parkway",
            "address_line2": "Suite 100",
            "postal_code": "90066",
            "region_code": "US",
            "district_info": [
                {"address_level_name": "State", "address_name": "California"},
                {"address_level_name": "City", "address_name": "Los Angeles"},
            ],
        },
        "line_items": [
            {
                "id": "577086512123755121",
                "sku_id": "2729382476852921560",
                "seller_sku": "MUG-BLUE-11",
                "product_name": "Stoneware mug",
                "currency": "USD",
                "original_price": "18.50",
                "sale_price": "18.50",
                "display_status": "AWAITING_SHIPMENT",
            }
        ],
        "payment": {"currency": "USD", "total_amount": "24.97", "sub_total": "18.50"},
    }
    return {key: value for key, value in (order | changes).items() if value is not None}


def page(*raw: Raw, asked_at: datetime = NOW) -> Page[Order]:
    items = tuple(read(Order, one) for one in raw)
    return Page(items, None, len(items), asked_at, "request-1")


class MemoryPolls(Polls):
    """Marks in a dict, with the table's rule about epochs; ``moves`` in their order."""

    def __init__(self) -> None:
        self.progress: dict[str, Progress] = {}
        self.moves: list[tuple[Mark, datetime]] = []

    async def take_over(self, shop_id: str) -> Progress:
        known = self.progress.get(shop_id, Progress(0))
        self.progress[shop_id] = replace(known, epoch=known.epoch + 1)
        return self.progress[shop_id]

    async def move(self, shop_id: str, epoch: int, mark: Mark, to: datetime) -> None:
        known = self.progress[shop_id]
        if known.epoch != epoch:
            raise Overtaken(f"shop {shop_id}, epoch {epoch}")
        moved: Mapping[str, Any] = {mark: to}
        self.progress[shop_id] = replace(known, **moved)
        self.moves.append((mark, to))


class MemoryCensus:
    """Known orders in a dict; keeps what ``Census`` promises."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], datetime] = {}

    async def note(self, shop_id: str, created_at: Mapping[str, datetime]) -> None:
        for order_id, at in created_at.items():
            self.known.setdefault((shop_id, order_id), at)

    async def count(self, shop_id: str, begin: datetime, end: datetime) -> int:
        return sum(owner == shop_id and begin <= at < end for (owner, _), at in self.known.items())


@dataclass
class Kept:
    """One notification in the inbox."""

    notification: Notification
    received_at: datetime
    due_at: datetime
    attempts: int = 0
    done_at: datetime | None = None


class MemoryInbox:
    """Notifications in a dict; keeps what ``Inbox`` promises."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}

    async def put(self, notification: Notification, now: datetime) -> bool:
        is_new = notification.notification_id not in self.kept
        self.kept.setdefault(notification.notification_id, Kept(notification, now, now))
        return is_new

    async def take(self, now: datetime, busy: Collection[str], limit: int) -> tuple[Taken, ...]:
        due = [
            one
            for one in self.kept.values()
            if one.done_at is None and one.due_at <= now and one.notification.shop_id not in busy
        ]
        taken = sorted(due, key=lambda one: one.due_at)[:limit]
        for one in taken:
            one.due_at, one.attempts = now + CLAIMED_FOR, one.attempts + 1
        return tuple(_taken(one) for one in sorted(taken, key=lambda one: one.received_at))

    async def done(self, ids: Sequence[str], now: datetime) -> None:
        for one in ids:
            self.kept[one].done_at = now

    async def later(self, ids: Sequence[str], due_at: datetime) -> None:
        for one in ids:
            if self.kept[one].done_at is None:
                self.kept[one].due_at = due_at

    async def forget(self, before: datetime) -> int:
        old = [
            one for one, kept in self.kept.items() if (kept.done_at or kept.received_at) < before
        ]
        for one in old:
            del self.kept[one]
        return len(old)

    async def waiting(self) -> int:
        return sum(one.done_at is None for one in self.kept.values())


def _taken(kept: Kept) -> Taken:
    said = kept.notification
    return Taken(
        said.notification_id,
        said.shop_id,
        said.kind,
        said.order_ids,
        said.expires_at,
        kept.attempts,
    )


@dataclass
class Home:
    """Where fetched orders end up. ``now`` is what the clock says."""

    now: datetime = NOW
    polls: MemoryPolls = field(default_factory=MemoryPolls)
    census: MemoryCensus = field(default_factory=MemoryCensus)
    inbox: MemoryInbox = field(default_factory=MemoryInbox)

    def __post_init__(self) -> None:
        self.store = MemoryEventStore(self.clock)
        self.vault = MemoryVault(MasterKeys({"k1": bytes(range(32))}, "k1"), self.clock)
        self.ingest = Ingest(self.store, self.vault, self.census, self.clock)
        self.figures = Figures(CollectorRegistry())

    def clock(self) -> datetime:
        return self.now

    async def fetch(self, *raw: Raw, asked_at: datetime | None = None) -> int:
        return await self.ingest.page(SHOP_ID, page(*raw, asked_at=asked_at or self.now))

    async def snapshots(self, order_id: str = ORDER_ID) -> list[events.OrderFetched]:
        history = await self.store.read(order_stream(SHOP_ID, order_id))
        return [one.event for one in history if isinstance(one.event, events.OrderFetched)]


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.fixture
def raw() -> Callable[..., Raw]:
    """Makes a TikTok order as it comes by wire; keywords change fields, None takes one out."""
    return raw_order


@pytest.fixture
def wire() -> Callable[..., Order]:
    """Makes the same order as our client reads it."""
    return lambda **changes: read(Order, raw_order(**changes))
