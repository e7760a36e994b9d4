"""Carrying out the status-tracker's jobs: an order in Shopify is brought as far as it goes now."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

from jobs.job import Job
from jobs.outcomes import Finished, Outcome, Parked
from lifecycle.order import Order
from lifecycle.shop import Shop
from runtime.session import Lease
from shopify_jobs.buyers import Buyers
from shopify_jobs.known import Known, OrderStreams
from status_tracker.calls import Caller, Stop
from status_tracker.cancellations.apply import Cancellations
from status_tracker.cancellations.domain import pending
from status_tracker.corrections.apply import Corrections
from status_tracker.corrections.domain import corrections
from status_tracker.deliveries.apply import Deliveries
from status_tracker.deliveries.domain import to_apply
from status_tracker.intake import APPLY_DELIVERY

Apply = Callable[[Job, Known, Lease], Awaitable[Stop | None]]
"""Brings one thing into Shopify; None: it stands there, and the job goes on."""


class Applier:
    """Carries out delivery statuses and changes."""

    def __init__(self, streams: OrderStreams, caller: Caller, buyers: Buyers) -> None:
        self._streams = streams
        self._deliveries = Deliveries(caller)
        self._cancellations = Cancellations(caller)
        self._corrections = Corrections(caller, buyers)

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """Apply what does not stand in Shopify yet, in order; what becomes of the job."""
        known = await self._streams.read(job.stream_id)
        for apply in self._wanted(job.kind, known.order):
            reason_code = _waits_for(known.shop, job.store)
            if reason_code is not None:
                return Parked(reason_code)
            stop = await apply(job, known, lease)
            if stop is not None:
                return stop.outcome
        return Finished()

    def _wanted(self, kind: str, order: Order) -> Iterator[Apply]:
        if kind == APPLY_DELIVERY:
            for delivery in to_apply(order):
                yield partial(self._deliveries.apply, delivery)
            return
        cancelled = pending(order)
        if cancelled is not None:
            yield partial(self._cancellations.apply, cancelled)
        for correction in corrections(order):
            yield partial(self._corrections.apply, correction)


def _waits_for(shop: Shop, store: str) -> str | None:
    """Why nothing may be done in this store now; None when it may.

    A pause of the store that the shop has now says nothing about one that it has left.
    """
    if not shop.is_connected:
        return "shop_disconnected"
    return None if shop.has_left(store) else shop.pause_of("shopify")
