"""Complete up to T: closed windows counted on both sides, and what is missing fetched.

An order's creation never changes, so a window by creation that lies behind us is settled: TikTok
counts it, we count it, and if the counts differ every order in it is fetched. Where TikTok counts
more even then, the shop is complete up to there and no further.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from eventstore.journal import Journal
from fetcher.domain import Window, pieces
from fetcher.metrics import Metrics
from fetcher.order_index import OrderIndex
from fetcher.reading.orders import OrderReader
from fetcher.settings import FetcherSettings
from lifecycle.shop import Shop
from ordersync_contracts.events import OrdersReconciled
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import reconciliation_stream

log = structlog.get_logger()
CLOSED_AFTER: Final = timedelta(minutes=10)
"""A window is closed when it lies so far behind: TikTok shows every order of it by then."""
RECOUNTED: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Count:
    """What both sides count in one window, after repairs.

    ``short_from``: where its first piece begins of which TikTok counts more than is stored.
    """

    tiktok: int = 0
    stored: int = 0
    repaired: int = 0
    short_from: datetime | None = None

    def __add__(self, other: "Count") -> "Count":
        return Count(
            self.tiktok + other.tiktok,
            self.stored + other.stored,
            self.repaired + other.repaired,
            self.short_from or other.short_from,
        )


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Proves a shop's windows complete, and says so in its own stream."""

    journal: Journal
    order_index: OrderIndex
    reader: OrderReader
    metrics: Metrics
    settings: FetcherSettings

    async def prove(self, shop: Shop, window: Window) -> Count:
        """Count the window on both sides, fetch what is missing, append OrdersReconciled."""
        counted = Count()
        for piece in pieces(window, self.settings.longest_window):
            counted += await self._settle(shop, piece)
        if counted.repaired:
            log.warning("orders.repaired", shop=shop.shop_id, orders=counted.repaired)
            self.metrics.repaired(counted.repaired)
        await self._record(shop.shop_id, window, counted)
        return counted

    async def _settle(self, shop: Shop, window: Window) -> Count:
        asked = await self.reader.count_created(shop, window)
        stored = await self._stored(shop, window)
        if asked == stored:
            return Count(asked, stored)
        listed: set[str] = set()
        repaired = 0
        async for page in self.reader.created(shop, window):
            listed |= page.order_ids
            repaired += page.news
        tiktok, stored = max(asked or 0, len(listed)), await self._stored(shop, window)
        is_short = tiktok > stored
        if is_short:
            counts = {"tiktok": tiktok, "listed": len(listed), "stored": stored}
            log.warning("orders.missing", shop=shop.shop_id, **counts, since=str(window.since))
        return Count(tiktok, stored, repaired, window.since if is_short else None)

    async def _stored(self, shop: Shop, window: Window) -> int:
        return await self.order_index.count(shop.shop_id, window.since, window.until)

    async def _record(self, shop_id: str, window: Window, counted: Count) -> None:
        proof = OrdersReconciled(
            shop_id=shop_id,
            window_begins_at=window.since,
            complete_until=counted.short_from or window.until,
            tiktok_count=counted.tiktok,
            stored_count=counted.stored,
            repaired=counted.repaired,
        )
        proof_id = fact_id(*(str(value) for value in proof.model_dump(mode="json").values()))
        await self.journal.fact(reconciliation_stream(shop_id), proof_id, proof)


def closed_window(begins_at: datetime, proven_to: datetime | None, now: datetime) -> Window | None:
    """What is to be proven next, up to what is closed by now; None when nothing is.

    It begins a day before the last proof ended: an order that TikTok showed that late counts too.
    """
    begin = begins_at if proven_to is None else max(begins_at, proven_to - RECOUNTED)
    end = (now - CLOSED_AFTER).replace(microsecond=0)
    return Window(begin.replace(microsecond=0), end) if begin < end else None
