"""Pausing a store that cannot be used: while it is paused, nothing is attempted there.

Which reasons pause a store, and what sees that one is over: ``Reason.pauses``, ``Reason.probe``.
"""

from dataclasses import dataclass
from typing import Final

from eventstore.journal import Cause, Journal
from lifecycle.shop import Shop
from ordersync_contracts.events import ShopEvent, ShopPaused, ShopResumed
from ordersync_contracts.streams import shop_stream
from shopify_jobs.failures import Failure

SIDE: Final = "shopify"


@dataclass(frozen=True, slots=True)
class Pauses:
    """Says in a shop's stream that its Shopify side is paused, or goes on; each once."""

    journal: Journal

    async def halt(self, shop: Shop, store: str, why: Failure, refused: str) -> str | None:
        """The store refused the call ``refused``: for which reason work there waits from now on.

        None: the shop has changed since it was read. A shop that has left this store is not paused
        for its sake, and one that is paused already keeps its reason.
        """
        if not shop.is_connected or shop.store != store:
            return "shop_disconnected"
        known = shop.pause_of(SIDE)
        if known is not None:
            return known
        is_said = await self.pause(shop, why.reason_code, refused=refused, scopes=why.scopes)
        return why.reason_code if is_said else None

    async def pause(
        self, shop: Shop, reason_code: str, *, refused: str = "", scopes: tuple[str, ...] = ()
    ) -> bool:
        """The shop's store cannot be used; False when the shop has changed since it was read."""
        paused = ShopPaused(
            shop_id=shop.shop_id, side=SIDE, reason_code=reason_code, refused=refused, scopes=scopes
        )
        return await self._unless_moved(shop, paused, reason_code)

    async def resume(self, shop: Shop) -> bool:
        """A probe found that it can be used; False when the shop has changed since it was read."""
        return await self._unless_moved(shop, ShopResumed(shop_id=shop.shop_id, side=SIDE), "probe")

    async def _unless_moved(self, shop: Shop, event: ShopEvent, why: str) -> bool:
        cause = Cause(shop_stream(shop.shop_id), f"{self.journal.source}:{why}")
        return await self.journal.unless_moved(cause, shop.version, event)
