"""TikTok's stand-in: a recorder; and how the tests make a client."""

from collections.abc import Callable
from typing import Any, TypeAlias

import httpx

from tiktok.client import TikTokClient

Handler: TypeAlias = Callable[[httpx.Request], httpx.Response]
ClientOn: TypeAlias = Callable[[Handler], TikTokClient]
Golden: TypeAlias = Callable[[str], dict[str, Any]]


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
