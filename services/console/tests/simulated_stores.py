"""Two simulated Shopify stores in this process."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import httpx

from simulators.shopify.app import build_app
from simulators.shopify.settings import Settings

OTHER = "elsewhere.myshopify.com"
TOKENS = "/admin/oauth/access_token"
SECRET = Settings().client_secret


@dataclass
class Simulated:
    """Two stores in this process; notes what was asked of them."""

    store: str
    asked: list[httpx.Request] = field(default_factory=list)
    is_down: bool = False

    def __post_init__(self) -> None:
        self.app = build_app(Settings())
        for domain in (self.store, OTHER):
            put = self.call("PUT", f"http://sim/_sim/shops/{domain}", json={"plan": "basic"})
            put.raise_for_status()

    async def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if self.is_down:
            return httpx.Response(503)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as inner:
            return await inner.send(request)

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self.handle))

    def call(self, method: str, url: str, **extra: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(self.app)) as http:
                return await http.request(method, url, **extra)

        return asyncio.run(send())

    def agree(self, address: str) -> str:
        """Where the browser of a person who agrees ends."""
        return str(self.call("GET", address).headers["location"])

    @property
    def traded(self) -> int:
        return sum(request.url.path == TOKENS for request in self.asked)
