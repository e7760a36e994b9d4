"""Orders whose packages or cancellations changed: TikTok dates those by themselves, not the order.

Partner Center: Search Package 202309, Search Cancellations 202309.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from fetcher.domain import Window
from fetcher.reading.orders import Reader
from fetcher.reading.paging import pages
from fetcher.recording.ingest import Ingest
from lifecycle.shop import Shop
from tiktok import searches
from tiktok.calls import Shop as Access
from tiktok.client import TikTokClient
from tiktok.pages import Page
from tiktok.wire.cancellations import Cancellation
from tiktok.wire.packages import Package
from tiktok.wire.values import moment

Changes = Iterator[tuple[str, datetime | None]]
"""Order ids, and when what concerns them changed."""


class PackagesAndCancellations:
    """Fetches the orders that packages and cancellations of a window name."""

    def __init__(self, tiktok: TikTokClient, reader: Reader, ingest: Ingest) -> None:
        self._tiktok = tiktok
        self._reader = reader
        self._ingest = ingest

    async def of_packages(self, shop: Shop, window: Window) -> int:
        """Orders whose packages changed in the window; how many were news."""
        asked = searches.Window(window.begin, window.end)

        async def ask(access: Access, token: str | None) -> Page[Package]:
            return await self._tiktok.packages_search(access, updated=asked, page_token=token)

        found = [page.items async for page in pages(self._reader.calls, shop, ask)]
        return await self._fetch(shop, (change for items in found for change in _packed(items)))

    async def of_cancellations(self, shop: Shop, window: Window) -> int:
        """Orders whose cancellations changed in the window; how many were news."""
        asked = searches.Window(window.begin, window.end)

        async def ask(access: Access, token: str | None) -> Page[Cancellation]:
            return await self._tiktok.cancellations_search(access, updated=asked, page_token=token)

        found = [page.items async for page in pages(self._reader.calls, shop, ask)]
        return await self._fetch(shop, (change for items in found for change in _cancelled(items)))

    async def _fetch(self, shop: Shop, changes: Changes) -> int:
        """Only what was not asked for since: the order's own status often moved with it."""
        changed_at: dict[str, datetime | None] = {}
        for order_id, at in changes:
            known = changed_at.get(order_id)
            changed_at[order_id] = at if known is None or at is None else max(known, at)
        stale = await self._ingest.not_asked_since(shop.shop_id, changed_at)
        return await self._reader.named(shop, stale)


def _packed(packages: Iterable[Package]) -> Changes:
    for package in packages:
        for order in package.orders:
            if order.id:
                yield order.id, moment(package.update_time)


def _cancelled(cancellations: Iterable[Cancellation]) -> Changes:
    for one in cancellations:
        if one.order_id:
            yield one.order_id, moment(one.update_time)
