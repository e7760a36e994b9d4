"""Stores that work again: what is paused is probed and resumed, what waited is released.

While a shop's Shopify side is paused nothing is attempted there, but for one probe a round, so that
the side resumes by itself when the cause has gone.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from connections.shop_book import ShopBook
from jobs.interface import JobStore
from lifecycle.shop import Shop
from ordersync_contracts.reasons import PROBED
from ordersync_contracts.streams import shop_stream
from shopify.calls import Calls
from shopify_jobs.pauses import SIDE, Pauses
from shopify_writer.creation import lookup

STATES: Final = ("adoption_pending", "shop_disconnected", *sorted(PROBED))
"""Reasons of jobs that have none any more once their shop's store can be used."""


@dataclass(frozen=True, slots=True)
class StoreRecovery:
    """Resumes and releases, round by round; any number of processes may do so."""

    pauses: Pauses
    shops: ShopBook
    shopify: Calls
    job_store: JobStore

    async def round(self) -> None:
        """Probe what is paused, release what waits although its store can be used."""
        for shop in await self.shops.all():
            if shop.is_connected and shop.pause_of(SIDE) in PROBED:
                await self._probe(shop)
        if any(depth.state == "parked" for depth in await self.job_store.depth()):
            for store in _usable(await self.shops.all()):
                for reason_code in STATES:
                    await self.job_store.release(store=store, reason=reason_code)

    async def release(self, shop_streams: Collection[str]) -> None:
        """Whatever waited in these shops' stores is due, where the store can be used now."""
        shops = await self.shops.all()
        for store in _usable(s for s in shops if shop_stream(s.shop_id) in shop_streams):
            await self.job_store.release(store=store)

    async def _probe(self, shop: Shop) -> None:
        found = await lookup.by_id(self.shopify, shop.store or "", lookup.NO_ORDER)
        if not isinstance(found, lookup.NotAnswered):
            await self.pauses.resume(shop)


def _usable(shops: Iterable[Shop]) -> list[str]:
    """The stores of those that may be written to, none twice."""
    usable = (shop for shop in shops if shop.may_create and shop.pause_of(SIDE) is None)
    return sorted({shop.store for shop in usable if shop.store is not None})
