"""What happened, told to an event store; and the console that shows it, in memory."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

from services.console.tests import happenings
from services.console.tests.happenings import NOW, SHOP, STORE

from console.app import Connections, Console, build
from console.settings import ConsoleSettings
from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, Append
from lifecycle import shop as shops
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Recorded, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import link_stream, order_stream, shop_stream
from runtime.clock import Clocks
from runtime.metrics import new_registry
from runtime.randomness import NewId


def built(connections: Connections, clocks: Clocks, new_id: NewId) -> Console:
    """The whole console; a bulk sync that waits looks again at once."""
    settings = ConsoleSettings(
        kafka_bootstrap="127.0.0.1:9",
        database_url="postgresql://nobody@127.0.0.1:9/none",
        bulk_poll_s=0.001,
    )
    return build(connections, settings, clocks, new_id, lambda: 0.5, new_registry())


class Story:
    """Tells the store what happened, one event at a time."""

    def __init__(self, store: MemoryEventStore) -> None:
        self.store = store
        self._told = 0

    async def tell(self, stream: str, *happened: Event, source: str = "mapper") -> None:
        for event in happened:
            self._told += 1
            at = NOW + timedelta(seconds=self._told)
            new = NewEvent(fact_id(str(self._told)), event, at, Trace(source))
            await self.store.append([Append(stream, ANY_VERSION, (new,))])

    def tell_all(self, *parts: Awaitable[object]) -> None:
        """The same for tests that are not asynchronous: one part after the other."""

        async def happen() -> None:
            for part in parts:
                await part

        asyncio.run(happen())

    async def names(self, stream: str) -> list[str]:
        """What happened in a stream, by the names of the events."""
        return [recorded.name for recorded in await self.store.read(stream)]

    async def folded(self, shop_id: str = SHOP) -> Shop:
        return shops.fold(await self.store.read(shop_stream(shop_id)))

    def history(self, stream: str) -> tuple[Recorded, ...]:
        """For tests that are not asynchronous."""
        return asyncio.run(self.store.read(stream))

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
