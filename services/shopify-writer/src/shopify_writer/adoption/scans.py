"""When stores are scanned: once connected, when a person asks; and what was kept, once fetched."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import structlog

from connections.shop_book import ShopBook
from eventstore.journal import Cause, Journal
from eventstore.wakeups import Wakeup
from lifecycle import shop as shops
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.reasons import PAUSES
from ordersync_contracts.streams import shop_stream
from runtime.side_by_side import side_by_side
from runtime.turns import is_set_within
from shopify_jobs.failures import failure
from shopify_jobs.pauses import Pauses
from shopify_writer import doubles
from shopify_writer.adoption.kept_orders import KeptOrders
from shopify_writer.adoption.recording import record
from shopify_writer.adoption.references import references
from shopify_writer.adoption.scan import Scan, Scanning, begun
from shopify_writer.creation.outcomes import REFUSALS
from shopify_writer.cut_off import CutOff
from shopify_writer.pages import NotRead

log = structlog.get_logger()
PAGE: Final = 500
AT_ONCE: Final = 4
"""Stores scanned at once. A large one takes an hour; a scan holds one page, and no connection."""
OPENS: Final = (events.ShopConnected, events.ShopResumed, events.AdoptionRequested)
"""What may make a store one to be scanned."""
_SIDE: Final = "shopify"


@dataclass(frozen=True, slots=True)
class AdoptionScans:
    """Scans stores for orders of other connectors, and says when it has finished."""

    journal: Journal
    shops: ShopBook
    scanning: Scanning
    kept: KeptOrders
    every_s: float
    _cut_off: CutOff[Scan] = field(default_factory=CutOff, init=False)
    _changed: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _busy: dict[str, object] = field(default_factory=dict, init=False)
    _places: asyncio.Semaphore = field(
        default_factory=partial(asyncio.Semaphore, AT_ONCE), init=False
    )

    async def on_records(self, wakeups: Sequence[Wakeup]) -> None:
        """Keep what drafts say that TikTok was told; scan at once where a store was connected.

        Called before drafts become jobs, so that no job overtakes what is kept of its order.
        """
        for domain, referenced in references(wakeup.event for wakeup in wakeups).items():
            await self.kept.keep(domain, referenced)
        if any(isinstance(wakeup.event, OPENS) for wakeup in wakeups):
            self._changed.set()

    async def run(self) -> None:
        """For ever: scan what waits for it, record what was fetched since.

        A round begins beside one that has not ended: the scan of a large store holds up no other.
        """
        async with asyncio.TaskGroup() as rounds:
            while True:
                self._changed.clear()
                rounds.create_task(self.round())
                await is_set_within(self._changed, self.every_s)

    async def round(self) -> None:
        """Stores side by side, but those at work; one that does not answer waits for the next."""
        by_store: dict[str, list[Shop]] = {}
        for shop in await self.shops.all():
            if shop.store is not None and shop.store not in self._busy:
                by_store.setdefault(shop.store, []).append(shop)
        this = object()
        self._busy.update(dict.fromkeys(by_store, this))
        try:
            work = partial(self._attend_to, by_store)
            await side_by_side(sorted(by_store), work, _not_scanned, self._places)
        finally:
            for domain in [domain for domain, by in self._busy.items() if by is this]:
                del self._busy[domain]

    async def _attend_to(self, by_store: Mapping[str, Sequence[Shop]], domain: str) -> None:
        try:
            await self._scan_and_record(domain, by_store[domain])
        finally:
            self._busy.pop(domain, None)

    async def _scan_and_record(self, domain: str, shops_of_it: Sequence[Shop]) -> None:
        shop_ids = [shop.shop_id for shop in shops_of_it]
        waiting = [shop for shop in shops_of_it if _is_to_be_scanned(shop)]
        if waiting:
            await self._adopt(domain, shop_ids, waiting)
        try:
            await self._record_kept(domain, shop_ids)
        except NotRead as problem:
            log.warning("adoption.not_recorded", store=domain, why=str(problem))

    async def _adopt(self, domain: str, shop_ids: Sequence[str], waiting: Sequence[Shop]) -> None:
        """A scan that was cut off goes on, unless another one was asked for meanwhile."""
        now = self.journal.clock()
        try:
            app_id = await self.scanning.app_id(domain)
            asked = (app_id, {shop.shop_id: shop.scan_asked_version for shop in waiting})
            scan = self._cut_off.resume(domain, asked, now, partial(begun, now))
            await self._scan(domain, shop_ids, scan)
        except NotRead as problem:
            await self._not_read(domain, waiting, problem)
            return
        await self._finish(domain, waiting, app_id, scan)
        self._cut_off.end(domain)

    async def _not_read(self, domain: str, waiting: Sequence[Shop], problem: NotRead) -> None:
        """A store that turns us away is not scanned again and again: it waits for its cause."""
        scan = self._cut_off.find(domain)
        read = scan.pages if scan is not None else 0
        log.warning("adoption.not_scanned", store=domain, why=str(problem), pages_read=read)
        if problem.answer is None:
            return
        why = failure(problem.answer, REFUSALS)
        if why.reason_code in PAUSES:
            for shop in waiting:
                await Pauses(self.journal).halt(shop, domain, why, problem.document)

    async def _scan(self, domain: str, shop_ids: Sequence[str], scan: Scan) -> None:
        """From where it is to the end. What a page recorded counts also where its rest fails."""
        standing = partial(self.scanning.standing, domain)
        async for page in self.scanning.pages(domain, scan):
            recording = await record(self.journal, domain, shop_ids, page)
            scan.recorded += len(recording.recorded)
            await self.kept.keep(domain, recording.waiting)
            await doubles.say(self.journal, domain, recording.doubles, standing)
            scan.found += len(page)
            scan.kept += len(recording.waiting)

    async def _finish(self, domain: str, waiting: Sequence[Shop], app_id: str, scan: Scan) -> None:
        async def decide(scanned: Mapping[str, Shop]) -> Mapping[str, Sequence[Event]]:
            return {
                stream: (_finished(shop, domain, app_id, scan),)
                for stream, shop in scanned.items()
                if shop.store == domain and shop.awaits_scan
            }

        causes = [Cause(shop_stream(shop.shop_id), f"scan:{shop.version}") for shop in waiting]
        await self.journal.decide_many(causes, shops.fold, decide)
        log.info("adoption.finished", store=domain, found=scan.found, recorded=scan.recorded)

    async def _record_kept(self, domain: str, shop_ids: Sequence[str]) -> None:
        """Kept orders that a shop has fetched since are recorded, if they are still in the store.

        What was deleted there is kept no longer.
        """
        standing = partial(self.scanning.standing, domain)
        after = ""
        while page := await self.kept.page(domain, after, PAGE):
            there = [order for order in page if order.name]
            recording = await record(self.journal, domain, shop_ids, there, standing)
            waiting = {order.order_id for order in recording.waiting}
            await doubles.say(self.journal, domain, recording.doubles, standing)
            settled = [order.order_id for order in there if order.order_id not in waiting]
            if settled:
                await self.kept.drop(domain, settled)
            after = page[-1].order_id


def _is_to_be_scanned(shop: Shop) -> bool:
    return shop.awaits_scan and shop.pause_of(_SIDE) is None


def _finished(shop: Shop, domain: str, app_id: str, scan: Scan) -> events.AdoptionFinished:
    return events.AdoptionFinished(
        shop_id=shop.shop_id,
        store=domain,
        app_id=app_id,
        orders_found=scan.found,
        orders_recorded=scan.recorded,
        orders_kept=scan.kept,
    )


async def _not_scanned(domain: str, error: Exception) -> None:
    log.error("adoption.not_scanned", store=domain, exc_info=error)
