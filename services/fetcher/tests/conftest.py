"""A fetcher whose store, vault and tables are in memory, and TikTok orders as they come by wire."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from services.fetcher.tests.polled_shop import PolledShop

from eventstore import ANY_VERSION, Append
from eventstore.memory import MemoryEventStore
from fetcher.memory import MemoryCheckpoints, MemoryInbox, MemoryOrderIndex
from fetcher.metrics import Metrics
from fetcher.recording.ingest import Ingest
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream
from tiktok.pages import Page
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


@dataclass
class Home:
    """Where fetched orders end up. ``now`` is what the clock says."""

    now: datetime = NOW
    checkpoints: MemoryCheckpoints = field(default_factory=MemoryCheckpoints)
    order_index: MemoryOrderIndex = field(default_factory=MemoryOrderIndex)
    inbox: MemoryInbox = field(default_factory=MemoryInbox)

    def __post_init__(self) -> None:
        self.store = MemoryEventStore(self.clock)
        self.vault = MemoryVault(MasterKeys({"k1": bytes(range(32))}, "k1"), self.clock)
        self.ingest = Ingest(self.store, self.vault, self.order_index, self.clock)
        self.metrics = Metrics(CollectorRegistry())

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
def say(home: Home) -> Callable[..., Awaitable[None]]:
    """Appends what another service says of an order."""

    async def append(said: events.OrderEvent) -> None:
        stream = order_stream(said.shop_id, said.order_id)
        new = NewEvent(fact_id(stream, said.type_name()), said, home.now, Trace("test"))
        await home.store.append([Append(stream, ANY_VERSION, (new,))])

    return append


@pytest.fixture
def raw() -> Callable[..., Raw]:
    """Makes a TikTok order as it comes by wire; keywords change fields, None takes one out."""
    return raw_order


@pytest.fixture
def wire() -> Callable[..., Order]:
    """Makes the same order as our client reads it."""
    return lambda **changes: read(Order, raw_order(**changes))


@pytest.fixture
async def world(home: Home) -> AsyncIterator[PolledShop]:
    """A shop that is polled, on the home's clock."""
    made = PolledShop(home)
    async with made.http:
        await made.open()
        yield made
