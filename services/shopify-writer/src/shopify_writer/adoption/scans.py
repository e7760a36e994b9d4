"""When stores are scanned: once connected, when a person asks; and what was kept, once fetched."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from eventstore.wakeups import Wakeup
from lifecycle import shop as shops_of
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import shop_stream
from runtime.clock import Clock
from shopify.answers import Done
from shopify.calls import Calls
from shopify.shops import read_shop_info
from shopify_writer.adoption.kept_orders import KeptOrders
from shopify_writer.adoption.recording import by_store, record
from shopify_writer.adoption.references import references
from shopify_writer.adoption.scan import NotScanned, scan
from shopify_writer.creation.recording import SOURCE
from shopify_writer.domain import TOKEN_SEES

log = structlog.get_logger()
LOOK_EVERY_S: Final = 30.0
PAGE: Final = 500
OPENS: Final = (events.ShopConnected, events.ShopResumed, events.AdoptionRequested)
"""What may make a store one to be scanned."""
Handle = Callable[[Sequence[Wakeup]], Awaitable[None]]
_SIDE: Final = "shopify"


@dataclass(frozen=True, slots=True)
class Result:
    """What one scan found: of all, how many are new in their streams, how many not fetched."""

    found: int
    recorded: int
    kept: int


class AdoptionScans:
    """Scans stores for orders of other connectors, and says when it has finished."""

    def __init__(self, store: EventStore, shopify: Calls, kept: KeptOrders, clock: Clock) -> None:
        self._store = store
        self._shopify = shopify
        self._kept = kept
        self._clock = clock
        self._changed = asyncio.Event()

    def hearing(self, handle: Handle) -> Handle:
        """``handle``; and where a store was connected or a person asked, it is scanned at once.

        What drafts say that TikTok was told is kept before their jobs are made.
        """

        async def on_records(wakeups: Sequence[Wakeup]) -> None:
            for domain, told in references(wakeup.event for wakeup in wakeups).items():
                await self._kept.keep(domain, told)
            await handle(wakeups)
            if any(isinstance(one.event, OPENS) for one in wakeups):
                self._changed.set()

        return on_records

    async def repeat(self) -> None:
        """For ever: scan what waits for it, record what was fetched since."""
        while True:
            self._changed.clear()
            await self.tend()
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def tend(self) -> None:
        """One round. A store that does not answer waits for the next one, and nothing else does."""
        histories = await self._store.read_many(await self._store.streams("shop"))
        shops = [shops_of.fold(history) for history in histories.values()]
        stores = by_store({shop.shop_id: shop.store for shop in shops if shop.store is not None})
        for domain, shop_ids in stores.items():
            waiting = [shop for shop in shops if shop.store == domain and _is_to_be_scanned(shop)]
            if waiting:
                await self._adopt(domain, shop_ids, waiting)
            await self._record_kept(domain, shop_ids)

    async def _adopt(self, domain: str, shop_ids: Sequence[str], waiting: Sequence[Shop]) -> None:
        began_at = self._clock()
        try:
            app_id = await self._app_id(domain)
            result = await self._scan(domain, shop_ids, began_at)
        except NotScanned as problem:
            log.warning("adoption.not_scanned", store=domain, why=str(problem))
            return
        await self._finish(domain, waiting, app_id, result)

    async def _app_id(self, domain: str) -> str:
        answer = await self._shopify.execute(domain, "shop_info", {})
        if not isinstance(answer, Done):
            raise NotScanned(f"store {domain}: {type(answer).__name__}")
        return read_shop_info(answer.data).current_app_installation.app.id

    async def _scan(self, domain: str, shop_ids: Sequence[str], now: datetime) -> Result:
        found = recorded = kept = 0
        async for page in scan(self._shopify, domain, now - TOKEN_SEES):
            said = await record(self._store, domain, shop_ids, page, self._clock)
            await self._kept.keep(domain, said.unfetched)
            found += len(page)
            recorded += len(said.recorded)
            kept += len(said.unfetched)
        return Result(found, recorded, kept)

    async def _finish(
        self, domain: str, waiting: Iterable[Shop], app_id: str, result: Result
    ) -> None:
        scanned = {shop_stream(shop.shop_id): shop for shop in waiting}

        async def decide(histories: Histories) -> Mapping[str, Sequence[Event]]:
            shops = {stream: shops_of.fold(one) for stream, one in histories.items()}
            return {
                stream: (_finished(shop, domain, app_id, result),)
                for stream, shop in shops.items()
                if shop.store == domain and shop.awaits_scan
            }

        causes = [Cause(stream, f"scan:{shop.version}") for stream, shop in scanned.items()]
        await decide_all(self._store, causes, decide, source=SOURCE, clock=self._clock)
        log.info("adoption.finished", store=domain, found=result.found, recorded=result.recorded)

    async def _record_kept(self, domain: str, shop_ids: Sequence[str]) -> None:
        """Kept orders that a shop has fetched since are recorded, if seen in the store."""
        after = ""
        while page := await self._kept.page(domain, after, PAGE):
            there = [one for one in page if one.name]
            said = await record(self._store, domain, shop_ids, there, self._clock)
            unfetched = {one.order_id for one in said.unfetched}
            settled = [one.order_id for one in there if one.order_id not in unfetched]
            if settled:
                await self._kept.drop(domain, settled)
            after = page[-1].order_id


def _is_to_be_scanned(shop: Shop) -> bool:
    return shop.awaits_scan and shop.pause_of(_SIDE) is None


def _finished(shop: Shop, domain: str, app_id: str, result: Result) -> events.AdoptionFinished:
    return events.AdoptionFinished(
        shop_id=shop.shop_id,
        store=domain,
        app_id=app_id,
        orders_found=result.found,
        orders_recorded=result.recorded,
        orders_kept=result.kept,
    )
