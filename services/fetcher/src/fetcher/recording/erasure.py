"""The erasure clock: buyers' data goes some days after their order was completed or cancelled.

A few orders at a time, slowly, the longest ended first. The data goes before the event says so:
whoever is killed in between is followed by another who finds the same order due. The vault's
tombstone refuses what is fetched again.
"""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from eventstore.journal import Cause, Journal
from fetcher.domain import end_of, erased_by_age
from fetcher.metrics import Metrics
from fetcher.order_index import OrderIndex
from lifecycle import order as orders
from ordersync_contracts.streams import order_stream
from runtime.keep_running import passes
from runtime.outage import what_and_where
from vault.interface import Vault

log = structlog.get_logger()
AT_A_TIME: Final = 50
_PAUSE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Erasure:
    """Erases what is due; any number of processes may run it.

    ``look_every_s``: how often it looks once nothing more is due.
    """

    journal: Journal
    vault: Vault
    order_index: OrderIndex
    metrics: Metrics
    keep_for: timedelta = field(kw_only=True)
    look_every_s: float = field(kw_only=True)

    async def run(self) -> None:
        """For ever; what could not be erased is due again after a minute."""
        while True:
            taken = await self.some()
            await asyncio.sleep(_PAUSE_S if taken == AT_A_TIME else self.look_every_s)

    async def some(self) -> int:
        """Erase up to ``AT_A_TIME`` orders; how many were looked at."""
        now = self.journal.clock()
        taken = await self.order_index.take_ended(now - self.keep_for, now, AT_A_TIME)
        for shop_id, order_id in taken:
            await self._attempt(shop_id, order_id)
        if taken:
            log.info("recipients.erased", orders=len(taken))
        return len(taken)

    async def _attempt(self, shop_id: str, order_id: str) -> None:
        """An order that fails holds up no other: it is due again when its claim is over."""
        try:
            await self._erase(shop_id, order_id)
        except Exception as error:
            if passes(error):
                raise
            self.metrics.not_erased()
            why = what_and_where(error)
            log.warning("recipient.not_erased", shop=shop_id, order=order_id, why=why)

    async def _erase(self, shop_id: str, order_id: str) -> None:
        stream = order_stream(shop_id, order_id)
        ended = end_of(orders.fold(await self.journal.store.read(stream)))
        if ended is None or ended > self.journal.clock() - self.keep_for:
            await self.order_index.ends(shop_id, order_id, ended)  # it went on after it was noted
            return
        await self.vault.erase_order(shop_id, order_id, "retention")
        cause = Cause(stream, f"retention:{stream}")
        await self.journal.decide(cause, orders.fold, erased_by_age)
        await self.order_index.erased(shop_id, order_id, self.journal.clock())
        self.metrics.erased()
