"""What the status-tracker does with records: it decides, and writes down what is to be applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from connections.shop_book import ShopBook
from eventstore.journal import Journal
from eventstore.wakeups import Wakeup
from jobs.interface import JobStore
from jobs.job import Lane, NewJob
from lifecycle import order as orders
from lifecycle.order import Order
from lifecycle.shop import Shop
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event, ShopifyOrderCreated
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import category, order_of
from status_tracker.cancellations.domain import Wish, newly_cancelled
from status_tracker.cancellations.domain import pending as pending_cancellation
from status_tracker.corrections.domain import corrections
from status_tracker.deliveries.domain import to_apply
from status_tracker.domain import decide

APPLY_DELIVERY: Final = "apply-delivery"
APPLY_CHANGES: Final = "apply-changes"
KINDS: Final = (APPLY_DELIVERY, APPLY_CHANGES)


@dataclass(frozen=True, slots=True)
class Tracked:
    """An order as its stream stands, and the stream itself."""

    order: Order
    history: Sequence[Recorded]

    @staticmethod
    def fold(history: Sequence[Recorded]) -> "Tracked":
        """Of a whole stream."""
        return Tracked(orders.fold(history), history)


@dataclass(frozen=True, slots=True)
class Intake:
    """Decides on orders, and writes down what is to be applied in Shopify."""

    journal: Journal
    shops: ShopBook
    job_store: JobStore

    async def on_records(self, wakeups: Sequence[Wakeup]) -> None:
        """Decide on the woken orders, and enqueue what their streams say is to be applied.

        What is decided now brings its own record, and that its jobs.
        """
        causes = [wakeup.cause for wakeup in wakeups if category(wakeup.stream) == "order"]
        replayed = {wakeup.stream for wakeup in wakeups if wakeup.is_replayed}
        decided = await self.journal.decide_many(causes, Tracked.fold, self._decide)
        now = self.journal.clock()
        jobs = [
            replace(job, lane="replay") if stream in replayed else job
            for stream, decision in decided.items()
            for job in to_jobs(decision.state, now)
        ]
        if jobs:
            await self.job_store.enqueue(jobs)

    async def _decide(self, orders: Mapping[str, Tracked]) -> Mapping[str, Sequence[Event]]:
        wishes = await self._wishes(orders)
        return {
            stream: decide(tracked.order, wishes.get(stream, "cancel"))
            for stream, tracked in orders.items()
        }

    async def _wishes(self, orders: Mapping[str, Tracked]) -> Mapping[str, Wish]:
        """What the shops want to be done about cancellations; asked once, where there are some."""
        asking = [s for s, tracked in orders.items() if newly_cancelled(tracked.order, "tag")]
        shops = {shop.shop_id: shop for shop in await self.shops.all()} if asking else {}
        known = {stream: shops.get(order_of(stream)[0], Shop()) for stream in asking}
        return {stream: shop.settings.cancellation for stream, shop in known.items()}


def to_jobs(tracked: Tracked, now: datetime) -> tuple[NewJob, ...]:
    """What is to be done in Shopify and does not stand there yet.

    One job per delivery status, and one for all other changes. None while the order does not stand
    there: then ShopifyOrderCreated brings them. A person's Sync makes them again.
    """
    order, history = tracked.order, tracked.history
    if not order.stands or order.created is None:
        return ()
    created = order.created.event
    pending = {at.version for at in to_apply(order)}
    asked = _asked(order)
    deliveries = tuple(
        NewJob(
            fact_id(APPLY_DELIVERY, str(recorded.id), created.shopify_order_id, *asked),
            recorded.stream,
            recorded.version,
            created.store,
            APPLY_DELIVERY,
            due_at=now,
            lane=_lane(order, recorded.version),
        )
        for recorded in history
        if recorded.version in pending
    )
    return (*deliveries, *_changes(order, created, history[-1].stream, now))


def _changes(
    order: Order, created: ShopifyOrderCreated, stream: str, now: datetime
) -> tuple[NewJob, ...]:
    wanted = [str(correction.snapshot_version) for correction in corrections(order)]
    cancelled = pending_cancellation(order)
    if cancelled is not None:
        wanted.append(f"cancelled {cancelled.version}")
    if not wanted:
        return ()
    version = order.snapshot.version if order.snapshot is not None else order.version
    job_id = fact_id(APPLY_CHANGES, stream, created.shopify_order_id, *wanted, *_asked(order))
    store, lane = created.store, _lane(order, version)
    return (
        NewJob(
            job_id, stream, version, store, APPLY_CHANGES, due_at=now, lane=lane, supersedes=True
        ),
    )


def _lane(order: Order, version: int) -> Lane:
    """Bulk when many go at once, so that a new order never waits behind them.

    Many were asked for, or came to Shopify at once (a backfill, an adoption) with what happened to
    them before: ``version`` is of what is to be applied.
    """
    if _asked(order) and order.asked is not None:
        return "live" if order.asked.event.mode == "manual" else "bulk"
    created = order.created
    if created is None or version > created.version:
        return "live"
    came_in_bulk = order.draft is not None and order.draft.event.lane == "bulk"
    return "bulk" if created.event.outcome == "adopted" or came_in_bulk else "live"


def _asked(order: Order) -> tuple[str, ...]:
    """Which Sync on the order in Shopify made its jobs; none: they come by themselves."""
    created = order.created.version if order.created is not None else 0
    asked = order.asked_version
    return (f"asked {asked}",) if asked > created else ()
