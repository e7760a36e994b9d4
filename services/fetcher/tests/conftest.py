"""The whole fetcher on tables in memory, and TikTok orders as they come by wire."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry
from services.fetcher.tests.followed_shops import Shops
from services.fetcher.tests.polled_shop import PolledShop
from tests.world import story
from tests.world.services import nothing_waits
from tests.world.story import NOW, ORDER_ID, SHOP_ID
from tests.world.writer import nobody_lags

from connections.backpressure import Backlog, Lag
from connections.waits import Waits
from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, Append
from fetcher.app import Connections, Fetcher, build
from fetcher.memory import MemoryCheckpoints, MemoryOrderIndex
from fetcher.settings import FetcherSettings
from fetcher.webhooks.inbox import LAYOUT
from inbox.memory import MemoryInbox
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream, shop_stream
from runtime.backoff import Backoff
from runtime.clock import Clocks, Monotonic, monotonic
from runtime.randomness import system_chance, system_id
from runtime.session_memory import MemoryLocks
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.pages import Page
from tiktok.tokens import TokenClient
from tiktok.wire.orders import Order
from tiktok.wire.reading import read
from vault.memory import MemoryVault

pytest.register_assert_rewrite("services.fetcher.tests.suite_tables")

Raw = dict[str, Any]
SETTINGS = FetcherSettings.model_validate(
    story.SETTINGS
    | {
        "tiktok_app_key": "key",
        "tiktok_app_secret": "secret",
        "tiktok_old_app_secret": "secret of last month",
    }
)


def page(*raw: Raw, asked_at: datetime = NOW) -> Page[Order]:
    items = tuple(read(Order, order) for order in raw)
    return Page(items, None, len(items), asked_at, "request-1")


class Switch(httpx.AsyncBaseTransport):
    """Where calls to TikTok end: whatever ``home.network`` is at that moment."""

    def __init__(self, home: "Home") -> None:
        self._home = home

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._home.network.handle_async_request(request)


class Home:
    """The whole fetcher (``service``) on memory, one clock and a network that a test sets.

    ``now`` is what the clock says; keywords change settings.
    """

    def __init__(self, **settings: Any) -> None:
        self.now = NOW
        self.network: httpx.AsyncBaseTransport = httpx.MockTransport(nobody)
        self.monotonic: Monotonic = monotonic
        self.lag: Lag = nobody_lags
        self.backlog: Backlog = nothing_waits
        self.settings = SETTINGS.model_copy(update=settings)
        self.store = MemoryEventStore(self.clock)
        self.vault = MemoryVault(story.KEYS, self.clock, token_bytes)
        self.checkpoints = MemoryCheckpoints()
        self.order_index = MemoryOrderIndex()
        self.inbox = MemoryInbox(LAYOUT)
        self.locks = MemoryLocks(monotonic)
        self.http = httpx.AsyncClient(transport=Switch(self), base_url="http://sim")
        self.app = App("key", "secret")
        self.tiktok = TikTokClient(self.http, self.app, clock=self.clock, base_url="http://sim")
        self.tokens = TokenClient(self.http, self.app, clock=self.clock, base_url="http://sim")
        self.service = self.build()
        self.ingest = self.service.ingest

    def build(self) -> Fetcher:
        """Another fetcher on the same tables and locks."""
        connections = Connections(
            self.store,
            self.vault,
            self.tiktok,
            self.tokens,
            self.checkpoints,
            self.order_index,
            self.inbox,
            self._lag,
            self._backlog,
            self.locks.open_session,
        )
        clocks = Clocks(self.clock, self._monotonic)
        return build(
            connections, self.settings, clocks, system_id, system_chance, CollectorRegistry()
        )

    def _monotonic(self) -> float:
        return self.monotonic()

    async def _lag(self) -> Mapping[str, int]:
        return await self.lag()

    async def _backlog(self, store: str) -> float:
        return await self.backlog(store)

    def clock(self) -> datetime:
        return self.now

    async def authorise(self, *shop_ids: str, grant: str = "grant-1") -> None:
        """The vault holds a good token, ``access-0``, and a cipher for each of the shops."""
        for shop_id in shop_ids:
            cipher = {"cipher": f"cipher-{shop_id}"}
            await self.vault.put_credential("tiktok_shop", shop_id, cipher)
        granted = {
            "access_token": "access-0",
            "refresh_token": "refresh-0",
            "access_expires_at": (NOW + timedelta(days=5)).isoformat(),
            "refresh_expires_at": (NOW + timedelta(days=29)).isoformat(),
        }
        await self.vault.put_credential("tiktok_grant", grant, granted)

    async def record(self, *said: Any) -> None:
        """Other services say this, in its shop's or its order's stream."""
        for event in said:
            stream = shop_stream(event.shop_id)
            if isinstance(event, events.OrderEvent):
                stream = order_stream(event.shop_id, event.order_id)
            head = await self.store.head()
            new = NewEvent(fact_id(stream, str(head)), event, self.now, Trace("test"))
            await self.store.append([Append(stream, ANY_VERSION, (new,))])

    page = staticmethod(page)

    async def fetch(self, *raw: Raw, asked_at: datetime | None = None) -> int:
        return await self.ingest.page(SHOP_ID, page(*raw, asked_at=asked_at or self.now))

    async def snapshots(self, order_id: str = ORDER_ID) -> list[events.OrderFetched]:
        history = await self.store.read(order_stream(SHOP_ID, order_id))
        fetched = (recorded.event for recorded in history)
        return [event for event in fetched if isinstance(event, events.OrderFetched)]


def nobody(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"nobody answers {request.method} {request.url.path} in this test")


@pytest.fixture
def make_home() -> type[Home]:
    """Makes a fetcher whose settings are others."""
    return Home


@pytest.fixture
def home() -> Home:
    return Home()


@pytest.fixture
async def world(home: Home) -> PolledShop:
    """A shop that is polled, on the home's clock."""
    made = PolledShop(home)
    await made.open()
    return made


@pytest.fixture
def shops() -> Shops:
    """Shops that are followed without waits between their rounds; what failed waits for minutes."""
    waits = Waits(shop=Backoff(first=300.0, longest=300.0))
    return Shops(Home(poll_interval_s=0.001, assignment_interval_s=0.01, waits=waits))
