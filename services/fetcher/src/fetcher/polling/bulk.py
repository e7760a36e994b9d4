"""What is done for one shop beside its rounds: sweeps, history, proofs. Never ahead of live work.

Sweeps (one for each status) and history take turns and fail alone; each goes on where it was. They
stop between two pages while the services downstream, or the shop's store, have no room for bulk. A
proof counts, which burdens nobody, so it goes on beside them.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from connections.backpressure import Backpressure, InTheWay
from eventstore.journal import FactTaken, Journal
from fetcher.domain import OPEN, Window, history_window
from fetcher.polling.checkpoints import ShopCheckpoints
from fetcher.polling.kinds import Kind
from fetcher.polling.reconciliation import RECOUNTED, Reconciliation, closed_window
from fetcher.polling.spans import Span
from fetcher.reading.orders import OrderReader
from fetcher.settings import FetcherSettings
from fetcher.tables import Sweep
from lifecycle.shop import Shop
from ordersync_contracts.events import HistoryFetched
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import reconciliation_stream
from runtime.clock import Clock

log = structlog.get_logger()
_PROVEN_AT_ONCE: Final = timedelta(days=3650)


@dataclass(slots=True)
class ShopBulk:
    """Does a piece of what is due; what it raises is tried again later."""

    checkpoints: ShopCheckpoints
    reader: OrderReader
    reconciliation: Reconciliation
    journal: Journal
    backpressure: Backpressure
    settings: FetcherSettings
    _history_span: Span = field(init=False)
    _proof_span: Span = field(init=False)
    _short_at: datetime | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        shortest = 2 * self.settings.overlap
        self._history_span = Span(self.settings.longest_window, shortest)
        self._proof_span = Span(_PROVEN_AT_ONCE, 2 * RECOUNTED)

    def kinds(self, clock: Clock) -> Iterable[Kind]:
        """The proof in a lane of its own; sweeps and history in one."""

        def is_proof_due(shop: Shop) -> bool:
            return self._window_to_prove(shop, clock()) is not None

        async def prove(shop: Shop) -> int:
            return await self._prove(shop, clock())

        yield Kind("proof", "proof", is_proof_due, prove)
        for status in OPEN:
            is_due = partial(self._is_sweep_due, status, clock)
            yield Kind(f"sweep {status}", "bulk", is_due, partial(self._sweep, status, clock))
        yield Kind("history", "bulk", self._is_history_due, self._read_history)

    def has_history_left(self, shop: Shop) -> bool:
        """Whether orders of the shop's window are still to be read."""
        covered = self.checkpoints.at.covered_from
        begins = shop.window_begins_at
        return covered is None or (begins is not None and begins < covered)

    async def _wait_for_room(self, shop: Shop) -> None:
        def waiting(found: InTheWay) -> None:
            log.info("bulk.waits", shop=shop.shop_id, until_caught_up=tuple(found))

        await self.backpressure.room(shop.store, waiting=waiting)

    def _is_sweep_due(self, status: str, clock: Clock, _: Shop) -> bool:
        swept_at = self.checkpoints.at.sweep_of(status).swept_at
        return swept_at is not None and clock() - swept_at >= self.settings.sweep_every

    async def _sweep(self, status: str, clock: Clock, shop: Shop) -> int:
        """Every order in the status; whoever goes on begins at the page that was not read."""
        began, before = clock(), self.checkpoints.at.sweep_of(status)
        changed = 0
        await self._wait_for_room(shop)
        async for page in self.reader.open_orders(shop, status, before.resumes_at):
            changed += page.news
            if not page.is_last:
                place = page.created_to or before.resumes_at
                await self.checkpoints.sweep(status, Sweep(before.swept_at, place))
                await self._wait_for_room(shop)
        await self.checkpoints.sweep(status, Sweep(began))
        return changed

    def _is_history_due(self, shop: Shop) -> bool:
        return self.checkpoints.at.covered_from is not None and self.has_history_left(shop)

    async def _read_history(self, shop: Shop) -> int:
        """One piece, the newest first; whoever goes on begins where this one ended."""
        covered = self.checkpoints.at.covered_from
        whole = history_window(shop.window_begins_at, covered, self.settings.longest_window)
        if whole is None:
            return 0
        window = self._history_span.newest(whole)
        changed, read = 0, 0
        await self._wait_for_room(shop)
        with self._history_span.reading(window):
            async for page in self.reader.created(shop, window):
                changed, read = changed + page.news, read + len(page.order_ids)
                if not page.is_last:
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
        counted_to = max(filter(None, (proven, self._short_at)), default=None)
        if window and counted_to and window.until - counted_to < self.settings.reconcile_every:
            return None
        return window

    async def _prove(self, shop: Shop, now: datetime) -> int:
        """Every window behind us, also those after one that is short of orders."""
        proven, closed = self.checkpoints.at.reconciled_to, self._window_to_prove(shop, now)
        if closed is None:
            return 0
        window = self._proof_span.earliest(closed)
        with self._proof_span.reading(window):
            counted = await self.reconciliation.prove(shop, window)
        is_all = window.until == closed.until
        self._short_at = window.until if counted.short_from and is_all else None
        if self.checkpoints.at.reconciled_to == proven:  # else history went further back meanwhile
            await self.checkpoints.move("reconciled_to", counted.short_from or window.until)
        return counted.repaired
