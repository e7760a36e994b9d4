"""Waking orders that nobody's record wakes: a link made, a setting changed, automatic sync on.

What arrives from Kafka only queues the work, so that live orders never wait behind it; the pages
are worked off beside, while downstream has room (design: live work never waits behind bulk).
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from prometheus_client import Counter

from connections.backpressure import Backpressure
from connections.shop_book import ShopBook
from eventstore.folded import FoldedStreams
from eventstore.journal import Cause
from eventstore.store import EventStore
from eventstore.wakeups import Wakeup
from lifecycle.shop import Shop
from mapper.decisions import Mapper
from mapper.rebuilding import rebuild
from mapper.tables.waiting import Claim, Release, Tables, WaitsFor
from ordersync_contracts import events
from ordersync_contracts.streams import shop_stream
from runtime.apart import apart
from runtime.turns import is_set_within

log = structlog.get_logger()
PAGE: Final = 500
EVERYTHING: Final[tuple[WaitsFor, ...]] = ("link", "wish", "writer", "shop")
LOOKED_AT: Final[tuple[WaitsFor, ...]] = ("link", "writer", "shop")
"""What is decided on again without any record; wishes are, where automatic sync takes them."""
ADDS_DRAFTS: Final[frozenset[WaitsFor]] = frozenset({"link", "wish", "shop"})
"""What makes new work in a store; a draft that waits for the writer is replaced or withdrawn."""


@dataclass(frozen=True, slots=True)
class Sweeps:
    """Queues waiting orders to be decided again, and works the queue off."""

    store: EventStore
    book: ShopBook
    shops: FoldedStreams[Shop]
    mapper: Mapper
    tables: Tables
    backpressure: Backpressure
    not_decided: Counter
    _queued: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    async def on_records(self, wakeups: Iterable[Wakeup]) -> None:
        """A link or a shop changed: what waits for it is to be decided again. One statement."""
        releases = [release for wakeup in wakeups for release in to_releases(wakeup)]
        if releases:
            await self.tables.releases.add(releases)
            self._queued.set()

    async def work(self, look_again_s: float) -> None:
        """For ever: the next page of whatever is queued, looked for so often at least."""
        while True:
            if not await self.work_off_page():
                self._queued.clear()
                await is_set_within(self._queued, look_again_s)

    async def work_off_page(self) -> bool:
        """Decide on the next page of waiting orders; whether there was one queued.

        A page for a store without room is put off, and the others go before it.
        """
        claim = await self.tables.releases.claim()
        if claim is None:
            return False
        if await self._has_room(claim):
            await self._decide_page(claim)
        else:
            await self.tables.releases.put_off(claim)
        return True

    async def _has_room(self, claim: Claim) -> bool:
        """Whether nobody is behind with what this would add; what adds nothing waits for nobody."""
        if claim.release.waits_for not in ADDS_DRAFTS:
            return True
        stream = shop_stream(claim.release.shop_id)
        return await self.backpressure.has_room((await self.shops.read([stream]))[stream].store)

    async def repeat(self, every_s: float) -> None:
        """For ever: shops with automatic sync take what is not synced yet.

        Before that the waiting orders are read anew from the events, if their table was dropped.
        """
        while True:
            await rebuild(self.store, self.tables)
            await asyncio.sleep(every_s)
            await self.look_for_wishes()

    async def look_for_wishes(self) -> None:
        """Queue what waits for automatic sync, in every shop where it is on."""
        takes = [shop.shop_id for shop in await self.book.all() if _takes_by_itself(shop)]
        if takes:
            wishes = [Release(shop_id, "wish", "sweep") for shop_id in takes]
            await self.tables.releases.add(wishes, again=False)
            self._queued.set()

    async def look_at_blocked(self) -> None:
        """Queue what waits in every shop: none waits for ever for a record that was missed.

        Nor for a second chance where its decision failed, or for one that came too early for it.
        """
        blocked = [
            Release(shop.shop_id, waits_for, "sweep")
            for shop in await self.book.all()
            for waits_for in LOOKED_AT
        ]
        if blocked:
            await self.tables.releases.add(blocked, again=False)
            self._queued.set()

    async def _decide_page(self, claim: Claim) -> None:
        release = claim.release
        page = await self.tables.waiting(
            release.shop_id, release.waits_for, release.sku_id, claim.after, PAGE
        )
        await apart([Cause(stream, release.cause) for stream in page], self._decide, self._failed)
        if len(page) == PAGE:
            await self.tables.releases.go_on(claim, page[-1])
        else:
            await self.tables.releases.finish(claim)

    async def _decide(self, causes: Sequence[Cause]) -> None:
        appended = await self.mapper.wake(causes, in_bulk=True)
        if appended:
            log.info("orders.swept", cause=causes[0].id, orders=len(causes), events=appended)

    async def _failed(self, cause: Cause, error: Exception) -> None:
        """This order, and no other, waits for a release, ``look_at_blocked`` at the latest."""
        self.not_decided.inc()
        log.error("order.not_decided", stream=cause.stream, exc_info=error)


def to_releases(wakeup: Wakeup) -> tuple[Release, ...]:
    """Whose decision a record may change.

    A link: the orders that wait for it, and, unless it is the first, the drafts made with what it
    replaces. A shop's settings, store or window: whatever waits there.
    """
    event, cause = wakeup.event, wakeup.cause.id
    match event:
        case events.ProductLinked(shop_id=shop, sku_id=sku, linked_by="same_sku", replaces=""):
            return (Release(shop, "link", cause, sku),)
        case events.ProductLinked() | events.ProductUnlinked():
            return (
                Release(event.shop_id, "link", cause, event.sku_id),
                Release(event.shop_id, "writer", cause),
            )
        case events.ProductsChanged():
            return ()
        case events.ShopEvent():
            return tuple(Release(event.shop_id, waits_for, cause) for waits_for in EVERYTHING)
        case _:
            return ()


def _takes_by_itself(shop: Shop) -> bool:
    return shop.settings.automatic_sync and shop.is_connected
