"""What the status-tracker does with records: it decides, and writes down what is to be applied."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from eventstore import EventStore
from eventstore.decisions import Histories, decide_all
from eventstore.wakeups import Wakeup
from jobs import JobStore, Lane, NewJob
from lifecycle import order as orders
from lifecycle import shop as shops
from lifecycle.order import Order
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import category, order_of, shop_stream
from runtime.clock import Clock
from status_tracker import cancellation
from status_tracker.cancellation import Wish
from status_tracker.difference import corrections
from status_tracker.domain import decide, to_apply
from status_tracker.recording import SOURCE

KIND: Final = "apply-delivery"
CHANGES: Final = "apply-changes"
KINDS: Final = (KIND, CHANGES)


class Tracking:
    """Decides on orders, and writes down what is to be applied in Shopify."""

    def __init__(self, store: EventStore, job_store: JobStore, clock: Clock) -> None:
        self._store = store
        self._job_store = job_store
        self._clock = clock

    async def on_records(self, wakeups: Sequence[Wakeup]) -> None:
        """Decide on the woken orders, and enqueue what their streams say is to be applied.

        What is decided now brings its own record, and that its jobs.
        """
        jobs: dict[str, tuple[NewJob, ...]] = {}

        async def decide_on(histories: Histories) -> Mapping[str, tuple[Event, ...]]:
            now = self._clock()
            folded = {stream: orders.fold(history) for stream, history in histories.items()}
            wishes = await self._wishes(folded)
            for stream, order in folded.items():
                jobs[stream] = to_jobs(order, histories[stream], now)
            return {stream: decide(order, wishes[stream]) for stream, order in folded.items()}

        causes = [one.cause for one in wakeups if category(one.stream) == "order"]
        await decide_all(self._store, causes, decide_on, source=SOURCE, clock=self._clock)
        enqueued = [job for of_order in jobs.values() for job in of_order]
        if enqueued:
            await self._job_store.enqueue(enqueued)

    async def _wishes(self, folded: Mapping[str, Order]) -> Mapping[str, Wish]:
        """What the shops want to be done about cancellations; read only where there are some."""
        asking = {stream for stream, order in folded.items() if cancellation.decide(order, "tag")}
        shop_of = {stream: shop_stream(order_of(stream)[0]) for stream in asking}
        known = await self._shops(set(shop_of.values()))
        return {
            stream: known[shop_of[stream]] if stream in asking else "cancel" for stream in folded
        }

    async def _shops(self, streams: Collection[str]) -> Mapping[str, Wish]:
        if not streams:
            return {}
        histories = await self._store.read_many(streams)
        return {
            stream: shops.fold(history).settings.cancellation
            for stream, history in histories.items()
        }


def to_jobs(order: Order, history: Sequence[Recorded], now: datetime) -> tuple[NewJob, ...]:
    """What is to be done in Shopify and does not stand there yet.

    One job per delivery status, and one for all other changes. None while the order does not stand
    there: then ShopifyOrderCreated brings them. A person's Sync makes them again.
    """
    if not order.stands or order.created is None:
        return ()
    created = order.created.event
    pending = {at.version for at in to_apply(order)}
    asked = _asked(order)
    deliveries = tuple(
        NewJob(
            fact_id(KIND, str(one.id), created.shopify_order_id, *asked),
            one.stream,
            one.version,
            created.store,
            KIND,
            due_at=now,
            lane=_lane(order),
        )
        for one in history
        if one.version in pending
    )
    return (*deliveries, *_changes(order, created, history[-1].stream, now))


def _changes(
    order: Order, created: events.ShopifyOrderCreated, stream: str, now: datetime
) -> tuple[NewJob, ...]:
    wanted = [str(one.snapshot_version) for one in corrections(order)]
    cancelled = cancellation.standing(order)
    if cancelled is not None and cancellation.is_pending(order):
        wanted.append(f"cancelled {cancelled.version}")
    if not wanted:
        return ()
    version = order.snapshot.version if order.snapshot is not None else order.version
    job_id = fact_id(CHANGES, stream, created.shopify_order_id, *wanted, *_asked(order))
    return (NewJob(job_id, stream, version, created.store, CHANGES, due_at=now, supersedes=True),)


def _lane(order: Order) -> Lane:
    """Bulk when many were asked for at once, so that a new order never waits behind them."""
    is_bulk = _asked(order) and order.asked is not None and order.asked.event.mode != "manual"
    return "bulk" if is_bulk else "live"


def _asked(order: Order) -> tuple[str, ...]:
    """Which Sync on the order in Shopify made its jobs; none: they come by themselves."""
    created = order.created.version if order.created is not None else 0
    asked = order.asked_version
    return (f"asked {asked}",) if asked > created else ()
