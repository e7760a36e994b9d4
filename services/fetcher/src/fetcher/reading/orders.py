"""Reading a shop's orders page by page, each page durable before the next is asked for.

Of orders from before the connection it is asked, once, which Shopify orders other systems told
TikTok they are: evidence for adoption (docs/decisions/0034). One call an order.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from fetcher.domain import Window, may_be_known
from fetcher.reading.recent_changes import RecentChanges
from fetcher.reading.shop_calls import Search, ShopCalls
from fetcher.recording.ingest import UNREADABLE, Ingest, KnownAs
from lifecycle import order as orders
from lifecycle.shop import Shop
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.streams import order_stream
from tiktok import searches
from tiktok.endpoints.orders import DETAIL_LIMIT
from tiktok.errors import CallRejected, NotOurs, ScopeMissing, TryLater
from tiktok.pages import Page
from tiktok.wire.orders import Order
from tiktok.wire.values import moment

log = structlog.get_logger()
READ_AGAIN: Final = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """A page that is durable: which orders were on it, how many of them were news.

    ``created_to``: the latest creation on it.
    """

    order_ids: frozenset[str]
    news: int
    is_last: bool = True
    created_to: datetime | None = None


class OrderReader:
    """Brings the orders of one window, of one status, or of some ids into the event store."""

    def __init__(self, calls: ShopCalls, ingest: Ingest, *, page_size: int) -> None:
        self.calls = calls
        self.ingest = ingest
        self._search = partial(calls.tiktok.orders_search, page_size=page_size)

    async def updated(
        self, shop: Shop, window: Window, since: datetime, recent: RecentChanges
    ) -> int:
        """Every order whose update time lies in the window; how many were news.

        Newest first. What lies before ``since`` was read before: its pages are read again only
        when TikTok counts other orders in the window than ``recent`` does by then.
        """
        changed, seen, total = 0, set[str](), None
        async for page in self.calls.pages(shop, self._by_update(window)):
            changed += await self._keep_dated(shop, page, recent)
            if total is None and _is_whole(page):
                return changed  # one answer, one moment
            total = page.total_count if total is None else total
            seen |= {order.id for order in page.items}
            if _reaches(page, since) and recent.count(window) == total:
                return changed
        if len(seen) < (total or 0):
            changed += await self._read_again(shop, window, recent)
        return changed

    async def _read_again(self, shop: Shop, window: Window, recent: RecentChanges) -> int:
        """An order that changes while its window is read leaves it, and the others move up: one
        may slip onto a page that was read before. So until as many were seen as were counted.
        """
        changed = 0
        for _ in range(READ_AGAIN):
            seen, total = set[str](), 0
            async for page in self.calls.pages(shop, self._by_update(window)):
                changed += await self._keep_dated(shop, page, recent)
                total = total if seen else page.total_count or 0
                seen |= {order.id for order in page.items}
            if len(seen) >= total:
                return changed
        log.warning("window.never_stood_still", shop=shop.shop_id, missing=total - len(seen))
        return changed  # the sweep and the next proof find what is missing

    def _by_update(self, window: Window) -> Search[Order]:
        return partial(self._search, updated=window, sort_by="update_time", newest_first=True)

    async def created(self, shop: Shop, window: Window) -> AsyncIterator[Kept]:
        """Every order created in the window, page by page."""
        search = partial(self._search, created=window, sort_by="create_time")
        async for page in self.calls.pages(shop, search):
            yield await self._kept(shop, page)

    async def count_created(self, shop: Shop, window: Window) -> int | None:
        """How many orders TikTok counts in the window; None when it does not say."""
        page = await self.calls.make(
            shop, partial(self._search, created=window, sort_by="create_time", page_size=1)
        )
        return page.total_count

    async def open_orders(
        self, shop: Shop, status: str, created_from: datetime | None = None
    ) -> AsyncIterator[Kept]:
        """Every order in a status, the first created first, from this creation on.

        So what changed without its update time moving is found.
        """
        created = searches.Window(created_from) if created_from is not None else None
        search = partial(self._search, status=status, created=created, sort_by="create_time")
        async for page in self.calls.pages(shop, search):
            yield await self._kept(shop, page)

    async def named(self, shop: Shop, order_ids: Sequence[str]) -> int:
        """These orders, 50 a call; how many were news. An id that TikTok does not know is none."""
        changed = 0
        for start in range(0, len(order_ids), DETAIL_LIMIT):
            changed += await self._named(shop, order_ids[start : start + DETAIL_LIMIT])
        return changed

    async def _named(self, shop: Shop, ids: Sequence[str]) -> int:
        """One call, in halves when TikTok refuses it: an id that it cannot take stops no other."""
        try:
            page = await self.calls.make(shop, partial(self.calls.tiktok.order_detail, ids=ids))
        except (CallRejected, NotOurs) as refused:
            if len(ids) == 1:
                log.warning("order.refused", shop=shop.shop_id, error=type(refused).__name__)
                return 0
        else:
            return await self._keep(shop, page)
        half = len(ids) // 2
        return await self._named(shop, ids[:half]) + await self._named(shop, ids[half:])

    async def _kept(self, shop: Shop, page: Page[Order]) -> Kept:
        news = await self._keep(shop, page, can_wait=True)
        created = [at for order in page.items if (at := moment(order.create_time)) is not None]
        ids = frozenset(order.id for order in page.items if order.id)
        return Kept(ids, news, page.next_page_token is None, max(created, default=None))

    async def _keep(self, shop: Shop, page: Page[Order], *, can_wait: bool = False) -> int:
        known_as = await self._references(shop, page.items, can_wait=can_wait)
        return await self.ingest.page(shop.shop_id, page, known_as)

    async def _keep_dated(self, shop: Shop, page: Page[Order], recent: RecentChanges) -> int:
        changed = await self._keep(shop, page)
        recent.note(page.items)
        return changed

    async def _references(self, shop: Shop, found: Sequence[Order], *, can_wait: bool) -> KnownAs:
        """The references of those orders that others may have created and nobody asked for yet.

        A refusal is no reference. While TikTok does not answer, what can wait raises; else those
        orders alone are without an answer, and none of the page is asked for any more.
        """
        early = [
            order.id
            for order in found
            if order.id
            and may_be_known(order.fulfillment_type, moment(order.create_time), shop.connected_at)
        ]
        if not early:
            return {}
        streams = {order_stream(shop.shop_id, order_id): order_id for order_id in early}
        histories = await self.ingest.journal.store.read_many(streams)
        known_as: dict[str, tuple[str, ...] | Exception] = {}
        unanswered: TryLater | None = None
        for stream, order_id in streams.items():
            if _was_asked(histories[stream]):
                continue
            try:
                known_as[order_id] = unanswered or await self._ask_references(shop, order_id)
            except TryLater as error:
                if can_wait:
                    raise
                known_as[order_id] = unanswered = error
        return known_as

    async def _ask_references(self, shop: Shop, order_id: str) -> tuple[str, ...] | Exception:
        ask = partial(self.calls.tiktok.external_orders, order_id=order_id)
        try:
            found = await self.calls.make(shop, ask)
        except (ScopeMissing, NotOurs, CallRejected) as refused:
            log.warning("references.refused", shop=shop.shop_id, error=type(refused).__name__)
            return ()
        except ValueError as error:
            return error  # no id that a path can hold
        return tuple(order.id for order in found if order.id and order.platform in {"SHOPIFY", ""})


def _was_asked(history: Sequence[Recorded]) -> bool:
    try:
        order = orders.fold(history)
    except UNREADABLE:
        return False  # the order is set aside, whatever is answered
    return order.snapshot is not None and order.snapshot.event.known_as is not None


def _is_whole(page: Page[Order]) -> bool:
    """Whether the page is the only one, and holds as many entries as TikTok counts."""
    entries = len(page.items) + len(page.problems)
    return page.next_page_token is None and entries >= (page.total_count or 0)


def _reaches(page: Page[Order], since: datetime) -> bool:
    """Whether the page, newest first, goes back to before ``since``."""
    dated = (moment(order.update_time) for order in page.items)
    return any(at is not None and at < since for at in dated)
