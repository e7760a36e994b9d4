"""TikTok's stand-in: a recorder; the app, the shop and the client that the tests share."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import httpx

from tiktok.calls import App, Shop
from tiktok.client import TikTokClient
from tiktok.transport import open_http

Handler: TypeAlias = Callable[[httpx.Request], httpx.Response]
NOW = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
APP = App("6abc123def", "test_app_secret_0123456789")
SHOP = Shop(token="TTP_planted_token", cipher="TTP_AbC+/dEf==")


def golden(name: str) -> Any:
    """The recorded answer, or the published vectors, of this name."""
    return json.loads((Path(__file__).parent / "golden" / f"{name}.json").read_text("utf-8"))


def client_on(handler: Handler) -> TikTokClient:
    """A client that ``handler`` answers."""
    http = open_http(transport=httpx.MockTransport(handler))
    return TikTokClient(http, APP, clock=lambda: NOW, base_url="https://api.invalid/")


class Recorded:
    """A MockTransport's handler: keeps what it was asked, answers with one envelope."""

    def __init__(self, data: object = None, *, status: int = 200, **envelope: object) -> None:
        self.requests: list[httpx.Request] = []
        self._body = {"code": 0, "message": "Success", "request_id": "r1", "data": data} | envelope
        self._status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._status, json=self._body)

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]
