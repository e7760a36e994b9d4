"""A scripted server, and the two transports that must be classified alike."""

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
from libs.shopify.tests.client_maker import MakeClient
from tests.doubles.scripted_http import ScriptedServer, scripted_server

from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from shopify.transport import Timeouts, open_http

STORE = "demo.myshopify.com"
TOKEN = "shpat_planted_token_4711"
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TIMEOUTS = Timeouts(connect_s=2.0, read_s=2.0, total_s=5.0)


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as scripted:
        yield scripted


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Made once: reading the certificates takes 20 ms, and nobody here speaks TLS."""
    return httpx.create_ssl_context()


@pytest.fixture(params=["aiohttp", "httpcore"])
async def http(
    request: pytest.FixtureRequest, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: tls)
    transport = None if request.param == "aiohttp" else httpx.AsyncHTTPTransport(verify=tls)
    async with open_http(transport=transport) as client:
        yield client


@pytest.fixture
def make_client() -> MakeClient:
    def make(
        http: httpx.AsyncClient,
        *,
        base_url: str | None = None,
        timeouts: Timeouts | None = None,
    ) -> ShopifyClient:
        return ShopifyClient(
            http,
            StaticTokens({STORE: TOKEN}),
            clock=lambda: NOW,
            base_url=base_url,
            timeouts=timeouts or TIMEOUTS,
        )

    return make
