"""Bringing a delivery status into Shopify: a fulfilment if there is none, then its event, once.

``fulfillmentEventCreate`` appends a second event when called twice, so the existing events are
read first, and an unknown outcome is looked up, never repeated blindly.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from contracts import events
from contracts.events import DeliveryStatusChanged, OrderEvent
from contracts.ids import outcome_id
from contracts.reasons import Retry as ReasonRetry
from contracts.reasons import reason
from effects import Effects, Finished, InDoubt, Job, Outcome, Parked, Retry
from eventstore import EventStore
from eventstore.facts import append_fact
from lifecycle import order as orders
from lifecycle.order import At, Order
from runtime.backoff import Backoff
from runtime.clock import Clock
from runtime.session import Lease
from shopify import answers
from shopify.calls import Calls
from shopify.fulfilments import (
    OrderFulfilment,
    read_created_event,
    read_created_fulfilment,
    read_fulfilment_events,
    read_order_fulfilment,
)
from status_tracker import fulfilment
from status_tracker.domain import to_apply

SOURCE: Final = "status-tracker"
_EVENT: Final = {"in_transit": "IN_TRANSIT", "delivered": "DELIVERED"}
_WAITS: Final = Backoff(first=4.0, longest=3600.0)


@dataclass(frozen=True, slots=True)
class _Stop:
    """This job goes no further now: what becomes of it."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Carrier:
    """The fulfilment that carries the status; ``is_new``: made just now, so without events."""

    fulfillment_id: str
    is_new: bool


class Applier:
    """Carries out the status-tracker's jobs."""

    def __init__(
        self,
        store: EventStore,
        shopify: Calls,
        effects: Effects,
        clock: Clock,
        *,
        absent_after: timedelta,
    ) -> None:
        self._store = store
        self._shopify = shopify
        self._effects = effects
        self._clock = clock
        self._absent_after = absent_after

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """Apply the order's delivery statuses that do not stand in Shopify yet, in order."""
        order = orders.fold(await self._store.read(job.stream_id))
        for change in to_apply(order):
            stop = await self._apply(job, order, change, lease)
            if stop is not None:
                return stop.outcome
        return Finished()

    async def _apply(
        self, job: Job, order: Order, change: At[DeliveryStatusChanged], lease: Lease
    ) -> _Stop | None:
        carrier = await self._carrier(job, order, change, lease)
        if isinstance(carrier, _Stop):
            return carrier
        event_id = await self._event(job, order, change, carrier, lease)
        if isinstance(event_id, _Stop):
            return event_id
        synced = events.DeliveryStatusSynced(
            shop_id=change.event.shop_id,
            order_id=change.event.order_id,
            store=job.store,
            status=change.event.status,
            delivery_version=change.version,
            fulfillment_id=carrier.fulfillment_id,
            fulfillment_event_id=event_id,
        )
        await self._record(job, synced, change.version)
        return None

    async def _carrier(
        self, job: Job, order: Order, change: At[DeliveryStatusChanged], lease: Lease
    ) -> _Carrier | _Stop:
        gid = order.created.event.shopify_order_id if order.created else ""
        answer = await self._shopify.execute(job.store, "fulfillment_orders", {"orderId": gid})
        if not isinstance(answer, answers.Done):
            return await self._stop(job, order, change, answer)
        there = read_order_fulfilment(answer.data)
        if there is None:
            return await self._failed(job, order, change, "order_removed")
        standing = fulfilment.existing(there, change.event)
        if standing is not None:
            return _Carrier(standing.id, is_new=False)
        return await self._new_carrier(job, order, change, there, lease)

    async def _new_carrier(
        self,
        job: Job,
        order: Order,
        change: At[DeliveryStatusChanged],
        there: OrderFulfilment,
        lease: Lease,
    ) -> _Carrier | _Stop:
        lines = order.snapshot.event.lines if order.snapshot is not None else ()
        wanted = fulfilment.to_create(there, change.event, lines)
        if isinstance(wanted, fulfilment.NothingToFulfil):
            return await self._failed(job, order, change, "fulfillment_refused")
        made = await self._call(job, "fulfillment_create", {"fulfillment": wanted}, lease)
        if not isinstance(made, answers.Done):
            return await self._stop(job, order, change, made)
        return _Carrier(read_created_fulfilment(made.data).id, is_new=True)

    async def _event(
        self,
        job: Job,
        order: Order,
        change: At[DeliveryStatusChanged],
        carrier: _Carrier,
        lease: Lease,
    ) -> str | _Stop:
        if not carrier.is_new:
            known = await self._known_event(job, order, change, carrier)
            if known is not None:
                return known
        event = {
            "fulfillmentId": carrier.fulfillment_id,
            "status": _EVENT[change.event.status],
            "happenedAt": change.event.happened_at.isoformat(),
        }
        made = await self._call(job, "fulfillment_event_create", {"fulfillmentEvent": event}, lease)
        if not isinstance(made, answers.Done):
            return await self._stop(job, order, change, made)
        return read_created_event(made.data).id

    async def _known_event(
        self, job: Job, order: Order, change: At[DeliveryStatusChanged], carrier: _Carrier
    ) -> str | _Stop | None:
        """The event that says this already; None when none does."""
        answer = await self._shopify.execute(
            job.store, "fulfillment_events_read", {"id": carrier.fulfillment_id}
        )
        if not isinstance(answer, answers.Done):
            return await self._stop(job, order, change, answer)
        there = read_fulfilment_events(answer.data)
        said = there.events.nodes if there is not None and there.events is not None else ()
        wanted = _EVENT[change.event.status]
        return next((event.id for event in said if event.status == wanted), None)

    async def _call(
        self, job: Job, document: str, variables: dict[str, Any], lease: Lease
    ) -> answers.Answer:
        await self._effects.sending(job)
        return await self._shopify.execute(job.store, document, variables, guard=lease.check)

    async def _stop(
        self, job: Job, order: Order, change: At[DeliveryStatusChanged], answer: answers.Answer
    ) -> _Stop:
        now = self._clock()
        match answer:
            case answers.InDoubt():
                return _Stop(InDoubt(now + self._absent_after))
            case answers.Throttled():
                return _Stop(Retry(now + timedelta(seconds=answer.retry_after_s), "throttled"))
            case answers.Unreachable():
                return _Stop(Retry(self._later(job, now), "shopify_unavailable"))
            case answers.Unauthorized():
                return await self._failed(job, order, change, "token_invalid", answer)
            case _:
                return await self._failed(job, order, change, "fulfillment_refused", answer)

    def _later(self, job: Job, now: datetime) -> datetime:
        return now + timedelta(seconds=_WAITS.delay(job.attempt + 1))

    async def _failed(
        self,
        job: Job,
        order: Order,
        change: At[DeliveryStatusChanged],
        reason_code: str,
        answer: answers.Answer | None = None,
    ) -> _Stop:
        failed = events.ShopifyUpdateFailed(
            shop_id=change.event.shop_id,
            order_id=change.event.order_id,
            store=job.store,
            shopify_order_id=order.created.event.shopify_order_id if order.created else "",
            change="delivery",
            reason_code=reason_code,
            request_id=(answer.request_id or "") if answer is not None else "",
        )
        await self._record(job, failed, change.version)
        waits = reason(reason_code).retry is ReasonRetry.WAITS
        return _Stop(Parked(reason_code) if waits else Finished())

    async def _record(self, job: Job, event: OrderEvent, number: int) -> None:
        await append_fact(
            self._store,
            job.stream_id,
            outcome_id(f"{job.id}:{job.attempt}", number, event.type_name()),
            event,
            source=SOURCE,
            clock=self._clock,
        )
