"""A simulator in this process, its clock in the test's hand, and a caller that signs."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from simulators.tiktok.app import build_app
from simulators.tiktok.settings import Settings
from simulators.tiktok.signing import request_signature

NOW = 1_795_000_000
SHOP_ID = "7495540735365777507"
PRODUCTS = [
    {
        "product_id": "1729500000000000001",
        "title": "Socks",
        "sku_id": "2729300000000000011",
        "sku_name": "Black, M",
        "seller_sku": "SOCK-BLK-M",
        "price": "19.99",
        "barcode": "012345678905",
    },
    {
        "product_id": "1729500000000000001",
        "title": "Socks",
        "sku_id": "2729300000000000012",
        "sku_name": "White, L",
        "seller_sku": "SOCK-WHT-L",
        "price": "7.35",
    },
    {
        "product_id": "1729500000000000002",
        "title": "Hat",
        "sku_id": "2729300000000000021",
        "seller_sku": "ONLY-TIKTOK",
        "price": "12",
        "unlinked": True,
    },
]


@dataclass
class Inbox:
    """Receives webhooks; `answers` are the statuses it gives, the last one for ever."""

    answers: list[int] = field(default_factory=lambda: [200])
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        status = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return httpx.Response(status)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests]


@dataclass
class Sim:
    """The simulator; `now` is its time in unix seconds."""

    inbox: Inbox = field(default_factory=Inbox)
    now: float = NOW
    settings: Settings = field(
        default_factory=lambda: Settings("test_key", "test_secret", webhook_retries_s=(0, 0))
    )
    shop_id: str = SHOP_ID
    token: str = ""
    cipher: str = ""
    http: httpx.AsyncClient = field(init=False)

    def start(self) -> None:
        app = build_app(
            self.settings,
            now=lambda: self.now,
            webhook_transport=httpx.MockTransport(self.inbox),
        )
        transport = httpx.ASGITransport(app)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://sim")

    async def control(self, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
        answer = await self.http.request(method, path, json=body)
        assert answer.status_code == expect, answer.text
        return answer.json()

    async def open_shop(self) -> None:
        shop = {"name": "Demo Shop", "region": "US", "products": PRODUCTS}
        shown = await self.control("PUT", f"/_sim/shops/{self.shop_id}", shop)
        grant = await self.control("POST", "/_sim/grants", {"shop_ids": [self.shop_id]})
        self.cipher, self.token = shown["cipher"], grant["access_token"]

    def query(self, path: str, body: bytes = b"", **query: str) -> dict[str, str]:
        """A signed query; a value of None leaves a parameter out."""
        wished = {
            "app_key": "test_key",
            "timestamp": str(int(self.now)),
            "shop_cipher": self.cipher,
        }
        full = {k: v for k, v in (wished | query).items() if v is not None}
        return full | {"sign": request_signature("test_secret", path, full, body)}

    async def call(
        self, method: str, path: str, body: Any = None, *, token: str | None = None, **query: Any
    ) -> httpx.Response:
        content = b"" if body is None else json.dumps(body).encode()
        return await self.http.request(
            method,
            path,
            params=self.query(path, content, **query),
            content=content,
            headers={
                "x-tts-access-token": self.token if token is None else token,
                "content-type": "application/json",
            },
        )

    async def data(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        answer = await self.call(method, path, body, **query)
        assert answer.status_code == 200, answer.text
        assert answer.json()["code"] == 0, answer.text
        return answer.json()["data"]

    async def search(self, body: Any = None, **query: Any) -> Any:
        asked = {"page_size": "100"} | query
        return await self.data("POST", "/order/202309/orders/search", body, **asked)

    async def post(self, *orders: dict[str, Any], as_given: bool = False) -> list[dict[str, Any]]:
        path = f"/_sim/orders?shop_id={self.shop_id}{'&as_given=true' if as_given else ''}"
        return (await self.control("POST", path, list(orders)))["orders"]

    async def patch(self, order_id: str, patch: Any, *, touch: bool = False) -> Any:
        path = f"/_sim/orders/{order_id}{'?touch=true' if touch else ''}"
        return await self.control("PATCH", path, patch)

    async def generate(self, expect: int = 200, **wish: Any) -> Any:
        body = {"shop_id": self.shop_id} | wish
        return await self.control("POST", "/_sim/generate", body, expect)


@pytest.fixture
async def empty_sim() -> AsyncIterator[Sim]:
    """A simulator without shops."""
    sim = Sim()
    sim.start()
    async with sim.http:
        yield sim


@pytest.fixture
async def sim(empty_sim: Sim) -> Sim:
    """A simulator with a shop, its catalogue and a good token."""
    await empty_sim.open_shop()
    return empty_sim


@pytest.fixture
def order() -> dict[str, Any]:
    """A plain order, as orders/search returns it."""
    return {
        "id": "576461413038785752",
        "status": "AWAITING_SHIPMENT",
        "create_time": NOW - 3_600,
        "update_time": NOW - 3_000,
        "paid_time": NOW - 3_500,
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "SELLER",
        "user_id": "7021436810468230477",
        "warehouse_id": "6955005333819123123",
        "recipient_address": {"name": "Testa Buyerson", "region_code": "US"},
        "line_items": [
            {"id": "1", "sku_id": "11", "display_status": "AWAITING_SHIPMENT", "sale_price": "5"},
            {"id": "2", "sku_id": "12", "display_status": "AWAITING_SHIPMENT", "sale_price": "7.5"},
        ],
        "payment": {"currency": "USD", "total_amount": "12.5"},
    }
