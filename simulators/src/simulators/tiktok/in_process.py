"""The simulator inside a test's process: its clock in the test's hand, and a caller that signs."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from simulators.inbox import Inbox
from simulators.observer import Observe, nobody
from simulators.randomness import SYSTEM, Randomness
from simulators.tiktok.app import build_app
from simulators.tiktok.settings import Settings
from simulators.tiktok.signing import request_signature

Json = dict[str, Any]

START = 1_795_000_000
"""The time at which an in-process simulator starts, in unix seconds."""

SETTINGS = Settings("test_key", "test_secret", webhook_retries_s=(0, 0))
"""Made-up credentials, and notifications tried again at once."""


@dataclass
class InProcessTikTok:
    """A simulator without a network; `start` it before use.

    `now` is its time in unix seconds, unless `clock` tells it. `webhook_transport` takes its
    notifications instead of `inbox`. `observe` is told of every change of an order. `shop_id`: the
    one that the calls below are about; there may be more.
    """

    inbox: Inbox = field(default_factory=Inbox)
    now: float = START
    clock: Callable[[], float] | None = None
    webhook_transport: httpx.AsyncBaseTransport | None = None
    randomness: Randomness = SYSTEM
    observe: Observe = nobody
    settings: Settings = field(default_factory=lambda: SETTINGS)
    shop_id: str = "7495540735365777507"
    token: str = ""
    cipher: str = ""
    transport: httpx.ASGITransport = field(init=False)
    http: httpx.AsyncClient = field(init=False)

    def start(self) -> None:
        """An empty simulator with these settings."""
        webhooks = self.webhook_transport or httpx.MockTransport(self.inbox)
        app = build_app(
            self.settings,
            now=self.time,
            webhook_transport=webhooks,
            randomness=self.randomness,
            observe=self.observe,
        )
        self.transport = httpx.ASGITransport(app)
        self.http = httpx.AsyncClient(transport=self.transport, base_url="http://sim")

    def time(self) -> float:
        """Its time in unix seconds."""
        return self.now if self.clock is None else self.clock()

    async def control(self, method: str, path: str, body: object = None, expect: int = 200) -> Json:
        """A control request; its JSON. Raises ValueError when its status is another."""
        answer = await self.http.request(method, path, json=body)
        if answer.status_code != expect:
            raise ValueError(f"{method} {path}: {answer.status_code} {answer.text}")
        answered: Json = answer.json()
        return answered

    async def open_shop(self, products: Sequence[Json] = ()) -> None:
        """Makes the shop and authorises the app."""
        shop = {"name": "Demo Shop", "region": "US", "products": list(products)}
        shown = await self.control("PUT", f"/_sim/shops/{self.shop_id}", shop)
        self.cipher = shown["cipher"]
        await self.authorize()

    async def authorize(self) -> None:
        """A new token for the shop."""
        grant = await self.control("POST", "/_sim/grants", {"shop_ids": [self.shop_id]})
        self.token = grant["access_token"]

    def query(self, path: str, body: bytes = b"", **query: str | None) -> dict[str, str]:
        """A signed query; a value of None leaves a parameter out."""
        wished = {
            "app_key": self.settings.app_key,
            "timestamp": str(int(self.time())),
            "shop_cipher": self.cipher,
        } | query
        full = {key: value for key, value in wished.items() if value is not None}
        return full | {"sign": request_signature(self.settings.app_secret, path, full, body)}

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        **query: str | None,
    ) -> httpx.Response:
        """A signed call, whatever its answer."""
        content = b"" if body is None else json.dumps(body).encode()
        headers = {
            "x-tts-access-token": self.token if token is None else token,
            "content-type": "application/json",
        }
        signed = self.query(path, content, **query)
        return await self.http.request(
            method, path, params=signed, content=content, headers=headers
        )

    async def data(self, method: str, path: str, body: object = None, **query: str | None) -> Json:
        """The `data` of a call that succeeds. Raises ValueError when it does not."""
        answer = await self.call(method, path, body, **query)
        envelope = answer.json()
        if answer.status_code != 200 or envelope["code"] != 0:
            raise ValueError(f"{method} {path}: {answer.status_code} {answer.text}")
        data: Json = envelope["data"]
        return data

    async def search(self, body: object = None, **query: str | None) -> Json:
        """orders/search, 100 to a page unless told otherwise."""
        asked = {"page_size": "100", **query}
        return await self.data("POST", "/order/202309/orders/search", body, **asked)

    async def post(self, *orders: Json, as_given: bool = False) -> list[Json]:
        """Posts raw orders; as they are stored."""
        path = f"/_sim/orders?shop_id={self.shop_id}{'&as_given=true' if as_given else ''}"
        stored: list[Json] = (await self.control("POST", path, list(orders)))["orders"]
        return stored

    async def patch(self, order_id: str, patch: Json, *, touch: bool = False) -> Json:
        """Patches an order; as it is stored."""
        path = f"/_sim/orders/{order_id}{'?touch=true' if touch else ''}"
        stored: Json = await self.control("PATCH", path, patch)
        return stored

    async def generate(self, expect: int = 200, **wish: object) -> Json:
        """Generates orders for the shop."""
        return await self.control(
            "POST", "/_sim/generate", {"shop_id": self.shop_id, **wish}, expect
        )
