"""Pausing a store that cannot be used: while it is paused, nothing is attempted there.

Which reasons pause a store, and of which a probe can see the end: ``Reason.pauses``, ``probed``.
"""

from dataclasses import dataclass

from eventstore.journal import Cause, Journal
from lifecycle.shop import Shop
from ordersync_contracts.events import ShopEvent, ShopPaused, ShopResumed
from ordersync_contracts.streams import shop_stream

SIDE = "shopify"


@dataclass(frozen=True, slots=True)
class Pauses:
    """Says in a shop's stream that its Shopify side is paused, or goes on."""

    journal: Journal

    async def pause(self, shop: Shop, reason_code: str) -> bool:
        """The shop's store cannot be used; False when the shop has changed since it was read."""
        paused = ShopPaused(shop_id=shop.shop_id, side=SIDE, reason_code=reason_code)
        return await self._unless_moved(shop, paused, reason_code)

    async def resume(self, shop: Shop) -> bool:
        """A probe found that it can be used; False when the shop has changed since it was read."""
        return await self._unless_moved(shop, ShopResumed(shop_id=shop.shop_id, side=SIDE), "probe")

    async def _unless_moved(self, shop: Shop, event: ShopEvent, why: str) -> bool:
        cause = Cause(shop_stream(shop.shop_id), f"{self.journal.source}:{why}")
        return await self.journal.unless_moved(cause, shop.version, event)
