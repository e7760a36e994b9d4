"""What notifications name is fetched: at once, one shop at a time by itself, 50 orders a call.

Any process may do it, whoever polls the shop: what is fetched twice is one event. While a shop's
orders are fetched, further notifications of it gather and are fetched together afterwards.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final

import structlog

from connections.grants import GrantMissing
from connections.shop_book import ShopBook
from connections.waits import Waits
from fetcher.authorisations import LOST, Authorisations
from fetcher.metrics import Metrics
from fetcher.reading.orders import OrderReader
from fetcher.reading.shop_calls import PageTokenLoops
from fetcher.webhooks.inbox import Inbox, Taken
from lifecycle.shop import Shop
from runtime.clock import Clock
from runtime.randomness import Chance
from tiktok.errors import TikTokError
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
_NOT_NOW = (TikTokError, PageTokenLoops, GrantMissing)


class WebhookWorker:
    """Works through the inbox; ``arrived`` says that there is something new in it."""

    def __init__(
        self,
        book: ShopBook,
        authorisations: Authorisations,
        inbox: Inbox,
        reader: OrderReader,
        metrics: Metrics,
        waits: Waits,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._book = book
        self._authorisations = authorisations
        self._inbox = inbox
        self._reader = reader
        self._metrics = metrics
        self._waits = waits
        self._clock = clock
        self._chance = chance
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
                for shop_id, taken in (await self._take()).items():
                    self._busy.add(shop_id)
                    tasks.create_task(self._serve(shop_id, taken))
                if self._clock() - tidied_at >= _TIDY_EVERY:
                    tidied_at = self._clock()
                    await self._inbox.forget(tidied_at - KNOWN_FOR)
                await self._wait()

    async def work_once(self) -> None:
        """Everything that is due now, shop by shop."""
        for shop_id, taken in (await self._take()).items():
            await self._act(shop_id, taken)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_EVERY_S):
                await self._hint.wait()
        except TimeoutError:
            self._metrics.waiting(await self._inbox.waiting())

    async def _take(self) -> Mapping[str, Sequence[Taken]]:
        by_shop: dict[str, list[Taken]] = {}
        for notification in await self._inbox.take(self._clock(), self._busy, _AT_A_TIME):
            by_shop.setdefault(notification.shop_id, []).append(notification)
        return by_shop

    async def _serve(self, shop_id: str, taken: Sequence[Taken]) -> None:
        try:
            await self._act(shop_id, taken)
        finally:
            self._busy.discard(shop_id)
            self._hint.set()

    async def _act(self, shop_id: str, taken: Sequence[Taken]) -> None:
        """Do what the notifications of one shop ask for; what cannot be done now is due later."""
        ids = [notification.id for notification in taken]
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
        attempts = max(notification.attempts for notification in taken)
        wait_s = max(asked_s or 0.0, self._waits.tiktok_webhook.delay(attempts, self._chance))
        log.warning("notification.put_back", shop=shop_id, error=type(error).__name__)
        due_at = self._clock() + timedelta(seconds=wait_s)
        await self._inbox.later([notification.id for notification in taken], due_at)

    async def _about_authorisation(self, shop: Shop, taken: Sequence[Taken]) -> None:
        kinds = {notification.kind for notification in taken}
        is_withdrawn = EventKind.SELLER_DEAUTHORIZATION in kinds
        if is_withdrawn and not shop.pause_of("tiktok") and not await self._is_accepted(shop):
            await self._authorisations.pause(shop)
        for notification in taken:
            is_ending = notification.kind == EventKind.UPCOMING_AUTHORIZATION_EXPIRATION
            if is_ending and notification.expires_at:
                await self._authorisations.warn(shop.shop_id, notification.expires_at)

    async def _is_accepted(self, shop: Shop) -> bool:
        """A withdrawal may be old news: the seller may have authorised again since."""
        try:
            return await self._reader.calls.is_covered(shop)
        except LOST:
            return False


def _order_ids(taken: Iterable[Taken]) -> tuple[str, ...]:
    named = (
        order_id
        for notification in taken
        if notification.kind in ABOUT_ORDERS
        for order_id in notification.order_ids
    )
    return tuple(dict.fromkeys(named))
