"""A scripted server, and the two transports that must behave alike."""

import json
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from libs.tiktok.tests.recorded_tiktok import (
    ClientOn,
    Golden,
    Handler,
    MakeClient,
)
from tests.doubles.scripted_http import ScriptedServer, scripted_server

from tiktok.calls import App, Shop
from tiktok.client import TikTokClient
from tiktok.transport import Timeouts, open_http

NOW = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
async def tiktok_server() -> AsyncIterator[ScriptedServer]:
    async with scripted_server() as scripted:
        yield scripted


@pytest.fixture(scope="session")
def tls() -> ssl.SSLContext:
    """Made once: reading the certificates takes 20 ms, and nobody here speaks TLS."""
    return httpx.create_ssl_context()


@pytest.fixture(params=["aiohttp", "httpcore"])
async def tiktok_http(
    request: pytest.FixtureRequest, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: tls)
    transport = None if request.param == "aiohttp" else httpx.AsyncHTTPTransport(verify=tls)
    async with open_http(transport=transport) as client:
        yield client


@pytest.fixture
def app() -> App:
    return App("6abc123def", "test_app_secret_0123456789")


@pytest.fixture
def shop() -> Shop:
    return Shop(token="TTP_planted_token", cipher="TTP_AbC+/dEf==")


@pytest.fixture
def make_client(app: App) -> MakeClient:
    def make(
        http: httpx.AsyncClient, url: str, *, read_s: float = 2.0, total_s: float = 5.0
    ) -> TikTokClient:
        limits = Timeouts(connect_s=2.0, read_s=read_s, total_s=total_s)
        return TikTokClient(http, app, clock=lambda: NOW, base_url=url, timeouts=limits)

    return make


@pytest.fixture
def client_on(app: App) -> ClientOn:
    def on(handler: Handler) -> TikTokClient:
        http = open_http(transport=httpx.MockTransport(handler))
        return TikTokClient(http, app, clock=lambda: NOW, base_url="https://api.invalid/")

    return on


@pytest.fixture
def golden() -> Golden:
    def read(name: str) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
        return document

    return read
