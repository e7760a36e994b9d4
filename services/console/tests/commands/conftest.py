"""The command line on a backend in memory."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import httpx
import pytest
from services.console.tests import happenings as happen
from services.console.tests.platforms import Catalogues
from services.console.tests.simulated_stores import SECRET, Simulated
from services.console.tests.two_shops import GOOD, GOOD_STORE, events_example
from typer.testing import CliRunner, Result

from console.backend import Backend
from console.cli import build
from console.memory import MemoryAuthorizations
from ordersync_contracts import events
from ordersync_contracts.streams import reconciliation_stream
from shopify.client import ShopifyClient
from shopify.installing import Installation
from shopify.oauth import TokenSource
from shopify.tokens import StaticTokens
from simulators.shopify.settings import Settings
from tiktok.errors import TikTokError
from vault.memory import MemoryVault

Run = Callable[..., Result]


class MemoryOpener:
    """Opens what commands need: everything in memory."""

    def __init__(
        self, backend: Backend, vault: MemoryVault, seller: Any, shopify: Any, shop_id: str
    ) -> None:
        self.covered: tuple[tuple[str, str], ...] = ((shop_id, "US"),)
        self.service_id = "service-1"
        self.begun = MemoryAuthorizations()
        self.sells = Catalogues()
        self._backend = replace(backend, who="tester (command line)")
        self._vault = vault
        self._seller = seller
        self._shopify = shopify

    @asynccontextmanager
    async def backend(self) -> AsyncIterator[Backend]:
        yield self._backend

    @asynccontextmanager
    async def vault(self) -> AsyncIterator[MemoryVault]:
        yield self._vault

    @asynccontextmanager
    async def seller(self) -> AsyncIterator[Any]:
        yield self._seller(*self.covered)

    @asynccontextmanager
    async def authorizations(self) -> AsyncIterator[MemoryAuthorizations]:
        yield self.begun

    def authorize_at(self) -> tuple[str, str]:
        return self.service_id, "https://services.us.tiktokshop.com"

    def installation(self) -> Installation:
        url = "https://orders.example.com/installed"
        return Installation("simulator-client", "simulator-secret", url, "write_orders")

    @asynccontextmanager
    async def store_tokens(self) -> AsyncIterator[TokenSource]:
        def answer(request: httpx.Request) -> httpx.Response:
            asked = json.loads(request.content)
            assert asked["grant_type"] == "client_credentials"
            given = {"access_token": "shpat_issued", "scope": "write_orders", "expires_in": 86399}
            return httpx.Response(200, json=given)

        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            yield TokenSource("app", "fake-secret", http)

    def shopify_webhook_url(self) -> str:
        return "https://orders.example.com/webhooks/shopify"

    @asynccontextmanager
    async def catalogues(self) -> AsyncIterator[tuple[Any, Any]]:
        """A TikTok shop and a store with these SKUs and variants, unless they are away."""
        yield self.sells, self.sells

    @asynccontextmanager
    async def store_probe(self, domain: str, token: str) -> AsyncIterator[ShopifyClient]:
        assert domain == "harbor.myshopify.com"
        yield self._shopify.client(self._backend.clock, token)


@pytest.fixture
def opener(backend: Backend, vault: MemoryVault, seller: Any, shopify_store: Any) -> MemoryOpener:
    return MemoryOpener(backend, vault, seller, shopify_store, happen.SHOP)


@pytest.fixture
def run(opener: MemoryOpener) -> Run:
    """Types a command; what came of it."""

    def invoke(*arguments: str, **extra: Any) -> Result:
        return CliRunner().invoke(build(arguments), list(arguments), obj=opener, **extra)

    return invoke


@pytest.fixture
def as_json(run: Run) -> Callable[..., Any]:
    """Types a command that shows something as JSON; what it showed."""
    return lambda *arguments: json.loads(run(*arguments, "-o", "json").stdout)


@pytest.fixture
def connect(run: Run) -> Run:
    """Types the arguments of ``shop connect-shopify``."""
    return partial(run, "shop", "connect-shopify", "--shop", happen.SHOP, "--domain", happen.STORE)


@pytest.fixture
def kept(vault: MemoryVault) -> Callable[[], Any]:
    """The credential that is kept of the store."""
    return lambda: asyncio.run(vault.get_credential("shopify_store", happen.STORE))


@pytest.fixture
def shopify(opener: Any, clock: Any, story: Any, store: Any) -> Simulated:
    """Stands in for every store of the opener; one shop is connected, without a store."""
    simulated = Simulated(happen.STORE)

    @asynccontextmanager
    async def tokens() -> AsyncIterator[TokenSource]:
        async with simulated.http() as http:
            yield TokenSource(Settings().client_id, SECRET, http)

    @asynccontextmanager
    async def probe(domain: str, token: str) -> AsyncIterator[ShopifyClient]:
        async with simulated.http() as http:
            yield ShopifyClient(http, StaticTokens({domain: token}), clock=clock)

    story.tell_all(story.shop(store=None))
    opener.store_tokens, opener.store_probe = tokens, probe
    return simulated


@pytest.fixture
def two(opener: Any, story: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two shops with an order each, and platforms that answer to both."""
    story.tell_all(
        story.shop(),
        story.shop(GOOD, store=GOOD_STORE),
        story.order("101", happen.blocked("101")),
        story.link("1729000001", 8801),
        story.tell(reconciliation_stream(happen.SHOP), events_example(events.StoreReconciled)),
        story.order("201", happen.eligible("201", GOOD), shop_id=GOOD),
    )

    @asynccontextmanager
    async def shop_calls() -> AsyncIterator[Any]:
        yield AnswersBoth()

    monkeypatch.setattr(opener, "shop_calls", shop_calls, raising=False)
    url = "https://orders.example.com/webhooks/tiktok"
    monkeypatch.setattr(opener, "tiktok_webhook_url", lambda: url, raising=False)
    return opener


class AnswersBoth:
    """TikTok answers to everything; ``error`` of the first shop."""

    error: TikTokError | None = None

    async def count(self, shop: Any, *_: object) -> Any:
        return self._of(shop, 3)

    async def webhooks(self, shop: Any) -> Any:
        return self._of(shop, {})

    async def enable_webhook(self, shop: Any, *_: object) -> None:
        self._of(shop, None)

    def _of(self, shop: Any, answer: Any) -> Any:
        if self.error and shop.shop_id == happen.SHOP:
            raise self.error
        return answer
