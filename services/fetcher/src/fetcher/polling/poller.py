"""Assignment one shop: what changes is polled round by round; bulk is done beside it (``bulk``).

Every checkpoint moves only after the events before it are durable, and only for the shop's newest
poller (its epoch).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from fetcher.domain import Window, pieces, poll_window
from fetcher.polling.bulk import ShopBulk
from fetcher.polling.checkpoints import ShopCheckpoints
from fetcher.polling.history import HistoryRecord
from fetcher.polling.packages_and_cancellations import PackagesAndCancellations
from fetcher.polling.reconciliation import Reconciliation
from fetcher.pressure import Room
from fetcher.reading.orders import Reader
from fetcher.reading.recent_changes import RecentChanges
from fetcher.tables import Checkpoint, Checkpoints, CheckpointStore
from lifecycle.shop import Shop
from runtime.clock import Clock


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

    checkpoints: CheckpointStore
    reader: Reader
    aftermath: PackagesAndCancellations
    reconciliation: Reconciliation
    history: HistoryRecord
    room: Room


class ShopPoller:
    """Brings one shop up to date, step by step; made anew by whoever takes the shop over."""

    def __init__(self, shop_id: str, at: Checkpoints, means: Means, rhythm: Rhythm) -> None:
        self._means = means
        self._rhythm = rhythm
        self._recent = RecentChanges()
        self._checkpoints = ShopCheckpoints(shop_id, at, means.checkpoints)
        self._bulk = ShopBulk(
            self._checkpoints,
            means.reader,
            means.reconciliation,
            means.history,
            means.room,
            sweep_every=rhythm.sweep_every,
            reconcile_every=rhythm.reconcile_every,
            longest_window=rhythm.longest_window,
        )

    @property
    def complete_until(self) -> datetime | None:
        """Up to when the shop is proven complete."""
        return self._checkpoints.at.reconciled_to

    def has_history_left(self, shop: Shop) -> bool:
        """Whether orders of the shop's window are still to be read."""
        return self._bulk.has_history_left(shop)

    async def is_accepted(self, shop: Shop) -> bool:
        """Whether TikTok accepts the shop's authorisation now."""
        return await self._means.reader.calls.is_covered(shop)

    async def step(self, shop: Shop, clock: Clock) -> int:
        """One round; returns how many orders changed. What it raises is tried again next time."""
        now = clock()
        await self._checkpoints.begin("covered_from", now.replace(microsecond=0))
        await self._checkpoints.begin("watermark", now)
        await self._checkpoints.begin("swept_at", now)
        changed = await self._poll(shop, now)
        return changed + await self._follow_aftermath(shop, now)

    def is_bulk_due(self, shop: Shop, clock: Clock) -> bool:
        """Whether there is anything to do beside the rounds."""
        return self._bulk.is_due(shop, clock())

    async def bulk(self, shop: Shop, clock: Clock) -> int:
        """A sweep, a piece of history, a proof: whatever is due; how many orders changed."""
        return await self._bulk.step(shop, clock())

    async def _poll(self, shop: Shop, now: datetime) -> int:
        since = self._checkpoints.at.watermark or now
        window = poll_window(since, now, self._rhythm.overlap)
        changed = 0
        for piece in pieces(window, self._rhythm.longest_window) if window else ():
            changed += await self._means.reader.updated(shop, piece, since, self._recent)
            await self._checkpoints.move("watermark", piece.end)
            self._recent.forget_before(piece.end - 2 * self._rhythm.overlap)
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
        checkpoint: Checkpoint,
        read: Callable[[Shop, Window], Awaitable[int]],
    ) -> int:
        known = self._checkpoints.of(checkpoint)
        if known is not None and now - known < self._rhythm.aftermath_every:
            return 0
        window = poll_window(known or now, now, self._rhythm.overlap)
        changed = 0
        for piece in pieces(window, self._rhythm.longest_window) if window else ():
            changed += await read(shop, piece)
            await self._checkpoints.move(checkpoint, piece.end)
        return changed
