"""Waking orders that nobody's record wakes: a link made, a setting changed, automatic sync on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import structlog

from contracts import events
from eventstore import EventStore
from eventstore.decisions import Cause
from eventstore.wakeups import Wakeup
from lifecycle import shop as shops_of
from lifecycle.shop import Shop
from mapper.decisions import Mapper
from mapper.tables import Tables, WaitsFor

log = structlog.get_logger()
PAGE: Final = 500
Pace = Callable[[], Awaitable[None]]
"""Returns when bulk work may go on (design: live work never waits behind bulk)."""


async def at_once() -> None:
    """A pace that never waits."""


class Sweeps:
    """Pages through waiting orders and wakes them."""

    def __init__(
        self, store: EventStore, mapper: Mapper, tables: Tables, pace: Pace = at_once
    ) -> None:
        self._store = store
        self._mapper = mapper
        self._tables = tables
        self._pace = pace

    async def on_links(self, wakeups: Iterable[Wakeup]) -> None:
        """Every order that waited for one of these links is decided again."""
        by_shop: dict[str, dict[str, str]] = {}
        for wakeup in wakeups:
            if isinstance(wakeup.event, events.ProductLinked | events.ProductUnlinked):
                skus = by_shop.setdefault(wakeup.event.shop_id, {})
                skus[wakeup.event.sku_id] = wakeup.cause.id
        for shop_id, skus in by_shop.items():
            streams = await self._tables.waiting_for_skus(shop_id, skus.keys())
            cause = next(iter(skus.values()))
            for start in range(0, len(streams), PAGE):
                page = streams[start : start + PAGE]
                await self._mapper.wake(Cause(stream, cause) for stream in page)

    async def on_shops(self, wakeups: Iterable[Wakeup]) -> None:
        """Settings, store or window changed: everything of the shop that waits is decided again."""
        causes = {
            wakeup.event.shop_id: wakeup.cause.id
            for wakeup in wakeups
            if isinstance(wakeup.event, events.ShopEvent)
        }
        for shop_id, cause in causes.items():
            for waiting in ("wish", "link", "writer"):
                await self._sweep(shop_id, waiting, cause)

    async def repeat(self, every_s: float) -> None:
        """For ever: shops with automatic sync take what is not synced yet."""
        while True:
            await asyncio.sleep(every_s)
            for shop in await self._shops():
                if shop.settings.automatic_sync and shop.is_connected:
                    await self._sweep(shop.shop_id, "wish", "sweep")

    async def _shops(self) -> list[Shop]:
        streams = await self._store.streams("shop")
        histories = await self._store.read_many(streams)
        return [shops_of.fold(history) for history in histories.values()]

    async def _sweep(self, shop_id: str, waits_for: WaitsFor, cause: str) -> None:
        after = ""
        while page := await self._tables.waiting_of_shop(shop_id, waits_for, after, PAGE):
            await self._pace()
            appended = await self._mapper.wake(Cause(stream, cause) for stream in page)
            if appended:
                log.info("orders.swept", shop=shop_id, waited_for=waits_for, events=appended)
            after = page[-1]
