"""What is done for one shop beside its rounds: sweeps, history, proofs. Never ahead of live work.

Sweeps and history stop between two pages while the services downstream, or the shop's store, have
no room for bulk. A proof counts, which burdens nobody, so it goes on.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog

from connections.backpressure import Backpressure, InTheWay
from eventstore.journal import FactTaken, Journal
from fetcher.domain import Window, history_window
from fetcher.polling.checkpoints import ShopCheckpoints
from fetcher.polling.reconciliation import Reconciliation, closed_window
from fetcher.reading.orders import OrderReader
from fetcher.settings import FetcherSettings
from lifecycle.shop import Shop
from ordersync_contracts.events import HistoryFetched
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import reconciliation_stream

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ShopBulk:
    """Takes what is due, one thing after the other; what it raises is tried again later."""

    checkpoints: ShopCheckpoints
    reader: OrderReader
    reconciliation: Reconciliation
    journal: Journal
    backpressure: Backpressure
    settings: FetcherSettings

    def has_history_left(self, shop: Shop) -> bool:
        """Whether orders of the shop's window are still to be read."""
        covered = self.checkpoints.at.covered_from
        begins = shop.window_begins_at
        return covered is None or (begins is not None and begins < covered)

    def is_due(self, shop: Shop, now: datetime) -> bool:
        """Whether there is anything to do."""
        return (
            self._is_sweep_due(now)
            or self.has_history_left(shop)
            or self._window_to_prove(shop, now) is not None
        )

    async def step(self, shop: Shop, now: datetime) -> int:
        """Whatever is due; how many orders changed. Waits for room first, but not with a proof."""
        changed = await self._prove(shop, now)
        await self._wait_for_room(shop)
        changed += await self._sweep(shop, now)
        return changed + await self._read_history(shop)

    async def _wait_for_room(self, shop: Shop) -> None:
        def waiting(found: InTheWay) -> None:
            log.info("bulk.waits", shop=shop.shop_id, until_caught_up=tuple(found))

        await self.backpressure.room(shop.store, waiting=waiting)

    def _is_sweep_due(self, now: datetime) -> bool:
        swept_at = self.checkpoints.at.swept_at
        return swept_at is not None and now - swept_at >= self.settings.sweep_every

    async def _sweep(self, shop: Shop, now: datetime) -> int:
        if not self._is_sweep_due(now):
            return 0
        changed = 0
        async for news in self.reader.open_orders(shop):
            changed += news
            await self._wait_for_room(shop)
        await self.checkpoints.move("swept_at", now)
        return changed

    async def _read_history(self, shop: Shop) -> int:
        """One piece, the newest first; whoever goes on begins where this one ended."""
        covered = self.checkpoints.at.covered_from
        window = history_window(shop.window_begins_at, covered, self.settings.longest_window)
        if window is None:
            return 0
        changed, read = 0, 0
        async for page in self.reader.created(shop, window):
            changed, read = changed + page.news, read + len(page.order_ids)
            await self._wait_for_room(shop)
        await self._record_history(shop, window, read)
        await self.checkpoints.move("covered_from", window.since)
        proven = self.checkpoints.at.reconciled_to
        if proven is not None and window.since < proven:
            await self.checkpoints.move("reconciled_to", window.since)  # new: still to be proven
        log.info("shop.history_read", shop=shop.shop_id, since=window.since.isoformat())
        return changed

    async def _record_history(self, shop: Shop, window: Window, orders: int) -> None:
        """Every order created in the window is an event now: so many.

        Said once a window: what is read again after a kill may count one that came late.
        """
        read = HistoryFetched(
            shop_id=shop.shop_id,
            window_begins_at=window.since,
            window_ends_at=window.until,
            orders=orders,
        )
        span = (window.since.isoformat(), window.until.isoformat())
        window_id = fact_id("HistoryFetched", shop.shop_id, *span)
        with suppress(FactTaken):
            await self.journal.fact(reconciliation_stream(shop.shop_id), window_id, read)

    def _window_to_prove(self, shop: Shop, now: datetime) -> Window | None:
        begins, proven = shop.window_begins_at, self.checkpoints.at.reconciled_to
        if begins is None or self.has_history_left(shop):
            return None
        window = closed_window(begins, proven, now)
        if window is None or (proven and window.until - proven < self.settings.reconcile_every):
            return None
        return window

    async def _prove(self, shop: Shop, now: datetime) -> int:
        window = self._window_to_prove(shop, now)
        if window is None:
            return 0
        counted = await self.reconciliation.prove(shop, window)
        await self.checkpoints.move("reconciled_to", window.until)
        return counted.repaired
