"""What notifications name is fetched: at once, one shop at a time by itself, 50 orders a call.

Any process may do it, whoever polls the shop: what is fetched twice is one event.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog

from connections.grants import GrantMissing
from connections.shop_book import ShopBook
from eventstore.journal import Contention
from fetcher.authorisations import LOST, Authorisations
from fetcher.metrics import Metrics
from fetcher.reading.orders import OrderReader
from fetcher.reading.shop_calls import PageTokenLoops
from inbox.interface import Received
from inbox.worker import PutBack
from lifecycle.shop import Shop
from tiktok.errors import TikTokError
from tiktok.webhooks import EventKind, Notification

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
_NOT_NOW = (TikTokError, PageTokenLoops, GrantMissing, Contention)


@dataclass(frozen=True, slots=True)
class NotificationHandler:
    """Does what the notifications of one shop ask for (``inbox.InboxWorker``)."""

    book: ShopBook
    authorisations: Authorisations
    reader: OrderReader
    metrics: Metrics

    async def act(self, shop_id: str, received: Sequence[Received[Notification]]) -> None:
        """All of them together; PutBack when it cannot be done now."""
        shop = await self.book.get(shop_id)
        if not shop.is_connected:
            log.info("notification.of_no_shop_of_ours", shop=shop_id, count=len(received))
            return
        notifications = [notification.message for notification in received]
        try:
            await self._about_authorisation(shop, notifications)
            changed = await self.reader.named(shop, _order_ids(notifications))
        except _NOT_NOW as error:
            log.warning("notification.put_back", shop=shop_id, error=type(error).__name__)
            asked_s = error.retry_after_s if isinstance(error, TikTokError) else None
            raise PutBack(type(error).__name__, asked_s or 0.0) from error
        self.metrics.fetched("webhook", changed)
        if changed:
            log.info("orders.fetched", shop=shop_id, orders=changed, by="webhook")

    async def _about_authorisation(self, shop: Shop, notifications: Sequence[Notification]) -> None:
        kinds = {notification.kind for notification in notifications}
        is_withdrawn = EventKind.SELLER_DEAUTHORIZATION in kinds
        if is_withdrawn and not shop.pause_of("tiktok") and not await self._is_accepted(shop):
            await self.authorisations.pause(shop)
        for notification in notifications:
            is_ending = notification.kind == EventKind.UPCOMING_AUTHORIZATION_EXPIRATION
            if is_ending and notification.expires_at:
                await self.authorisations.warn(shop.shop_id, notification.expires_at)

    async def _is_accepted(self, shop: Shop) -> bool:
        """A withdrawal may be old news: the seller may have authorised again since."""
        try:
            return await self.reader.calls.is_covered(shop)
        except LOST:
            return False


def _order_ids(notifications: Iterable[Notification]) -> tuple[str, ...]:
    named = (
        order_id
        for notification in notifications
        if notification.kind in ABOUT_ORDERS
        for order_id in notification.order_ids
    )
    return tuple(dict.fromkeys(named))
