"""Following one shop: what changes is polled round by round; bulk is done beside it (``bulk``).

Every checkpoint moves only after the events before it are durable, and only for the shop's newest
poller (its epoch).
"""

from collections.abc import Awaitable, Callable
from datetime import datetime

from fetcher.domain import Window, pieces, poll_window
from fetcher.polling.bulk import ShopBulk
from fetcher.polling.checkpoints import ShopCheckpoints
from fetcher.polling.packages_and_cancellations import PackagesAndCancellations
from fetcher.reading.orders import OrderReader
from fetcher.reading.recent_changes import RecentChanges
from fetcher.settings import FetcherSettings
from fetcher.tables import Checkpoint
from lifecycle.shop import Shop
from runtime.clock import Clock


class ShopPoller:
    """Brings one shop up to date, step by step; made anew by whoever takes the shop over."""

    def __init__(
        self,
        checkpoints: ShopCheckpoints,
        reader: OrderReader,
        own_dates: PackagesAndCancellations,
        bulk: ShopBulk,
        clock: Clock,
        settings: FetcherSettings,
    ) -> None:
        self._checkpoints = checkpoints
        self._reader = reader
        self._own_dates = own_dates
        self._bulk = bulk
        self._clock = clock
        self._settings = settings
        self._recent = RecentChanges()
        self._quarantine = reader.ingest.quarantine
        self._tried_at: datetime | None = None

    @property
    def complete_until(self) -> datetime | None:
        """Up to when the shop is proven complete."""
        return self._checkpoints.at.reconciled_to

    def has_history_left(self, shop: Shop) -> bool:
        """Whether orders of the shop's window are still to be read."""
        return self._bulk.has_history_left(shop)

    async def step(self, shop: Shop) -> int:
        """One round; returns how many orders changed. What it raises is tried again next time."""
        now = self._clock()
        await self._checkpoints.begin("covered_from", now.replace(microsecond=0))
        await self._checkpoints.begin("watermark", now)
        await self._checkpoints.begin("swept_at", now)
        changed = await self._poll(shop, now)
        changed += await self._by_own_date(shop, now, "packages_to", self._own_dates.packages)
        changed += await self._by_own_date(
            shop, now, "cancellations_to", self._own_dates.cancellations
        )
        return changed + await self._try_again(shop, now)

    async def _try_again(self, shop: Shop, now: datetime) -> int:
        """Orders that could not be recorded, and are due."""
        if self._tried_at is not None and now - self._tried_at < self._settings.aftermath_every:
            return 0
        self._tried_at = now
        return await self._reader.named(shop, await self._quarantine.due(shop.shop_id))

    def is_bulk_due(self, shop: Shop) -> bool:
        """Whether there is anything to do beside the rounds."""
        return self._bulk.is_due(shop, self._clock())

    async def bulk(self, shop: Shop) -> int:
        """A sweep, a piece of history, a proof: whatever is due; how many orders changed."""
        return await self._bulk.step(shop, self._clock())

    async def _poll(self, shop: Shop, now: datetime) -> int:
        since = self._checkpoints.at.watermark or now
        window = poll_window(since, now, self._settings.overlap)
        changed = 0
        for piece in pieces(window, self._settings.longest_window) if window else ():
            changed += await self._reader.updated(shop, piece, since, self._recent)
            await self._checkpoints.move("watermark", piece.until)
            self._recent.forget_before(piece.until - 2 * self._settings.overlap)
        return changed

    async def _by_own_date(
        self,
        shop: Shop,
        now: datetime,
        checkpoint: Checkpoint,
        read: Callable[[Shop, Window], Awaitable[int]],
    ) -> int:
        known = self._checkpoints.of(checkpoint)
        if known is not None and now - known < self._settings.aftermath_every:
            return 0
        window = poll_window(known or now, now, self._settings.overlap)
        changed = 0
        for piece in pieces(window, self._settings.longest_window) if window else ():
            changed += await read(shop, piece)
            await self._checkpoints.move(checkpoint, piece.until)
        return changed
