"""Reading a shop's orders page by page, each page durable before the next is asked for."""

from collections.abc import AsyncIterator

from connections.grants import GrantAccess
from fetcher.domain import OPEN, Window
from fetcher.ingest import Ingest
from lifecycle.shop import Shop
from tiktok import searches
from tiktok.calls import Shop as Access
from tiktok.client import TikTokClient
from tiktok.errors import TokenExpired
from tiktok.pages import Page
from tiktok.wire.orders import Order


class PageTokenLoops(Exception):
    """TikTok gave a page token twice; the window is read again later."""

    safe = True


class Reader:
    """Brings the orders of one window, or of one status, into the event store."""

    def __init__(self, tiktok: TikTokClient, accesses: GrantAccess, ingest: Ingest) -> None:
        self._tiktok = tiktok
        self._accesses = accesses
        self._ingest = ingest

    async def updated(self, shop: Shop, window: Window) -> int:
        """Every order whose update time lies in the window; how many were news."""
        return await self._read(shop, updated=_asked(window))

    async def created(self, shop: Shop, window: Window) -> int:
        """Every order created in the window; how many were news."""
        return await self._read(shop, created=_asked(window))

    async def open_orders(self, shop: Shop) -> int:
        """Every order that is not finished: what changed without its update time moving."""
        return sum([await self._read(shop, status=status) for status in OPEN])

    async def _read(
        self,
        shop: Shop,
        *,
        updated: searches.Window | None = None,
        created: searches.Window | None = None,
        status: str | None = None,
    ) -> int:
        changed = 0
        async for page in self._pages(shop, updated, created, status):
            changed += await self._ingest.page(shop.shop_id, page)
        return changed

    async def _pages(
        self,
        shop: Shop,
        updated: searches.Window | None,
        created: searches.Window | None,
        status: str | None,
    ) -> AsyncIterator[Page[Order]]:
        token: str | None = None
        seen: set[str] = set()
        while True:
            page = await self._page(shop, updated, created, status, token)
            yield page
            token = page.next_page_token
            if token is None:
                return
            if token in seen:
                raise PageTokenLoops(f"shop {shop.shop_id}")
            seen.add(token)

    async def _page(
        self,
        shop: Shop,
        updated: searches.Window | None,
        created: searches.Window | None,
        status: str | None,
        token: str | None,
    ) -> Page[Order]:
        async def ask(access: Access) -> Page[Order]:
            return await self._tiktok.orders_search(
                access,
                updated=updated,
                created=created,
                status=status,
                sort_by="create_time" if updated is None else "update_time",
                page_token=token,
            )

        access = await self._accesses.access(shop.shop_id, shop.grant_id)
        try:
            return await ask(access)
        except TokenExpired:
            renewed = await self._accesses.access(shop.shop_id, shop.grant_id, refused=access.token)
            return await ask(renewed)


def _asked(window: Window) -> searches.Window:
    return searches.Window(window.begin, window.end)
