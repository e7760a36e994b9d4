"""The app, a shop and a client that a handler answers, as the tests of TikTok's API share them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from libs.tiktok.tests.recorded_tiktok import ClientOn, Golden, Handler

from tiktok.calls import App, Shop
from tiktok.client import TikTokClient
from tiktok.transport import open_http

NOW = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def app() -> App:
    return App("6abc123def", "test_app_secret_0123456789")


@pytest.fixture
def shop() -> Shop:
    return Shop(token="TTP_planted_token", cipher="TTP_AbC+/dEf==")


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
