"""Whatever of one shop is poisoned, a second shop's orders go on in time."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from services.fetcher.tests.notifications import body, signed
from tests.world.story import connected, raw_order

from connections.grants import to_credential
from fetcher.webhooks.endpoint import PATH
from ordersync_contracts import events
from ordersync_contracts.codec import UnreadableEvent
from ordersync_contracts.streams import order_stream
from simulators.tiktok.app import build_app
from simulators.tiktok.settings import Settings
from vault.keys import MasterKeyMissing

BAD, GOOD = "7495514739512345678", "7495514739587654321"
IN_TIME = timedelta(minutes=2)
LIMIT_S = 10.0
INTERNAL = {"code": 36009003, "message": "internal", "request_id": "r"}
Answer = Callable[[httpx.Request], httpx.Response | None]


@dataclass
class Shops:
    """Two shops of two sellers, followed by one whole fetcher whose clock runs a second a tick."""

    home: Any
    poison: Answer = field(default=lambda _: None)
    ciphers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        app = build_app(Settings("key", "secret"), now=self.seconds)
        self.sim = httpx.ASGITransport(app)
        self.home.network = httpx.MockTransport(self.answer)

    def seconds(self) -> float:
        return float(self.home.now.timestamp())

    async def answer(self, request: httpx.Request) -> httpx.Response:
        is_bad = request.url.params.get("shop_cipher") == self.ciphers.get(BAD, "none")
        poisoned = self.poison(request) if is_bad else None
        return poisoned or await self.sim.handle_async_request(request)

    async def control(self, method: str, path: str, said: Any = None) -> Any:
        return (await self.home.http.request(method, path, json=said)).json()

    async def open(self) -> None:
        for shop_id in (BAD, GOOD):
            opened = await self.control("PUT", f"/_sim/shops/{shop_id}", {"region": "US"})
            granted = await self.control("POST", "/_sim/grants", {"shop_ids": [shop_id]})
            tokens = await self.home.tokens.get(granted["auth_code"])
            self.ciphers[shop_id] = opened["cipher"]
            vault, grant = self.home.vault, f"grant-{shop_id}"
            await vault.put_credential("tiktok_shop", shop_id, {"cipher": opened["cipher"]})
            await vault.put_credential("tiktok_grant", grant, to_credential(tokens))
            begins_at = self.home.now - timedelta(days=3)
            said = {"shop_id": shop_id, "grant_id": grant, "window_begins_at": begins_at}
            shop = connected()[0]
            assert isinstance(shop, events.ShopConnected)
            await self.home.record(shop.model_copy(update=said))

    async def place(self, shop_id: str, *orders: dict[str, Any]) -> None:
        await self.control("POST", f"/_sim/orders?shop_id={shop_id}", list(orders))

    async def known(self, shop_id: str, order_id: str) -> list[str]:
        history = await self.home.store.read(order_stream(shop_id, order_id))
        return [recorded.name for recorded in history]

    async def notify(self, shop_id: str, order_id: str) -> None:
        raw = body(f"n{shop_id}{order_id}", shop_id=shop_id, data={"order_id": order_id})
        door = httpx.ASGITransport(self.home.service.endpoints["webhooks"])
        async with httpx.AsyncClient(transport=door, base_url="http://app") as http:
            answer = await http.post(PATH, content=raw, headers=signed(raw))
        assert answer.status_code == 200

    async def until_told(self, shop_id: str, order_id: str, name: str) -> timedelta:
        """How long it took until the order's stream said this, by the clock of the fetcher."""
        began = self.home.now
        async with asyncio.timeout(LIMIT_S):
            while name not in await self.known(shop_id, order_id):
                await self.home.store.wait(0.05)
        took: timedelta = self.home.now - began
        return took

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[list["asyncio.Task[None]"]]:
        """Every task of the fetcher; ``expiry`` and ``erasure`` look now."""

        async def tick() -> None:
            while True:
                self.home.now += timedelta(seconds=1)
                await asyncio.sleep(0.002)

        names = ("follow", "inbox", "expiry", "erasure")
        running = [asyncio.create_task(self.home.service.tasks[name]()) for name in names]
        ticking = asyncio.create_task(tick())
        try:
            yield running
        finally:
            for task in (*running, ticking):
                task.cancel()
            await asyncio.gather(*running, ticking, return_exceptions=True)


def huge(order_id: str) -> dict[str, Any]:
    line = raw_order()["line_items"][0] | {"product_name": "Sticker, die cut, weatherproof"}
    return raw_order(id=order_id, line_items=[line | {"id": str(n)} for n in range(3000)])


def refusing(path: str, said: str = "") -> Callable[[Shops, pytest.MonkeyPatch], None]:
    """TikTok fails for the shop's calls of a path, whose body says this."""

    def poison(shops: Shops, _: pytest.MonkeyPatch) -> None:
        def answer(request: httpx.Request) -> httpx.Response | None:
            is_meant = request.url.path.endswith(path) and said in request.content.decode()
            return httpx.Response(500, json=INTERNAL) if is_meant else None

        shops.poison = answer

    return poison


def with_a_huge_order(path: str) -> Callable[[Shops, pytest.MonkeyPatch], None]:
    """Each answer of a path holds an order that no event can hold."""

    def poison(shops: Shops, _: pytest.MonkeyPatch) -> None:
        said = {"code": 0, "data": {"orders": [huge("66")], "total_count": 1}}
        content = json.dumps(said)

        def answer(request: httpx.Request) -> httpx.Response | None:
            is_meant = request.url.path.endswith(path)
            return httpx.Response(200, content=content) if is_meant else None

        shops.poison = answer

    return poison


def surprising(path: str) -> Callable[[Shops, pytest.MonkeyPatch], None]:
    """Our own code ends in an error that nobody expects."""

    def poison(shops: Shops, _: pytest.MonkeyPatch) -> None:
        def answer(request: httpx.Request) -> httpx.Response | None:
            if request.url.path.endswith(path):
                raise LookupError("a bug")
            return None

        shops.poison = answer

    return poison


def locked(shops: Shops, patch: pytest.MonkeyPatch) -> None:
    """No key opens what the vault holds of the shop's buyers."""
    put_many = shops.home.vault.put_many

    async def put(entries: Any) -> Any:
        if any(entry.shop_id == BAD for entry in entries):
            raise MasterKeyMissing("VAULT_KEYS does not hold key 'k1'")
        return await put_many(entries)

    patch.setattr(shops.home.vault, "put_many", put)


def unreadable(shops: Shops, patch: pytest.MonkeyPatch) -> None:
    """A stream of the shop cannot be read, and its buyer is due to be erased first."""
    read = shops.home.store.read

    async def spoiled(stream: str) -> Any:
        if stream == order_stream(BAD, "1"):
            raise UnreadableEvent("OrderFetched.v1: status")
        return await read(stream)

    patch.setattr(shops.home.store, "read", spoiled)


def lost_grant(shops: Shops, patch: pytest.MonkeyPatch) -> None:
    """The seller's tokens cannot be opened."""
    get = shops.home.vault.get_credential

    async def credential(kind: Any, credential_id: str) -> Any:
        if credential_id == f"grant-{BAD}":
            raise MasterKeyMissing("VAULT_KEYS does not hold key 'k1'")
        return await get(kind, credential_id)

    patch.setattr(shops.home.vault, "get_credential", credential)


@pytest.fixture
async def shops(make_home: Callable[..., Any]) -> Shops:
    made = Shops(
        make_home(
            poll_interval_s=0.01,
            assignment_interval_s=0.01,
            aftermath_interval_s=2.0,
            sweep_interval_s=30.0,
            reconcile_interval_s=60.0,
        )
    )
    await made.open()
    return made


@pytest.mark.parametrize(
    "poison",
    [
        pytest.param(with_a_huge_order("/orders/search"), id="poll page"),
        pytest.param(refusing("/orders/search", "update_time_ge"), id="poll"),
        pytest.param(surprising("/orders/search"), id="poll, a bug"),
        pytest.param(with_a_huge_order("/202507/orders"), id="webhook's order"),
        pytest.param(surprising("/202507/orders"), id="webhook, a bug"),
        pytest.param(refusing("/packages/search"), id="package search"),
        pytest.param(refusing("/cancellations/search"), id="cancellation search"),
        pytest.param(surprising("/packages/search"), id="package search, a bug"),
        pytest.param(refusing("/orders/search", "order_status"), id="sweep"),
        pytest.param(refusing("/orders/search", "create_time_ge"), id="history and proof"),
        pytest.param(locked, id="vault entry"),
        pytest.param(unreadable, id="erasure"),
        pytest.param(lost_grant, id="expiry and tokens"),
    ],
)
async def test_a_second_shop_s_orders_go_on_in_time(
    shops: Shops,
    monkeypatch: pytest.MonkeyPatch,
    poison: Callable[[Shops, pytest.MonkeyPatch], None],
) -> None:
    ended = int((shops.home.now - timedelta(days=31)).timestamp())
    for shop_id, later in ((BAD, 0), (GOOD, 60)):
        done = raw_order(id="1", status="COMPLETED", create_time=ended, update_time=ended + later)
        raw = raw_order(id="1", create_time=ended, update_time=ended)
        for order in (raw, done):
            page = shops.home.page(order)
            await shops.home.ingest.page(shop_id, page)
        at = shops.home.now - timedelta(days=31) + timedelta(seconds=later)
        await shops.home.order_index.ends(shop_id, "1", at)
    poison(shops, monkeypatch)
    async with shops.running() as tasks:
        for n in range(3):
            order_id = f"2{n}"
            await shops.place(BAD, raw_order(id=f"3{n}"))
            await shops.notify(BAD, f"3{n}")
            await shops.place(GOOD, raw_order(id=order_id))
            if n == 1:
                await shops.notify(GOOD, order_id)
            assert await shops.until_told(GOOD, order_id, "OrderFetched") < IN_TIME
        assert not [task for task in tasks if task.done()]
        shops.poison = lambda _: None
        monkeypatch.undo()
        await shops.until_told(GOOD, "1", "RecipientErased")
        await shops.place(BAD, raw_order(id="40"))
        shops.home.now += timedelta(hours=1)
        await shops.until_told(BAD, "40", "OrderFetched")
