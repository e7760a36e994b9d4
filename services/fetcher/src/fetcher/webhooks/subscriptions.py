"""Each connected shop's notifications go to us: what goes nowhere is subscribed, again and again.

Whoever ends a subscription says nothing; polling finds what is not notified, only later. Partner
Center: Get Shop Webhooks, Update Shop Webhook 202309.
"""

from dataclasses import dataclass
from functools import partial

import structlog

from connections.grants import GrantMissing
from connections.shop_book import ShopBook
from fetcher.authorisations import SIDE
from fetcher.metrics import Metrics
from fetcher.reading.shop_calls import ShopCalls
from lifecycle.shop import Shop
from tiktok.errors import TikTokError
from tiktok.webhooks import SUBSCRIBED

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Subscriptions:
    """``url``: where they go; "": nowhere, then nothing is subscribed."""

    book: ShopBook
    calls: ShopCalls
    metrics: Metrics
    url: str

    async def round(self) -> None:
        """Every shop that can be called; one that does not answer is asked the next time."""
        if not self.url:
            return
        for shop in await self.book.all():
            if not shop.is_connected or shop.pause_of(SIDE) is not None:
                continue
            try:
                await self._ensure(shop)
            except (TikTokError, GrantMissing) as error:
                why = type(error).__name__
                log.warning("webhooks.not_attended", shop=shop.shop_id, error=why)

    async def _ensure(self, shop: Shop) -> None:
        """What goes to another address goes on there."""
        tiktok = self.calls.tiktok
        known = {going.event_type for going in await self.calls.make(shop, tiktok.webhooks_list)}
        missing = [kind for kind in SUBSCRIBED if kind not in known]
        for kind in missing:
            put = partial(tiktok.webhooks_put, event_type=kind, address=self.url)
            await self.calls.make(shop, put)
        if missing:
            log.warning("webhooks.subscribed_again", shop=shop.shop_id, kinds=missing)
            self.metrics.subscribed(missing)
