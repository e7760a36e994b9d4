"""No order is created that another connector's order was found for: looked up before each job."""

from collections.abc import Awaitable, Callable

from contracts.streams import order_of
from effects import Finished, Job, Outcome
from eventstore import EventStore
from lifecycle import order as orders
from runtime.clock import Clock
from runtime.session import Lease
from shopify_writer.adoption.kept import Kept
from shopify_writer.adoption.recording import record

Perform = Callable[[Job, Lease], Awaitable[Outcome]]


class AdoptFirst:
    """Does a job, unless its order is kept as found in the store: then that is recorded instead."""

    def __init__(self, perform: Perform, store: EventStore, kept: Kept, clock: Clock) -> None:
        self._perform = perform
        self._store = store
        self._kept = kept
        self._clock = clock

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """See ``attempt.Writer.perform``."""
        shop_id, order_id = order_of(job.stream_id)
        found = await self._kept.find(job.store, [order_id])
        if found and not await self._is_in_flight(job.stream_id):
            said = await record(self._store, job.store, [shop_id], found, self._clock)
            await self._kept.drop(job.store, [order_id])
            if said.recorded:
                return Finished()
        return await self._perform(job, lease)

    async def _is_in_flight(self, stream: str) -> bool:
        """Whether a request of ours may have created it: that is found out first."""
        return orders.fold(await self._store.read(stream)).is_in_flight
