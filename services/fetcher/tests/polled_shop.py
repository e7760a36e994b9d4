"""One shop polled against a simulated TikTok Shop; a fixture of ``conftest``."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import httpx

from connections.grants import GrantAccess, to_credential
from fetcher.polling.history import HistoryRecord
from fetcher.polling.packages_and_cancellations import PackagesAndCancellations
from fetcher.polling.poller import Means, Rhythm, ShopPoller
from fetcher.polling.reconciliation import Reconciliation
from fetcher.reading.orders import Reader
from lifecycle.shop import Shop
from ordersync_contracts.events import OrderFetched, OrdersReconciled
from ordersync_contracts.streams import order_stream, reconciliation_stream
from simulators.tiktok.app import build_app
from simulators.tiktok.settings import Settings
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.tokens import TokenClient

SHOP_ID: Final = "7495514739512345678"
Meddle = Callable[[httpx.Request, dict[str, Any]], Awaitable[dict[str, Any]]]
RHYTHM: Final = Rhythm(
    overlap=timedelta(minutes=2),
    sweep_every=timedelta(minutes=15),
    longest_window=timedelta(days=1),
)


class Network(httpx.AsyncBaseTransport):
    """What lies between us and TikTok; ``meddle`` may change an answer."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner
        self.meddle: Meddle | None = None
        self.headers: dict[str, str] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        if self.meddle is None or not request.url.path.endswith("/orders/search"):
            return answer
        body = await self.meddle(request, json.loads(await answer.aread()))
        return httpx.Response(answer.status_code, headers=self.headers, json=body)


@dataclass
class PolledShop:
    """A simulator, a poller of one shop, and where its orders end up; all on one clock."""

    home: Any
    page_size: int = 100
    http: httpx.AsyncClient = field(init=False)
    reader: Reader = field(init=False)
    shop: Shop = field(init=False)
    poller: ShopPoller = field(init=False)
    means: Means = field(init=False)
    room: asyncio.Event = field(default_factory=asyncio.Event)
    room_for: int = -1
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    ahead: timedelta = timedelta(0)
    _seen: int = 0

    def __post_init__(self) -> None:
        app = build_app(Settings("key", "secret"), now=self.seconds)
        self.network = Network(httpx.ASGITransport(app))
        self.http = httpx.AsyncClient(transport=self.network, base_url="http://sim")
        client_app = App("key", "secret")
        tiktok = TikTokClient(self.http, client_app, clock=self.home.clock, base_url="http://sim")
        self.tokens = TokenClient(
            self.http, client_app, clock=self.home.clock, base_url="http://sim"
        )
        accesses = GrantAccess(self.home.vault, self.tokens, self.home.clock)
        home = self.home
        self.reader = Reader(tiktok, accesses, home.ingest, home.store, page_size=self.page_size)
        reconciliation = Reconciliation(
            home.store,
            home.order_index,
            self.reader,
            home.clock,
            home.metrics,
            longest_window=RHYTHM.longest_window,
        )
        aftermath = PackagesAndCancellations(tiktok, self.reader, home.ingest)
        history = HistoryRecord(home.store, home.clock)
        self.means = Means(
            home.checkpoints, self.reader, aftermath, reconciliation, history, self.has_room
        )
        self.room.set()

    async def has_room(self, shop: Shop) -> None:
        assert shop == self.shop
        if self.room_for == 0:
            self.room.clear()
        self.room_for -= 1
        if not self.room.is_set():
            self.waiting.set()
        await self.room.wait()

    async def until_waiting(self, bulk: "asyncio.Task[int]") -> None:
        asked = asyncio.create_task(self.waiting.wait())
        await asyncio.wait([asked, bulk], return_when=asyncio.FIRST_COMPLETED)
        assert not bulk.done(), bulk.result()

    def seconds(self) -> float:
        """TikTok's clock; ours may be wrong."""
        return float((self.home.now - self.ahead).timestamp())

    async def open(self) -> None:
        """The shop opens, its seller authorises us, and orders count from a week ago."""
        opened = await self.control("PUT", f"/_sim/shops/{SHOP_ID}", {"name": "S", "region": "US"})
        granted = await self.control("POST", "/_sim/grants", {"shop_ids": [SHOP_ID]})
        tokens = await self.tokens.get(granted["auth_code"])
        vault = self.home.vault
        await vault.put_credential("tiktok_shop", SHOP_ID, {"cipher": opened["cipher"]})
        await vault.put_credential("tiktok_grant", "grant-1", to_credential(tokens))
        self.shop = Shop(
            shop_id=SHOP_ID,
            grant_id="grant-1",
            is_connected=True,
            window_begins_at=self.home.now - timedelta(days=7),
        )
        await self.take_over()

    async def take_over(self) -> ShopPoller:
        """A poller as whoever takes the shop over makes it; the one before is overtaken."""
        polls = self.home.checkpoints
        progress = await polls.take_over(SHOP_ID)
        self.poller = ShopPoller(SHOP_ID, progress, self.means, RHYTHM)
        return self.poller

    async def step(self, later: timedelta = timedelta(0)) -> int:
        """One round, and all the bulk that is due after it."""
        self.home.now += later
        changed = await self.poller.step(self.shop, self.home.clock)
        return changed + await self.bulk()

    async def bulk(self) -> int:
        changed = 0
        while self.poller.is_bulk_due(self.shop, self.home.clock):
            changed += await self.poller.bulk(self.shop, self.home.clock)
        return changed

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def place(self, *orders: dict[str, Any], as_given: bool = False) -> None:
        query = f"shop_id={SHOP_ID}{'&as_given=true' if as_given else ''}"
        await self.control("POST", f"/_sim/orders?{query}", list(orders))

    async def change(self, order_id: str, **patch: Any) -> None:
        await self.control("PATCH", f"/_sim/orders/{order_id}", patch)

    async def statuses(self, order_id: str) -> list[str]:
        history = await self.home.store.read(order_stream(SHOP_ID, order_id))
        return [json.loads(one.data)["status"] for one in history]

    async def order(self, order_id: str) -> dict[str, Any]:
        orders = (await self.control("GET", "/_sim/orders"))["orders"]
        found: dict[str, Any] = next(one for one in orders if one["id"] == order_id)
        return found

    async def snapshots(self, order_id: str) -> list[OrderFetched]:
        found: list[OrderFetched] = await self.home.snapshots(order_id)
        return found

    async def proof(self) -> OrdersReconciled:
        last = (await self.home.store.read(reconciliation_stream(SHOP_ID)))[-1].event
        assert isinstance(last, OrdersReconciled)
        return last

    async def details(self) -> list[str]:
        """The ids asked for by all detail calls so far."""
        requests = (await self.control("GET", "/_sim/requests"))["requests"]
        return [one["query"] for one in requests if one["path"].endswith("/202507/orders")]

    async def searches(self) -> list[dict[str, Any]]:
        """The bodies of all searches since the last time, oldest first."""
        requests = (await self.control("GET", "/_sim/requests"))["requests"]
        found = [one for one in requests if one["path"].endswith("/orders/search")]
        new = found[self._seen :]
        self._seen = len(found)
        return [json.loads(one["body"] or "{}") for one in new]
