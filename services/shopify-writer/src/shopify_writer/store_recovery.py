"""Stores that work again: what is paused is probed and resumed, what waited is released.

While a shop's Shopify side is paused nothing is attempted there, but for one probe now and then of
what was refused, so that the side resumes by itself when the cause has gone. What waits is released
by how its shop stands, not by what was heard: a job parked just after a resume goes on as well.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from connections.probing import Probing
from connections.shop_book import ShopBook
from jobs.interface import JobStore
from lifecycle.shop import Shop
from ordersync_contracts.reasons import PAUSES, Probe, reason
from ordersync_contracts.streams import order_stream, shop_stream
from runtime.side_by_side import side_by_side
from shopify.calls import Calls
from shopify_jobs.pauses import SIDE, Pauses
from shopify_writer.creation import lookup
from shopify_writer.creation.permissions import are_granted
from shopify_writer.domain import CREATE_ORDER
from shopify_writer.pause_metrics import PauseMetrics

log = structlog.get_logger()
PROBES: Final = 8
"""Stores probed at once: one that does not answer takes as long as a call may."""
STATES: Final = ("adoption_pending", "shop_disconnected", *sorted(PAUSES))
"""Reasons of jobs that have none any more once their shop's store can be used."""


@dataclass(frozen=True, slots=True)
class StoreRecovery:
    """Resumes and releases, round by round; any number of processes may do so."""

    pauses: Pauses
    shops: ShopBook
    shopify: Calls
    job_store: JobStore
    probing: Probing
    metrics: PauseMetrics

    async def round(self) -> None:
        """Release what waits although its store can be used; probe what is paused, side by side."""
        shops = await self.shops.all()
        self.metrics.stand(shops)
        await self._release_waiting(shops)
        due = [shop for shop in shops if self.probing.is_due(shop)]
        if due:
            await side_by_side(due, self._probe, _not_probed, asyncio.Semaphore(PROBES))
            await self._release_waiting(await self.shops.all())

    async def _release_waiting(self, shops: Sequence[Shop]) -> None:
        if "parked" in await self.job_store.states():
            await self._release(shops, STATES)
            await self._release_elsewhere(shops, CREATE_ORDER)

    async def release(self, shop_streams: Collection[str]) -> None:
        """Whatever waited for these shops is due, where their store can be used now."""
        opened = [
            shop for shop in await self.shops.all() if shop_stream(shop.shop_id) in shop_streams
        ]
        await self._release(opened, None)
        await self._release_elsewhere(opened, "")

    async def _release(self, shops: Iterable[Shop], reasons: Collection[str] | None) -> None:
        """Shop by shop: others of the same store may have to wait."""
        for shop in shops:
            if shop.store and shop.may_create and shop.pause_of(SIDE) is None:
                named = None if reasons is None else tuple(reasons)
                orders = order_stream(shop.shop_id, "")
                await self.job_store.release(store=shop.store, reasons=named, prefix=orders)

    async def _release_elsewhere(self, shops: Iterable[Shop], but: str) -> None:
        """In a store that its shop has left a request may be open, and orders that stand change.

        That store may answer still, however the new one stands. Not jobs of the kind ``but``, whose
        creations go to the new store, unless they are in doubt.
        """
        for shop in shops:
            if shop.store and shop.is_connected:
                orders = order_stream(shop.shop_id, "")
                await self.job_store.release_elsewhere(store=shop.store, prefix=orders, kind=but)

    async def _probe(self, shop: Shop) -> None:
        """Ask for what was refused, and nothing else: another call may be answered all along."""
        probe = reason(shop.pause_of(SIDE) or "").probe
        if (probe is Probe.LOOKUP and await self._answers(shop)) or (
            probe is Probe.SCOPES and await self._grants(shop)
        ):
            await self.pauses.resume(shop)

    async def _answers(self, shop: Shop) -> bool:
        found = await lookup.by_id(self.shopify, shop.store or "", lookup.NO_ORDER)
        return not isinstance(found, lookup.NotAnswered)

    async def _grants(self, shop: Shop) -> bool:
        """Whether every scope that was missing is granted; where none was named, nobody can say."""
        lapse = shop.lapse_of(SIDE)
        if lapse is None or not lapse.scopes:
            return False
        return await are_granted(self.shopify, shop.store or "", lapse.scopes) is True


async def _not_probed(shop: Shop, error: Exception) -> None:
    log.error("store.not_probed", shop=shop.shop_id, exc_info=error)
