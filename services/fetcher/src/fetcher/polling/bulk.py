"""What is done for one shop beside its rounds: sweeps, history, proofs. Never ahead of live work.

Sweeps and history stop between two pages while there is no room for bulk (``pressure``). A proof
counts, which burdens nobody, so it goes on.
"""

from datetime import datetime, timedelta

import structlog

from fetcher.domain import Window, history_window
from fetcher.polling.checkpoints import ShopCheckpoints
from fetcher.polling.history import HistoryRecord
from fetcher.polling.reconciliation import Reconciliation, closed_window
from fetcher.pressure import Room
from fetcher.reading.orders import Reader
from lifecycle.shop import Shop

log = structlog.get_logger()


class ShopBulk:
    """Takes what is due, one thing after the other; what it raises is tried again later."""

    def __init__(
        self,
        checkpoints: ShopCheckpoints,
        reader: Reader,
        reconciliation: Reconciliation,
        history: HistoryRecord,
        room: Room,
        *,
        sweep_every: timedelta,
        reconcile_every: timedelta,
        longest_window: timedelta,
    ) -> None:
        self._checkpoints = checkpoints
        self._reader = reader
        self._reconciliation = reconciliation
        self._history = history
        self._room = room
        self._sweep_every = sweep_every
        self._reconcile_every = reconcile_every
        self._longest_window = longest_window

    def has_history_left(self, shop: Shop) -> bool:
        """Whether orders of the shop's window are still to be read."""
        covered = self._checkpoints.at.covered_from
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
        await self._room(shop)
        changed += await self._sweep(shop, now)
        return changed + await self._read_history(shop)

    def _is_sweep_due(self, now: datetime) -> bool:
        swept_at = self._checkpoints.at.swept_at
        return swept_at is not None and now - swept_at >= self._sweep_every

    async def _sweep(self, shop: Shop, now: datetime) -> int:
        if not self._is_sweep_due(now):
            return 0
        changed = 0
        async for news in self._reader.open_orders(shop):
            changed += news
            await self._room(shop)
        await self._checkpoints.move("swept_at", now)
        return changed

    async def _read_history(self, shop: Shop) -> int:
        """One piece, the newest first; whoever goes on begins where this one ended."""
        window = history_window(
            shop.window_begins_at, self._checkpoints.at.covered_from, self._longest_window
        )
        if window is None:
            return 0
        changed, read = 0, 0
        async for page in self._reader.created(shop, window):
            changed, read = changed + page.news, read + len(page.order_ids)
            await self._room(shop)
        await self._history.record(shop, window, read)
        await self._checkpoints.move("covered_from", window.begin)
        proven = self._checkpoints.at.reconciled_to
        if proven is not None and window.begin < proven:
            await self._checkpoints.move("reconciled_to", window.begin)  # new: still to be proven
        log.info("shop.history_read", shop=shop.shop_id, since=window.begin.isoformat())
        return changed

    def _window_to_prove(self, shop: Shop, now: datetime) -> Window | None:
        begins, proven = shop.window_begins_at, self._checkpoints.at.reconciled_to
        if begins is None or self.has_history_left(shop):
            return None
        window = closed_window(begins, proven, now)
        if window is None or (proven and window.end - proven < self._reconcile_every):
            return None
        return window

    async def _prove(self, shop: Shop, now: datetime) -> int:
        window = self._window_to_prove(shop, now)
        if window is None:
            return 0
        counted = await self._reconciliation.prove(shop, window)
        await self._checkpoints.move("reconciled_to", window.end)
        return counted.repaired
