"""What the status-tracker does with records: delivery statuses decided, and jobs to apply them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from contracts.envelope import Recorded
from contracts.events import Event, OrderFetched
from contracts.ids import fact_id
from contracts.streams import category
from effects import Effects, NewJob
from eventstore import EventStore
from eventstore.decisions import Histories, decide_all
from eventstore.wakeups import Wakeup
from lifecycle import order as orders
from runtime.clock import Clock
from status_tracker.domain import decide, to_apply
from status_tracker.recording import SOURCE

KIND: Final = "apply-delivery"


class Tracking:
    """Decides on fetched orders, and writes down what is to be applied in Shopify."""

    def __init__(self, store: EventStore, effects: Effects, clock: Clock) -> None:
        self._store = store
        self._effects = effects
        self._clock = clock

    async def on_records(self, wakeups: Sequence[Wakeup]) -> None:
        """A snapshot may bring a delivery status; a status, or the order, brings its jobs."""
        fetched = [one.cause for one in wakeups if isinstance(one.event, OrderFetched)]
        await decide_all(self._store, fetched, _decide, source=SOURCE, clock=self._clock)
        others = {
            one.stream
            for one in wakeups
            if category(one.stream) == "order" and not isinstance(one.event, OrderFetched)
        }
        if others:
            now = self._clock()
            histories = await self._store.read_many(others)
            await self._effects.enqueue(
                [job for history in histories.values() for job in to_jobs(history, now)]
            )


async def _decide(histories: Histories) -> Mapping[str, tuple[Event, ...]]:
    return {stream: decide(orders.fold(history)) for stream, history in histories.items()}


def to_jobs(history: Sequence[Recorded], now: datetime) -> tuple[NewJob, ...]:
    """One job per delivery status that does not stand in Shopify yet.

    Keyed by its event and the Shopify order. None while the order does not stand there: then
    ShopifyOrderCreated brings them.
    """
    order = orders.fold(history)
    if order.created is None:
        return ()
    created = order.created.event
    pending = {at.version for at in to_apply(order)}
    return tuple(
        NewJob(
            fact_id(KIND, str(one.id), created.shopify_order_id),
            one.stream,
            one.version,
            created.store,
            KIND,
            due_at=now,
        )
        for one in history
        if one.version in pending
    )
