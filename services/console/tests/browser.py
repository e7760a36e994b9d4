"""A browser that only follows links and fills forms, and what a console has downstream."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import httpx

from console import projection

TOKEN: Final = "token-of-this-browser"


class Browser:
    """Follows links and fills forms the way a browser would."""

    def __init__(self, http: httpx.AsyncClient, store: Any, rows: Any) -> None:
        self._http = http
        self._store = store
        self._rows = rows

    async def get(self, path: str, **headers: str) -> httpx.Response:
        await projection.catch_up(self._store, self._rows)
        return await self._http.get(path, headers=headers)

    async def ask(self, path: str, **headers: str | bytes) -> httpx.Response:
        """As ``get``, of rows as they are."""
        return await self._http.get(path, headers=_as_bytes(headers))

    async def send(self, path: str, body: str | bytes, **headers: str | bytes) -> httpx.Response:
        """A form as these bytes; the token goes first in one that is urlencoded."""
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        content = f"form_token={TOKEN}&{body}" if isinstance(body, str) else body
        return await self._http.post(path, content=content, headers=_as_bytes(kind | headers))

    async def post(self, path: str, _headers: Any = None, **fields: Any) -> httpx.Response:
        return await self._http.post(
            path, data={"form_token": TOKEN, **fields}, headers=_headers or {}
        )


class Downstream:
    """How many records the mapper has before it, how full each store's bulk lane is; who asked."""

    def __init__(self) -> None:
        self.records = 0
        self.lane_s: dict[str, list[float]] = {}
        self.asked: list[str] = []
        self.was_asked = asyncio.Event()

    async def lag(self) -> dict[str, int]:
        self.was_asked.set()
        return {"mapper": self.records}

    async def backlog(self, store: str) -> float:
        """The next of what was said of the store; the last stays."""
        self.asked.append(store)
        said = self.lane_s.get(store, [0.0])
        return said.pop(0) if len(said) > 1 else said[0]


def _as_bytes(headers: Mapping[str, str | bytes]) -> dict[bytes, bytes]:
    return {
        name.encode(): value.encode() if isinstance(value, str) else value
        for name, value in headers.items()
    }
