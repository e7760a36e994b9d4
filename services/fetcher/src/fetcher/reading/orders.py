"""Reading a shop's orders page by page, each page durable before the next is asked for."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from connections.grants import GrantAccess
from eventstore import EventStore
from fetcher.domain import OPEN, Window
from fetcher.reading.paging import Ask, pages
from fetcher.reading.recent_changes import RecentChanges
from fetcher.reading.references import References
from fetcher.reading.shop_calls import ShopCalls
from fetcher.recording.ingest import Ingest
from lifecycle.shop import Shop
from tiktok import searches
from tiktok.calls import Shop as Access
from tiktok.client import TikTokClient
from tiktok.endpoints.orders import DETAIL_LIMIT
from tiktok.pages import Page
from tiktok.wire.orders import Order
from tiktok.wire.values import moment

log = structlog.get_logger()
PAGE: Final = 100
READ_AGAIN: Final = 3


@dataclass(frozen=True, slots=True)
class Kept:
    """A page that is durable: which orders were on it, how many of them were news."""

    order_ids: frozenset[str]
    news: int


class Reader:
    """Brings the orders of one window, of one status, or of some ids into the event store."""

    def __init__(
        self,
        tiktok: TikTokClient,
        accesses: GrantAccess,
        ingest: Ingest,
        store: EventStore,
        *,
        page_size: int = PAGE,
    ) -> None:
        self._page_size = page_size
        self.calls = ShopCalls(tiktok, accesses)
        self._references = References(self.calls, store)
        self._tiktok = tiktok
        self._ingest = ingest

    async def updated(
        self, shop: Shop, window: Window, since: datetime, recent: RecentChanges
    ) -> int:
        """Every order whose update time lies in the window; how many were news.

        Newest first. What lies before ``since`` was read before: its pages are read again only
        when TikTok counts other orders in the window than ``recent`` does by then.
        """
        changed, seen, total = 0, set[str](), None
        async for page in pages(self.calls, shop, self._by_update(window)):
            changed += await self._keep_dated(shop, page, recent)
            if page.next_page_token is None and total is None:
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
            async for page in pages(self.calls, shop, self._by_update(window)):
                changed += await self._keep_dated(shop, page, recent)
                total = total if seen else page.total_count or 0
                seen |= {order.id for order in page.items}
            if len(seen) >= total:
                return changed
        log.warning("window.never_stood_still", shop=shop.shop_id, missing=total - len(seen))
        return changed  # the sweep and the next proof find what is missing

    async def created(self, shop: Shop, window: Window) -> AsyncIterator[Kept]:
        """Every order created in the window, page by page."""
        asked = searches.Window(window.begin, window.end)

        async def ask(access: Access, token: str | None) -> Page[Order]:
            return await self._tiktok.orders_search(
                access,
                created=asked,
                sort_by="create_time",
                page_token=token,
                page_size=self._page_size,
            )

        async for page in pages(self.calls, shop, ask):
            news = await self._keep(shop, page)
            yield Kept(frozenset(order.id for order in page.items if order.id), news)

    async def count_created(self, shop: Shop, window: Window) -> int | None:
        """How many orders TikTok counts in the window; None when it does not say."""
        asked = searches.Window(window.begin, window.end)
        page = await self.calls.make(
            shop,
            lambda access: self._tiktok.orders_search(
                access, created=asked, sort_by="create_time", page_size=1
            ),
        )
        return page.total_count

    async def open_orders(self, shop: Shop) -> AsyncIterator[int]:
        """Every order that is not finished, page by page: how many of each were news.

        So what changed without its update time moving is found.
        """
        for status in OPEN:
            async for page in pages(self.calls, shop, self._in_status(status)):
                yield await self._keep(shop, page)

    async def named(self, shop: Shop, order_ids: Sequence[str]) -> int:
        """These orders, 50 a call; how many were news. An id that TikTok does not know is none."""
        changed = 0
        for start in range(0, len(order_ids), DETAIL_LIMIT):
            page = await self._detail(shop, order_ids[start : start + DETAIL_LIMIT])
            changed += await self._keep(shop, page)
        return changed

    async def _detail(self, shop: Shop, order_ids: Sequence[str]) -> Page[Order]:
        return await self.calls.make(
            shop, lambda access: self._tiktok.order_detail(access, order_ids)
        )

    async def _keep(self, shop: Shop, page: Page[Order]) -> int:
        known_as = await self._references.of(shop, page.items)
        return await self._ingest.page(shop.shop_id, page, known_as)

    async def _keep_dated(self, shop: Shop, page: Page[Order], recent: RecentChanges) -> int:
        changed = await self._keep(shop, page)
        recent.note(page.items)
        return changed

    def _by_update(self, window: Window) -> Ask[Order]:
        asked = searches.Window(window.begin, window.end)

        async def ask(access: Access, token: str | None) -> Page[Order]:
            return await self._tiktok.orders_search(
                access,
                updated=asked,
                sort_by="update_time",
                newest_first=True,
                page_token=token,
                page_size=self._page_size,
            )

        return ask

    def _in_status(self, status: str) -> Ask[Order]:
        async def ask(access: Access, token: str | None) -> Page[Order]:
            return await self._tiktok.orders_search(
                access,
                status=status,
                sort_by="create_time",
                page_token=token,
                page_size=self._page_size,
            )

        return ask


def _reaches(page: Page[Order], since: datetime) -> bool:
    """Whether the page, newest first, goes back to before ``since``."""
    dated = (moment(order.update_time) for order in page.items)
    return any(at is not None and at < since for at in dated)
