"""A store with a connected shop, and orders of every status in it."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from itertools import count
from secrets import token_bytes
from typing import Any

import httpx
import pytest
from services.console.tests.browser import TOKEN, Browser, Downstream
from services.console.tests.happenings import NOW
from services.console.tests.platforms import FakeSeller, FakeStore
from services.console.tests.story import Story, built

from connections.shop_book import ShopBook
from console.app import Connections, Console
from console.backend import Backend, Submission
from console.memory import MemoryRows
from console.orders.bulk_runs import BulkRun, MemoryBulkRuns
from console.web.security import COOKIE
from eventstore.memory import MemoryEventStore
from runtime.clock import Clocks
from vault.keys import MasterKeys
from vault.memory import MemoryVault


class Ticking:
    """A clock that moves a second with every look."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class TurnsGiven(MemoryBulkRuns):
    """Others get their turn while it is asked, as with a database."""

    async def claim(self) -> BulkRun | None:
        await asyncio.sleep(0)
        return await super().claim()


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def store(clock: Ticking) -> MemoryEventStore:
    return MemoryEventStore(clock)


@pytest.fixture
def rows() -> MemoryRows:
    return MemoryRows()


@pytest.fixture
def backend(store: MemoryEventStore, rows: MemoryRows, clock: Ticking) -> Backend:
    ids = (f"request-{n}" for n in count(1))
    return Backend(
        store, rows, ShopBook(store), Clocks(clock, lambda: 0.0), "tester", lambda: next(ids)
    )


@pytest.fixture
def submit(store: MemoryEventStore, clock: Ticking) -> Callable[..., Submission]:
    """What ana submits, by the form's id."""
    return lambda form_id="form-1": Submission(store, clock, "ana", form_id)


@pytest.fixture
def story(store: MemoryEventStore) -> Story:
    return Story(store)


@pytest.fixture
def vault(clock: Ticking) -> MemoryVault:
    keys = MasterKeys({"k1": base64.b64decode("a" * 43 + "=")}, "k1")
    return MemoryVault(keys, clock, token_bytes)


@pytest.fixture
def seller() -> Callable[..., FakeSeller]:
    return FakeSeller


@pytest.fixture
def shopify_store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def downstream() -> Downstream:
    return Downstream()


@pytest.fixture
def new_console(store: Any, rows: Any, clock: Any, downstream: Downstream) -> Callable[[], Console]:
    """Makes processes of one console: what is kept they share."""
    forms = (f"form-{n}" for n in count(1))
    seconds = count(0.0, 10.0)
    runs = TurnsGiven(clock)

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
