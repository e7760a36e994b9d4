"""One shop polled against a simulated TikTok Shop; a fixture of ``conftest``."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from itertools import count
from typing import Any

import httpx
import pytest
from tests.world.story import SHOP_ID

from connections.grants import to_credential
from fetcher.polling.poller import ShopPoller
from lifecycle.shop import Shop
from ordersync_contracts.events import OrderFetched, OrdersReconciled
from ordersync_contracts.streams import order_stream, reconciliation_stream
from simulators.tiktok.app import build_app
from simulators.tiktok.settings import Settings

Meddle = Callable[[httpx.Request, dict[str, Any]], Awaitable[dict[str, Any]]]


class Network(httpx.AsyncBaseTransport):
    """What lies between us and TikTok; ``meddle`` may change an answer."""

    def __init__(self, inner: httpx.AsyncBaseTransport, date: Callable[[], datetime]) -> None:
        self._inner = inner
        self.date = date
        self.meddle: Meddle | None = None
        self.headers: dict[str, str] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self._inner.handle_async_request(request)
        answer.headers["Date"] = format_datetime(self.date(), usegmt=True)
        if self.meddle is None or not request.url.path.endswith("/orders/search"):
            return answer
        body = await self.meddle(request, json.loads(await answer.aread()))
        headers = {"Date": answer.headers["Date"], **self.headers}
        return httpx.Response(answer.status_code, headers=headers, json=body)


@dataclass
class PolledShop:
    """A simulator, a poller of one shop, and where its orders end up; all on one clock."""

    home: Any
    days: int = 7
    webhooks: httpx.AsyncBaseTransport | None = None
    shop: Shop = field(init=False)
    poller: ShopPoller = field(init=False)
    room: asyncio.Event = field(default_factory=asyncio.Event)
    room_for: int = -1
    waiting: asyncio.Event = field(default_factory=asyncio.Event)
    ahead: timedelta = timedelta(0)
    _seen: int = 0

    def __post_init__(self) -> None:
        settings = Settings("key", "secret", webhook_retries_s=())
        app = build_app(settings, now=self.seconds, webhook_transport=self.webhooks)
        self.network = self.home.network = Network(httpx.ASGITransport(app), self.date)
        self.http = self.home.http
        self.home.lag = self.lag
        self.home.monotonic = partial(next, count(0.0, 10.0))  # what is asked is asked each time
        self.room.set()

    async def lag(self) -> Mapping[str, int]:
        """Nobody lags; it is not known while there is no ``room``, nor after ``room_for`` asked."""
        if self.room_for == 0:
            self.room.clear()
        self.room_for -= 1
        if not self.room.is_set():
            self.waiting.set()
        await self.room.wait()
        return {}

    async def until_waiting(self, bulk: "asyncio.Task[int]") -> None:
        asked = asyncio.create_task(self.waiting.wait())
        await asyncio.wait([asked, bulk], return_when=asyncio.FIRST_COMPLETED)
        assert not bulk.done(), bulk.result()

    def spoil(self, patch: pytest.MonkeyPatch, order_id: str, error: Exception) -> None:
        """Keeping this order's buyer, alone or among others, raises ``error``."""
        put_many = self.home.vault.put_many

        async def spoiled(entries: Any) -> Any:
            if any(entry.order_id == order_id for entry in entries):
                raise error
            return await put_many(entries)

        patch.setattr(self.home.vault, "put_many", spoiled)

    def seconds(self) -> float:
        """TikTok's clock; ours may be wrong."""
        return float((self.home.now - self.ahead).timestamp())

    def date(self) -> datetime:
        """What TikTok's answers are dated."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    async def open(self) -> None:
        """The shop opens, its seller authorises us, and orders count from ``days`` ago."""
        opened = await self.control("PUT", f"/_sim/shops/{SHOP_ID}", {"name": "S", "region": "US"})
        granted = await self.control("POST", "/_sim/grants", {"shop_ids": [SHOP_ID]})
        tokens = await self.home.tokens.get(granted["auth_code"])
        vault = self.home.vault
        await vault.put_credential("tiktok_shop", SHOP_ID, {"cipher": opened["cipher"]})
        await vault.put_credential("tiktok_grant", "grant-1", to_credential(tokens))
        self.shop = Shop(
            shop_id=SHOP_ID,
            grant_id="grant-1",
            is_connected=True,
            window_begins_at=self.home.now - timedelta(days=self.days),
        )
        await self.take_over()

    async def take_over(self) -> ShopPoller:
        """A poller as whoever takes the shop over makes it; the one before is overtaken."""
        self.poller = await self.home.service.take_over(SHOP_ID)
        return self.poller

    async def step(self, later: timedelta = timedelta(0)) -> int:
        """One round, and all that is due beside it."""
        self.home.now += later
        changed = await self.poller.poll(self.shop)
        return changed + await self.beside()

    async def beside(self, *lanes: str) -> int:
        """All that is due beside the rounds, in these lanes or in all; what is raised ends it."""
        kinds = [kind for kind in self.poller.kinds if kind.lane in lanes or not lanes]
        changed = 0
        while due := [kind for kind in kinds if kind.is_due(self.shop)]:
            for kind in due:
                changed += await kind.do(self.shop)
        return changed

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, path, json=body)
        assert answer.status_code < 300, answer.text
        for _ in range(6):  # what the simulator sends in the background is on its way
            await asyncio.sleep(0)
        return answer.json()

    async def place(self, *orders: dict[str, Any], as_given: bool = False) -> None:
        query = f"shop_id={SHOP_ID}{'&as_given=true' if as_given else ''}"
        await self.control("POST", f"/_sim/orders?{query}", list(orders))

    async def change(self, order_id: str, **patch: Any) -> None:
        await self.control("PATCH", f"/_sim/orders/{order_id}", patch)

    async def statuses(self, order_id: str) -> list[str]:
        history = await self.home.store.read(order_stream(SHOP_ID, order_id))
        return [json.loads(recorded.data)["status"] for recorded in history]

    async def orders(self) -> dict[str, dict[str, Any]]:
        """TikTok's own, by id."""
        orders = (await self.control("GET", "/_sim/orders"))["orders"]
        return {order["id"]: order for order in orders}

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
        return [asked["query"] for asked in requests if asked["path"].endswith("/202507/orders")]

    async def searches(self) -> list[dict[str, Any]]:
        """The bodies of all searches since the last time, oldest first."""
        requests = (await self.control("GET", "/_sim/requests"))["requests"]
        found = [asked for asked in requests if asked["path"].endswith("/orders/search")]
        new = found[self._seen :]
        self._seen = len(found)
        return [json.loads(asked["body"] or "{}") for asked in new]
