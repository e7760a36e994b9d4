"""What webhooks would have told: subscriptions are kept, and what was missed is found.

Once in ``every`` for each store. Of what a store is subscribed to, an uninstalled app is found by
the first call that is turned away, cancelled orders here (those of the last week), deleted ones by
the reconciliation: only of orders of ours that were created in its window of seven days, never of
adopted ones.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from connections.shop_book import ShopBook
from eventstore.journal import Journal
from jobs.budget_queue import NotNow
from lifecycle.shop import Shop
from ordersync_contracts.ids import fact_id
from runtime.side_by_side import side_by_side
from shopify.orders import CancelledOrder, cancelled_since_query
from shopify.subscriptions import NotSubscribed, ensure
from shopify_writer.cut_off import CutOff
from shopify_writer.pages import NotRead, Place
from shopify_writer.reconciliation.listing import Listing
from shopify_writer.reconciliation.turns import Turns
from shopify_writer.webhooks.metrics import WebhookMetrics
from shopify_writer.webhooks.orders import CANCELLED, cancelled, streams_by_gid

log = structlog.get_logger()
LOOKS_BACK: Final = timedelta(days=7)
"""Longer than Shopify needs to give a subscription up, and we to make it again."""
AT_ONCE: Final = 4
"""Stores looked after at once, so that one that takes long holds up no other."""
_SIDE: Final = "shopify"
_TURN: Final = "webhooks of "


@dataclass(frozen=True, slots=True)
class MissedWebhooks:
    """Looks after each store's webhooks; any number of processes may run it.

    ``url``: where they go; "": nowhere, then what they would tell is found all the same. What was
    cut off goes on in the next turn, where this process takes it.
    """

    journal: Journal
    shops: ShopBook
    listing: Listing
    turns: Turns
    url: str
    metrics: WebhookMetrics
    every: timedelta
    _cut_off: CutOff[Place] = field(default_factory=CutOff, init=False)

    async def round(self) -> None:
        """Every store whose turn it is; one that does not answer waits for its next turn."""
        usable = {shop.store for shop in await self.shops.all() if _is_usable(shop)}
        domains = sorted(store for store in usable if store is not None)
        await side_by_side(domains, self._take_turn, _not_attended, asyncio.Semaphore(AT_ONCE))

    async def _take_turn(self, domain: str) -> None:
        now = self.journal.clock()
        if await self.turns.take(f"{_TURN}{domain}", now, now - self.every):
            await self._attend(domain, now)

    async def _attend(self, domain: str, now: datetime) -> None:
        """Where a topic cannot be subscribed to, what it would tell is looked for all the more."""
        if self.url:
            await self._subscribe(domain)
        place = self._cut_off.resume(domain, None, now, partial(_begun, now))
        try:
            async for page in self.listing.cancelled(domain, place):
                await self._record(domain, page)
        except NotRead as problem:
            read = {"why": str(problem), "pages_read": place.pages}
            log.warning("webhooks.not_attended", store=domain, **read)
            return
        self._cut_off.end(domain)

    async def _subscribe(self, domain: str) -> None:
        """In the live lane: without them cancellations are heard of an hour late."""
        try:
            made = await ensure(self.listing.shopify, domain, self.url)
        except (NotSubscribed, NotNow) as problem:
            log.warning("webhooks.not_subscribed", store=domain, why=str(problem))
            return
        if made:
            log.warning("webhooks.subscribed_again", store=domain, topics=list(made))
            self.metrics.subscribed(made)

    async def _record(self, domain: str, page: Sequence[CancelledOrder]) -> None:
        """Those of our orders whose streams do not say so yet."""
        ours = await streams_by_gid(self.journal.store, domain, [order.id for order in page])
        said = {fact_id(CANCELLED, domain, gid): gid for gid in ours}
        known = {said[event_id] for event_id in await self.journal.store.streams_of(said)}
        for order in page:
            if order.id in ours and order.id not in known:
                await cancelled(self.journal, ours[order.id], domain, order.id, order.reason)
                self.metrics.missed(CANCELLED)


def _begun(now: datetime) -> Place:
    return Place(cancelled_since_query(now - LOOKS_BACK), now)


def _is_usable(shop: Shop) -> bool:
    return shop.is_connected and shop.pause_of(_SIDE) is None


async def _not_attended(domain: str, error: Exception) -> None:
    log.error("webhooks.not_attended", store=domain, exc_info=error)
