"""The pages of a console built on everything in memory, in a browser that only follows links."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import count
from typing import Any

import httpx
import pytest
from services.console.tests.story import built

from console import projection
from console.app import Connections, Console
from console.orders.bulk_runs import MemoryBulkRuns
from console.web.security import COOKIE
from runtime.clock import Clocks

TOKEN = "token-of-this-browser"


class Browser:
    """Follows links and fills forms the way a browser would."""

    def __init__(self, http: httpx.AsyncClient, store: Any, rows: Any) -> None:
        self._http = http
        self._store = store
        self._rows = rows

    async def get(self, path: str, **headers: str) -> httpx.Response:
        await projection.catch_up(self._store, self._rows)
        return await self._http.get(path, headers=headers)

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


@pytest.fixture
def downstream() -> Downstream:
    return Downstream()


@pytest.fixture
def new_console(store: Any, rows: Any, clock: Any, downstream: Downstream) -> Callable[[], Console]:
    """Makes processes of one console: what is kept they share."""
    forms = (f"form-{n}" for n in count(1))
    seconds = count(0.0, 10.0)
    runs = MemoryBulkRuns(clock)

    def new() -> Console:
        connections = Connections(store, rows, downstream.lag, downstream.backlog, runs)
        return built(connections, Clocks(clock, lambda: next(seconds)), lambda: next(forms))

    return new


@pytest.fixture
def console(new_console: Callable[[], Console]) -> Console:
    return new_console()


@pytest.fixture
def another(new_console: Callable[[], Console]) -> Console:
    """Another process of it."""
    return new_console()


@pytest.fixture
async def browser(console: Console, store: Any, rows: Any) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=console.endpoints["pages"]),
        base_url="http://127.0.0.1",
        cookies={COOKIE: TOKEN},
    ) as http:
        yield Browser(http, store, rows)
