"""No order is created that another connector's order was found for: looked up before each job."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from connections.foldings import read_shop
from eventstore.journal import Journal
from jobs.job import Job
from jobs.outcomes import Finished, Outcome, Parked, Retry
from jobs.worker import Perform
from lifecycle import order as orders
from ordersync_contracts.reasons import PAUSES
from ordersync_contracts.streams import order_of
from runtime.batcher import Batcher
from runtime.session import Lease
from shopify.calls import Calls
from shopify_jobs.failures import Failure, failure
from shopify_jobs.pauses import Pauses
from shopify_writer.adoption.evidence import FoundOrder
from shopify_writer.adoption.kept_orders import KeptOrders
from shopify_writer.adoption.recording import Recording, record
from shopify_writer.adoption.references import look_up
from shopify_writer.creation.outcomes import REFUSALS


class AdoptFirst:
    """Does a job, unless its order is kept as found in the store and is there: that is recorded.

    It may have been deleted since it was found, so it is looked at first.
    """

    def __init__(
        self,
        perform: Perform,
        journal: Journal,
        shopify: Calls,
        kept: KeptOrders,
        ask_again: timedelta,
    ) -> None:
        self._perform = perform
        self._journal = journal
        self._shopify = shopify
        self._kept = kept
        self._ask_again = ask_again
        self._lookups = Batcher(self._find_all)

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """See ``attempt.Writer.perform``."""
        _, order_id = order_of(job.stream_id)
        found = await self._lookups.add((job.store, order_id))
        if not found or await self._is_in_flight(job.stream_id):
            return await self._perform(job, lease)
        there = await look_up(self._shopify, job.store, found[0])
        if there is not None and not isinstance(there, FoundOrder):
            return await self._unanswered(job, failure(there, REFUSALS))
        if there is None:
            recording = Recording()
        else:
            shop_id, _ = order_of(job.stream_id)
            recording = await record(self._journal, job.store, [shop_id], [there])
        if not recording.waiting and not recording.doubles:  # else a scan goes on with it
            await self._kept.drop(job.store, [order_id])
        return Finished() if recording.recorded else await self._perform(job, lease)

    async def _unanswered(self, job: Job, why: Failure) -> Outcome:
        """A store that turns us away is paused, and the job waits; another is asked again."""
        if why.reason_code in PAUSES:
            shop_id, _ = order_of(job.stream_id)
            shop = await read_shop(self._journal.store, shop_id)
            waits_for = await Pauses(self._journal).halt(shop, job.store, why, "orders_read_back")
            if waits_for is not None:
                return Parked(waits_for)
        return Retry(self._journal.clock() + self._ask_again, why.reason_code)

    async def _find_all(self, asked: Sequence[tuple[str, str]]) -> Sequence[tuple[FoundOrder, ...]]:
        """Those of these stores' TikTok orders that are kept; one statement a store."""
        by_store: dict[str, set[str]] = defaultdict(set)
        for store, order_id in asked:
            by_store[store].add(order_id)
        found = {
            (store, kept.order_id): (kept,)
            for store, order_ids in by_store.items()
            for kept in await self._kept.find(store, order_ids)
        }
        return [found.get(order, ()) for order in asked]

    async def _is_in_flight(self, stream: str) -> bool:
        """Whether a request of ours may have created it: that is found out first."""
        return orders.fold(await self._journal.store.read(stream)).is_in_flight
