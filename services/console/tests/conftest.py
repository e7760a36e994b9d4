"""A store with a connected shop, and orders of every status in it."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from secrets import token_bytes
from typing import Any

import pytest
from services.console.tests import happenings
from services.console.tests.happenings import NOW, SHOP, STORE
from services.console.tests.platforms import FakeSeller, FakeStore

from connections.shop_book import ShopBook
from console.backend import Backend, Submission
from console.memory import MemoryRows
from eventstore import ANY_VERSION, Append
from eventstore.memory import MemoryEventStore
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import link_stream, order_stream, shop_stream
from runtime.clock import Clocks
from vault import MasterKeys, MemoryVault


class Ticking:
    """A clock that moves a second with every look."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class Story:
    """Tells the store what happened, one event at a time."""

    def __init__(self, store: MemoryEventStore) -> None:
        self.store = store
        self._told = 0

    async def tell(self, stream: str, *happened: Event, source: str = "mapper") -> None:
        for event in happened:
            self._told += 1
            new = NewEvent(fact_id(str(self._told)), event, NOW, Trace(source))
            await self.store.append([Append(stream, ANY_VERSION, (new,))])

    def tell_all(self, *parts: Awaitable[object]) -> None:
        """The same for tests that are not asynchronous: one part after the other."""

        async def happen() -> None:
            for part in parts:
                await part

        asyncio.run(happen())

    async def shop(self, shop_id: str = SHOP, store: str | None = STORE, **settings: Any) -> None:
        await self.tell(
            shop_stream(shop_id),
            events.ShopConnected(
                shop_id=shop_id,
                name="Harbor & Pine",
                region="US",
                grant_id="grant-1",
                store=store,
                window_begins_at=NOW - timedelta(days=7),
                connected_at=NOW,
                connected_by="tester",
            ),
        )
        if settings:
            chosen = events.OrderSettings(**settings)
            await self.tell(
                shop_stream(shop_id),
                events.OrderSettingsChanged(shop_id=shop_id, settings=chosen, changed_by="tester"),
            )

    async def order(
        self, order_id: str, *happened: Event, shop_id: str = SHOP, **fields: Any
    ) -> str:
        stream = order_stream(shop_id, order_id)
        fetched = happenings.snapshot(order_id, shop_id=shop_id, **fields)
        await self.tell(stream, fetched, *happened)
        return stream

    async def link(self, sku_id: str, variant: int, shop_id: str = SHOP) -> None:
        await self.tell(
            link_stream(shop_id, sku_id),
            events.ProductLinked(
                shop_id=shop_id,
                sku_id=sku_id,
                variant_id=f"gid://shopify/ProductVariant/{variant}",
                store=STORE,
                linked_by="same_sku",
            ),
        )


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
