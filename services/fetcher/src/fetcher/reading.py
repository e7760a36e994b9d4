"""Reading a shop's orders page by page, each page durable before the next is asked for."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from connections.grants import GrantAccess
from fetcher.access import ShopCalls
from fetcher.domain import OPEN, Window
from fetcher.ingest import Ingest
from fetcher.paging import Ask, pages
from fetcher.recent import RecentChanges
from lifecycle.shop import Shop
from tiktok import searches
from tiktok.calls import Shop as Access
from tiktok.client import TikTokClient
from tiktok.endpoints.orders import DETAIL_LIMIT
from tiktok.pages import Page
from tiktok.wire.orders import Order

PAGE: Final = 100


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
        *,
        page_size: int = PAGE,
    ) -> None:
        self._page_size = page_size
        self.calls = ShopCalls(tiktok, accesses)
        self._tiktok = tiktok
        self._ingest = ingest

    async def updated(
        self, shop: Shop, window: Window, since: datetime, recent: RecentChanges
    ) -> int:
        """Every order whose update time lies in the window; how many were news.

        What lies before ``since`` was read before: its pages are read again only when TikTok
        counts other orders in the window than ``recent`` does.
        """
        expected = recent.count(window)
        found = pages(self.calls, shop, self._by_update(window))
        first = await anext(found)
        changed = await self._keep_dated(shop, first, recent)
        if first.next_page_token is None or first.total_count == expected:
            return changed
        if expected > self._page_size and since > window.begin:
            async for page in pages(self.calls, shop, self._by_update(Window(since, window.end))):
                changed += await self._keep_dated(shop, page, recent)
            if recent.count(window) == first.total_count:
                return changed
        async for page in found:
            changed += await self._keep_dated(shop, page, recent)
        return changed

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
            news = await self._ingest.page(shop.shop_id, page)
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

    async def open_orders(self, shop: Shop) -> int:
        """Every order that is not finished: what changed without its update time moving."""
        changed = 0
        for status in OPEN:
            async for page in pages(self.calls, shop, self._in_status(status)):
                changed += await self._ingest.page(shop.shop_id, page)
        return changed

    async def named(self, shop: Shop, order_ids: Sequence[str]) -> int:
        """These orders, 50 a call; how many were news. An id that TikTok does not know is none."""
        changed = 0
        for start in range(0, len(order_ids), DETAIL_LIMIT):
            page = await self._detail(shop, order_ids[start : start + DETAIL_LIMIT])
            changed += await self._ingest.page(shop.shop_id, page)
        return changed

    async def _detail(self, shop: Shop, order_ids: Sequence[str]) -> Page[Order]:
        return await self.calls.make(
            shop, lambda access: self._tiktok.order_detail(access, order_ids)
        )

    async def _keep_dated(self, shop: Shop, page: Page[Order], recent: RecentChanges) -> int:
        changed = await self._ingest.page(shop.shop_id, page)
        recent.note(page.items)
        return changed

    def _by_update(self, window: Window) -> Ask[Order]:
        asked = searches.Window(window.begin, window.end)

        async def ask(access: Access, token: str | None) -> Page[Order]:
            return await self._tiktok.orders_search(
                access,
                updated=asked,
                sort_by="update_time",
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
