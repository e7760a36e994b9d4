"""Following one shop: history first, then what changes, and now and then what TikTok does not date.

Every mark moves only after the events before it are durable, and only for the shop's newest
poller (its epoch).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from fetcher.domain import Window, pieces, poll_window
from fetcher.reading import Reader
from fetcher.tables import Mark, Polls, Progress
from lifecycle.shop import Shop
from runtime.clock import Clock

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How far polls overlap, how often open orders are swept, how long a window may be."""

    overlap: timedelta
    sweep_every: timedelta
    longest_window: timedelta


class ShopPoller:
    """Brings one shop up to date, step by step; made anew by whoever takes the shop over."""

    def __init__(
        self, shop_id: str, progress: Progress, polls: Polls, reader: Reader, rhythm: Rhythm
    ) -> None:
        self._shop_id = shop_id
        self._progress = progress
        self._polls = polls
        self._reader = reader
        self._rhythm = rhythm

    async def step(self, shop: Shop, clock: Clock) -> int:
        """One round; returns how many orders changed. What it raises is tried again next time."""
        now = clock()
        changed = 0
        if self._progress.backfilled_to is None:
            changed += await self._backfill(shop, now)
        changed += await self._poll(shop, clock())
        changed += await self._sweep(shop, now)
        return changed

    async def _backfill(self, shop: Shop, now: datetime) -> int:
        """The shop's window by creation time; what changes meanwhile, the first poll finds."""
        begin = shop.window_begins_at or now
        if self._progress.watermark is None:
            await self._move("watermark", now)
        changed = 0
        for window in pieces(_whole_seconds(begin, now), self._rhythm.longest_window):
            changed += await self._reader.created(shop, window)
        await self._move("backfilled_to", now)
        log.info("shop.backfilled", shop=self._shop_id, orders=changed)
        return changed

    async def _poll(self, shop: Shop, now: datetime) -> int:
        window = poll_window(self._progress.watermark or now, now, self._rhythm.overlap)
        changed = 0
        for piece in pieces(window, self._rhythm.longest_window) if window else ():
            changed += await self._reader.updated(shop, piece)
            await self._move("watermark", piece.end)
        return changed

    async def _sweep(self, shop: Shop, now: datetime) -> int:
        swept_at = self._progress.swept_at
        if swept_at is None:
            await self._move("swept_at", now)
            return 0
        if now - swept_at < self._rhythm.sweep_every:
            return 0
        changed = await self._reader.open_orders(shop)
        await self._move("swept_at", now)
        return changed

    async def _move(self, mark: Mark, to: datetime) -> None:
        await self._polls.move(self._shop_id, self._progress.epoch, mark, to)
        moved: dict[str, Any] = {mark: to}
        self._progress = replace(self._progress, **moved)


def _whole_seconds(begin: datetime, end: datetime) -> Window:
    return Window(begin.replace(microsecond=0), end.replace(microsecond=0) + timedelta(seconds=1))
