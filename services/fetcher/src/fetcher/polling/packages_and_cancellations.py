"""Orders whose packages or cancellations changed: TikTok dates those by themselves, not the order.

Partner Center: Search Package 202309, Search Cancellations 202309.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial

from fetcher.domain import Window
from fetcher.reading.orders import OrderReader
from lifecycle.shop import Shop
from tiktok.wire.cancellations import Cancellation
from tiktok.wire.packages import Package
from tiktok.wire.values import moment

Changes = Iterator[tuple[str, datetime | None]]
"""Order ids, and when what concerns them changed."""


class PackagesAndCancellations:
    """Fetches the orders that packages and cancellations of a window name."""

    def __init__(self, reader: OrderReader) -> None:
        self._reader = reader
        self._calls = reader.calls

    async def packages(self, shop: Shop, window: Window) -> int:
        """Orders whose packages changed in the window; how many were news."""
        search = partial(self._calls.tiktok.packages_search, updated=window)
        found = [page.items async for page in self._calls.pages(shop, search)]
        return await self._fetch(shop, (change for items in found for change in _packed(items)))

    async def cancellations(self, shop: Shop, window: Window) -> int:
        """Orders whose cancellations changed in the window; how many were news."""
        search = partial(self._calls.tiktok.cancellations_search, updated=window)
        found = [page.items async for page in self._calls.pages(shop, search)]
        return await self._fetch(shop, (change for items in found for change in _cancelled(items)))

    async def _fetch(self, shop: Shop, changes: Changes) -> int:
        """Only what was not asked for since: the order's own status often moved with it."""
        changed_at: dict[str, datetime | None] = {}
        for order_id, at in changes:
            known = changed_at.get(order_id)
            changed_at[order_id] = at if known is None or at is None else max(known, at)
        stale = await self._reader.ingest.not_asked_since(shop.shop_id, changed_at)
        return await self._reader.named(shop, stale)


def _packed(packages: Iterable[Package]) -> Changes:
    for package in packages:
        for order in package.orders:
            if order.id:
                yield order.id, moment(package.update_time)


def _cancelled(cancellations: Iterable[Cancellation]) -> Changes:
    for cancellation in cancellations:
        if cancellation.order_id:
            yield cancellation.order_id, moment(cancellation.update_time)
