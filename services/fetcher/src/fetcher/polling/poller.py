"""Following one shop: changes of orders are polled; every other kind of work stands beside it.

Every checkpoint moves only after the events before it are durable, and only for the shop's newest
poller (its epoch).
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from fetcher.domain import Window, poll_window
from fetcher.polling.bulk import ShopBulk
from fetcher.polling.checkpoints import ShopCheckpoints
from fetcher.polling.kinds import Kind
from fetcher.polling.packages_and_cancellations import PackagesAndCancellations
from fetcher.polling.spans import Span
from fetcher.reading.orders import OrderReader
from fetcher.reading.recent_changes import RecentChanges
from fetcher.settings import FetcherSettings
from fetcher.tables import Checkpoint
from lifecycle.shop import Shop

SECOND: Final = timedelta(seconds=1)
"""Windows end with whole seconds: sooner there is nothing new to ask for."""
Read = Callable[[Shop, Window], Awaitable[int]]


class ShopPoller:
    """Brings one shop up to date, piece by piece; made anew by whoever takes the shop over.

    ``kinds``: what is done beside the polls.
    """

    def __init__(
        self,
        checkpoints: ShopCheckpoints,
        reader: OrderReader,
        own_dates: PackagesAndCancellations,
        bulk: ShopBulk,
        settings: FetcherSettings,
    ) -> None:
        self._checkpoints = checkpoints
        self._reader = reader
        self._bulk = bulk
        self._clock = reader.calls.tiktok.now
        self._settings = settings
        self._recent = RecentChanges()
        self._tiktok = reader.calls.tiktok
        self._quarantine = reader.ingest.quarantine
        self._tried_at: datetime | None = None
        self._span = self._new_span()
        self.kinds = (
            self._by_own_date("packages", "packages_to", own_dates.packages),
            self._by_own_date("cancellations", "cancellations_to", own_dates.cancellations),
            Kind("set_aside", "set_aside", self._may_try_again, self._try_again),
            *bulk.kinds(self._clock),
        )

    @property
    def complete_until(self) -> datetime | None:
        """Up to when the shop is proven complete."""
        return self._checkpoints.at.reconciled_to

    def has_history_left(self, shop: Shop) -> bool:
        """Whether orders of the shop's window are still to be read."""
        return self._bulk.has_history_left(shop)

    async def poll(self, shop: Shop) -> int:
        """One round; returns how many orders changed. What it raises is tried again next time."""
        now = self._clock()
        await self._begin(now)
        since, ahead = self._checkpoints.at.watermark or now, self._tiktok.ahead
        changed = 0
        for piece in self._span.pieces(poll_window(since, now, self._settings.overlap)):
            with self._span.reading(piece):
                changed += await self._reader.updated(shop, piece, since, self._recent)
            await self._move("watermark", piece, ahead)
            self._recent.forget_before(piece.until - 2 * self._settings.overlap)
        return changed

    async def _begin(self, now: datetime) -> None:
        """History last: where it is cut off in between, what changes until then is followed."""
        await self._checkpoints.begin("watermark", now)
        await self._checkpoints.begin("swept_at", now)
        await self._checkpoints.begin("covered_from", now.replace(microsecond=0))

    def _new_span(self) -> Span:
        return Span(self._settings.longest_window, 2 * self._settings.overlap)

    def _by_own_date(self, name: str, checkpoint: Checkpoint, read: Read) -> Kind:
        """What TikTok dates by itself, from where the checkpoint is on."""
        do = partial(self._read_by_own_date, checkpoint, read, self._new_span())
        is_due = partial(self._is_own_date_due, checkpoint)
        return Kind(name, name, is_due, do, asks_at_once=True)

    def _is_own_date_due(self, checkpoint: Checkpoint, _: Shop) -> bool:
        known, now = self._checkpoints.of(checkpoint), self._clock()
        if known is None:
            return True
        return now - known >= max(SECOND, self._settings.aftermath_every)

    async def _read_by_own_date(
        self, checkpoint: Checkpoint, read: Read, span: Span, shop: Shop
    ) -> int:
        now = self._clock()
        began = self._checkpoints.at.swept_at or now
        await self._checkpoints.begin(checkpoint, began)  # and not where history had begun before
        known, ahead = self._checkpoints.of(checkpoint) or now, self._tiktok.ahead
        changed = 0
        for piece in span.pieces(poll_window(known, now, self._settings.overlap)):
            with span.reading(piece):
                changed += await read(shop, piece)
            await self._move(checkpoint, piece, ahead)
        return changed

    async def _move(self, checkpoint: Checkpoint, piece: Window, ahead: timedelta) -> None:
        """To the piece's end; if our clock turned out to be further ahead, so much less far."""
        found_out = max(self._tiktok.ahead - ahead, timedelta())
        await self._checkpoints.move(checkpoint, piece.until - found_out)

    def _may_try_again(self, _: Shop) -> bool:
        tried_at, now = self._tried_at, self._clock()
        return tried_at is None or now - tried_at >= max(SECOND, self._settings.aftermath_every)

    async def _try_again(self, shop: Shop) -> int:
        """Orders that could not be recorded, and are due."""
        self._tried_at = self._clock()
        return await self._reader.named(shop, await self._quarantine.due(shop.shop_id))
