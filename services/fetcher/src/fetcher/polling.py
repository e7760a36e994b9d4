"""Following one shop: what changes first, then what TikTok does not date, then history and proof.

Every mark moves only after the events before it are durable, and only for the shop's newest
poller (its epoch). Bulk (history, sweeps) waits while services downstream are behind.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from fetcher.aftermath import Aftermath
from fetcher.domain import Window, history_window, pieces, poll_window
from fetcher.reading import Reader
from fetcher.recent import RecentChanges
from fetcher.reconciling import Reconciliation, closed_window
from fetcher.tables import Mark, Progress, Progresses
from lifecycle.shop import Shop
from runtime.clock import Clock

log = structlog.get_logger()
MayAddBulk = Callable[[], Awaitable[bool]]
"""Whether services downstream keep up, so that bulk may be added to their work."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How far polls overlap, how long a window may be, and how often the rest is looked at."""

    overlap: timedelta
    sweep_every: timedelta
    longest_window: timedelta
    aftermath_every: timedelta = timedelta(minutes=1)
    reconcile_every: timedelta = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Means:
    """What pollers of all shops share."""

    polls: Progresses
    reader: Reader
    aftermath: Aftermath
    reconciliation: Reconciliation
    may_add_bulk: MayAddBulk


class ShopPoller:
    """Brings one shop up to date, step by step; made anew by whoever takes the shop over."""

    def __init__(self, shop_id: str, progress: Progress, means: Means, rhythm: Rhythm) -> None:
        self._shop_id = shop_id
        self._progress = progress
        self._means = means
        self._rhythm = rhythm
        self._recent = RecentChanges()

    @property
    def complete_until(self) -> datetime | None:
        """Up to when the shop is proven complete."""
        return self._progress.reconciled_to

    def has_history_left(self, shop: Shop) -> bool:
        """Whether orders of the shop's window are still to be read."""
        covered = self._progress.covered_from
        begins = shop.window_begins_at
        return covered is None or (begins is not None and begins < covered)

    async def is_accepted(self, shop: Shop) -> bool:
        """Whether TikTok accepts the shop's authorisation now."""
        return await self._means.reader.calls.is_covered(shop)

    async def step(self, shop: Shop, clock: Clock) -> int:
        """One round; returns how many orders changed. What it raises is tried again next time."""
        now = clock()
        if self._progress.covered_from is None:
            await self._move("covered_from", now.replace(microsecond=0))
        if self._progress.watermark is None:
            await self._move("watermark", now)
        changed = await self._poll(shop, now)
        changed += await self._follow_aftermath(shop, now)
        if await self._is_bulk_due(shop, now) and await self._means.may_add_bulk():
            changed += await self._sweep(shop, now)
            changed += await self._read_history(shop)
        return changed + await self._reconcile(shop, now)

    async def _poll(self, shop: Shop, now: datetime) -> int:
        since = self._progress.watermark or now
        window = poll_window(since, now, self._rhythm.overlap)
        changed = 0
        for piece in pieces(window, self._rhythm.longest_window) if window else ():
            changed += await self._means.reader.updated(shop, piece, since, self._recent)
            await self._move("watermark", piece.end)
        if window is not None:
            self._recent.forget_before(window.end - 2 * self._rhythm.overlap)
        return changed

    async def _follow_aftermath(self, shop: Shop, now: datetime) -> int:
        aftermath = self._means.aftermath
        changed = await self._by_own_date(shop, now, "packages_to", aftermath.of_packages)
        return changed + await self._by_own_date(
            shop, now, "cancellations_to", aftermath.of_cancellations
        )

    async def _by_own_date(
        self,
        shop: Shop,
        now: datetime,
        mark: Mark,
        read: Callable[[Shop, Window], Awaitable[int]],
    ) -> int:
        since: datetime = getattr(self._progress, mark) or now
        if self._has_mark(mark) and now - since < self._rhythm.aftermath_every:
            return 0
        window = poll_window(since, now, self._rhythm.overlap)
        changed = 0
        for piece in pieces(window, self._rhythm.longest_window) if window else ():
            changed += await read(shop, piece)
            await self._move(mark, piece.end)
        return changed

    async def _is_bulk_due(self, shop: Shop, now: datetime) -> bool:
        if self._progress.swept_at is None:
            await self._move("swept_at", now)
        return self._is_sweep_due(now) or self.has_history_left(shop)

    def _is_sweep_due(self, now: datetime) -> bool:
        swept_at = self._progress.swept_at
        return swept_at is not None and now - swept_at >= self._rhythm.sweep_every

    async def _sweep(self, shop: Shop, now: datetime) -> int:
        if not self._is_sweep_due(now):
            return 0
        changed = await self._means.reader.open_orders(shop)
        await self._move("swept_at", now)
        return changed

    async def _read_history(self, shop: Shop) -> int:
        """One piece, the newest first; whoever goes on begins where this one ended."""
        window = history_window(
            shop.window_begins_at, self._progress.covered_from, self._rhythm.longest_window
        )
        if window is None:
            return 0
        changed = 0
        async for page in self._means.reader.created(shop, window):
            changed += page.news
        await self._move("covered_from", window.begin)
        proven = self._progress.reconciled_to
        if proven is not None and window.begin < proven:
            await self._move("reconciled_to", window.begin)  # what is new is still to be proven
        log.info("shop.history_read", shop=self._shop_id, since=window.begin.isoformat())
        return changed

    async def _reconcile(self, shop: Shop, now: datetime) -> int:
        begins, proven = shop.window_begins_at, self._progress.reconciled_to
        if begins is None or self.has_history_left(shop):
            return 0
        window = closed_window(begins, proven, now)
        if window is None or (proven and window.end - proven < self._rhythm.reconcile_every):
            return 0
        counted = await self._means.reconciliation.prove(shop, window)
        await self._move("reconciled_to", window.end)
        return counted.repaired

    def _has_mark(self, mark: Mark) -> bool:
        return getattr(self._progress, mark) is not None

    async def _move(self, mark: Mark, to: datetime) -> None:
        await self._means.polls.move(self._shop_id, self._progress.epoch, mark, to)
        moved: dict[str, Any] = {mark: to}
        self._progress = replace(self._progress, **moved)
