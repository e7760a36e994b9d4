"""What notifications name is fetched: at once, one shop at a time by itself, 50 orders a call.

Any process may do it, whoever polls the shop: what is fetched twice is one event. While a shop's
orders are fetched, further notifications of it gather and are fetched together afterwards.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

import structlog

from connections.grants import GrantMissing
from connections.shop_book import ShopBook
from eventstore import EventStore
from fetcher import authorisation
from fetcher.metrics import Metrics
from fetcher.reading.orders import Reader
from fetcher.reading.paging import PageTokenLoops
from fetcher.webhooks.inbox import Inbox, Taken
from lifecycle.shop import Shop
from runtime.backoff import Backoff
from runtime.clock import Clock
from runtime.randomness import system_chance
from tiktok.errors import AuthorizationLost, ShopNotCovered, TikTokError
from tiktok.webhooks import EventKind

log = structlog.get_logger()
ABOUT_ORDERS: Final = frozenset(
    {
        EventKind.ORDER_STATUS_CHANGE,
        EventKind.RECIPIENT_ADDRESS_UPDATE,
        EventKind.PACKAGE_UPDATE,
        EventKind.CANCELLATION_STATUS_CHANGE,
        EventKind.RETURN_STATUS_CHANGE,
    }
)
KNOWN_FOR: Final = timedelta(days=3)
"""TikTok repeats a notification within half a day; ours are known for longer than that."""
_AT_A_TIME: Final = 500
_LOOK_EVERY_S: Final = 1.0
_TIDY_EVERY: Final = timedelta(hours=1)
_BACKOFF: Final = Backoff(first=2.0, longest=900.0)
_DEAD = (AuthorizationLost, ShopNotCovered, GrantMissing)
_NOT_NOW = (TikTokError, PageTokenLoops, GrantMissing)


class WebhookWorker:
    """Works through the inbox; ``arrived`` says that there is something new in it."""

    def __init__(
        self,
        store: EventStore,
        book: ShopBook,
        inbox: Inbox,
        reader: Reader,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._book = book
        self._inbox = inbox
        self._reader = reader
        self._clock = clock
        self._metrics = metrics
        self._hint = asyncio.Event()
        self._busy: set[str] = set()

    def arrived(self) -> None:
        """Look now."""
        self._hint.set()

    async def run(self) -> None:
        """For ever; what is raised leaves the notifications to whoever looks next."""
        self._busy.clear()
        tidied_at = self._clock()
        async with asyncio.TaskGroup() as tasks:
            while True:
                self._hint.clear()
                await self._share_out(tasks)
                if self._clock() - tidied_at >= _TIDY_EVERY:
                    tidied_at = self._clock()
                    await self._inbox.forget(tidied_at - KNOWN_FOR)
                await self._wait()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_EVERY_S):
                await self._hint.wait()
        except TimeoutError:
            self._metrics.waiting(await self._inbox.waiting())

    async def _share_out(self, tasks: asyncio.TaskGroup) -> None:
        taken = await self._inbox.take(self._clock(), self._busy, _AT_A_TIME)
        by_shop: dict[str, list[Taken]] = {}
        for one in taken:
            by_shop.setdefault(one.shop_id, []).append(one)
        for shop_id, its in by_shop.items():
            self._busy.add(shop_id)
            tasks.create_task(self._serve(shop_id, its))

    async def _serve(self, shop_id: str, taken: Sequence[Taken]) -> None:
        try:
            await self.act(shop_id, taken)
        finally:
            self._busy.discard(shop_id)
            self._hint.set()

    async def act(self, shop_id: str, taken: Sequence[Taken]) -> None:
        """Do what the notifications of one shop ask for; what cannot be done now is due later."""
        ids = [one.id for one in taken]
        shop = await self._book.get(shop_id)
        if not shop.is_connected:
            log.info("notification.of_no_shop_of_ours", shop=shop_id, count=len(ids))
            await self._inbox.done(ids, self._clock())
            return
        try:
            await self._about_authorisation(shop, taken)
            changed = await self._reader.named(shop, _order_ids(taken))
        except _NOT_NOW as error:
            await self._put_back(shop_id, taken, error)
        else:
            await self._inbox.done(ids, self._clock())
            self._metrics.fetched("webhook", changed)
            if changed:
                log.info("orders.fetched", shop=shop_id, orders=changed, by="webhook")

    async def _put_back(self, shop_id: str, taken: Sequence[Taken], error: Exception) -> None:
        asked_s = error.retry_after_s if isinstance(error, TikTokError) else None
        attempts = max(one.attempts for one in taken)
        wait_s = max(asked_s or 0.0, _BACKOFF.delay(attempts, system_chance))
        log.warning("notification.put_back", shop=shop_id, error=type(error).__name__)
        due_at = self._clock() + timedelta(seconds=wait_s)
        await self._inbox.later([one.id for one in taken], due_at)

    async def _about_authorisation(self, shop: Shop, taken: Iterable[Taken]) -> None:
        kinds = {one.kind for one in taken}
        is_withdrawn = EventKind.SELLER_DEAUTHORIZATION in kinds
        if is_withdrawn and not shop.pause_of("tiktok") and not await self._is_accepted(shop):
            await authorisation.pause(self._store, shop, self._clock)
        for one in taken:
            if one.kind == EventKind.UPCOMING_AUTHORIZATION_EXPIRATION and one.expires_at:
                await authorisation.warn(self._store, shop.shop_id, one.expires_at, self._clock)

    async def _is_accepted(self, shop: Shop) -> bool:
        """A withdrawal may be old news: the seller may have authorised again since."""
        try:
            return await self._reader.calls.is_covered(shop)
        except _DEAD:
            return False


def _order_ids(taken: Iterable[Taken]) -> tuple[str, ...]:
    named = (order_id for one in taken if one.kind in ABOUT_ORDERS for order_id in one.order_ids)
    return tuple(dict.fromkeys(named))
