"""Bringing a delivery status into Shopify: a fulfilment if there is none, then its event, once.

``fulfillmentEventCreate`` appends a second event when called twice, so the existing events are
read first, and an unknown outcome is looked up, never repeated blindly.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from contracts import events
from contracts.events import DeliveryStatusChanged
from contracts.reasons import Retry as ReasonRetry
from contracts.reasons import reason
from effects import Effects, Finished, InDoubt, Job, Outcome, Parked, Retry
from lifecycle.order import At
from lifecycle.shop import Shop
from runtime.backoff import Backoff
from runtime.clock import Clock
from runtime.session import Lease
from shopify.answers import Answer, Done
from shopify.calls import Calls
from shopify.fulfilments import (
    OrderFulfilment,
    read_created_event,
    read_created_fulfilment,
    read_fulfilment_events,
    read_order_fulfilment,
)
from status_tracker import fulfilment
from status_tracker.domain import carriers, to_apply
from status_tracker.doubts import LOOK_AGAIN, Doubts, again
from status_tracker.outcomes import Again, Failure, Unknown, meaning
from status_tracker.recording import Known, Record

PAUSES: Final = frozenset({"token_invalid", "shop_frozen"})
"""Reasons that hold for every order of the store, and not for this service's calls alone."""

_EVENT: Final = {"in_transit": "IN_TRANSIT", "delivered": "DELIVERED"}
_WAITS: Final = Backoff(first=4.0, longest=3600.0)
_ASK_AGAIN: Final = timedelta(hours=1)
"""When it is tried again whether a person removed the cause."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One delivery status to apply, in one performance of a job."""

    job: Job
    known: Known
    change: At[DeliveryStatusChanged]
    lease: Lease

    @property
    def gid(self) -> str:
        """The Shopify order."""
        created = self.known.order.created
        return created.event.shopify_order_id if created is not None else ""


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
        self, record: Record, shopify: Calls, effects: Effects, clock: Clock, doubts: Doubts
    ) -> None:
        self._record = record
        self._shopify = shopify
        self._effects = effects
        self._clock = clock
        self._doubts = doubts

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """Apply the order's delivery statuses that do not stand in Shopify yet, in order."""
        known = await self._record.read(job.stream_id)
        for change in to_apply(known.order):
            waits_for = _waits_for(known.shop)
            if waits_for is not None:
                return Parked(waits_for)
            stop = await self._apply(_Task(job, known, change, lease))
            if stop is not None:
                return stop.outcome
        return Finished()

    async def _apply(self, task: _Task) -> _Stop | None:
        carrier = await self._carrier(task)
        if isinstance(carrier, _Stop):
            return carrier
        event_id = await self._event(task, carrier)
        if isinstance(event_id, _Stop):
            return event_id
        synced = events.DeliveryStatusSynced(
            shop_id=task.change.event.shop_id,
            order_id=task.change.event.order_id,
            store=task.job.store,
            status=task.change.event.status,
            delivery_version=task.change.version,
            fulfillment_id=carrier.fulfillment_id,
            fulfillment_event_id=event_id,
        )
        await self._record.outcome(task.job, synced, task.change.version)
        return None

    async def _carrier(self, task: _Task) -> _Carrier | _Stop:
        data = await self._ask(task, "fulfillment_orders", {"orderId": task.gid})
        if isinstance(data, _Stop):
            return data
        there = read_order_fulfilment(data)
        if there is None:
            return await self._failed(task, Failure("order_removed"))
        change = task.change.event
        standing = fulfilment.existing(there, change, carriers(task.known.order, change))
        if standing is not None:
            return _Carrier(standing.id, is_new=False)
        return await self._new_carrier(task, there)

    async def _new_carrier(self, task: _Task, there: OrderFulfilment) -> _Carrier | _Stop:
        snapshot = task.known.order.snapshot
        lines = snapshot.event.lines if snapshot is not None else ()
        wanted = fulfilment.to_create(there, task.change.event, lines)
        if isinstance(wanted, fulfilment.NothingToFulfil):
            return await self._failed(task, Failure("fulfillment_refused"))
        data = await self._tell(task, "fulfillment_create", {"fulfillment": wanted})
        if isinstance(data, _Stop):
            return data
        return _Carrier(read_created_fulfilment(data).id, is_new=True)

    async def _event(self, task: _Task, carrier: _Carrier) -> str | _Stop:
        if not carrier.is_new:
            known = await self._known_event(task, carrier)
            if known is not None:
                return known
        event = {
            "fulfillmentId": carrier.fulfillment_id,
            "status": _EVENT[task.change.event.status],
            "happenedAt": task.change.event.happened_at.isoformat(),
        }
        data = await self._tell(task, "fulfillment_event_create", {"fulfillmentEvent": event})
        return data if isinstance(data, _Stop) else read_created_event(data).id

    async def _known_event(self, task: _Task, carrier: _Carrier) -> str | _Stop | None:
        """The event that says this already; None when none does."""
        data = await self._ask(task, "fulfillment_events_read", {"id": carrier.fulfillment_id})
        if isinstance(data, _Stop):
            return data
        there = read_fulfilment_events(data)
        said = there.events.nodes if there is not None and there.events is not None else ()
        wanted = _EVENT[task.change.event.status]
        return next((event.id for event in said if event.status == wanted), None)

    async def _ask(
        self, task: _Task, document: str, variables: dict[str, Any]
    ) -> dict[str, Any] | _Stop:
        answer = await self._shopify.execute(task.job.store, document, variables)
        if isinstance(answer, Done):
            return answer.data
        return await self._stop(task, answer, is_change=False)

    async def _tell(
        self, task: _Task, document: str, variables: dict[str, Any]
    ) -> dict[str, Any] | _Stop:
        doubt = self._doubts.about(task.job, self._clock())
        if doubt is not None:
            return _Stop(doubt)
        await self._effects.sending(task.job)
        answer = await self._shopify.execute(
            task.job.store, document, variables, guard=task.lease.check
        )
        if isinstance(answer, Done):
            return answer.data
        return await self._stop(task, answer, is_change=True)

    async def _stop(self, task: _Task, answer: Answer, *, is_change: bool) -> _Stop:
        now = self._clock()
        match meaning(answer, is_change=is_change):
            case Unknown():
                return _Stop(InDoubt(now + LOOK_AGAIN))
            case Again(reason_code, wait_s):
                due_at = now + timedelta(seconds=max(_WAITS.delay(task.job.attempt), wait_s))
                if is_change:
                    return _Stop(Retry(due_at, reason_code))
                return _Stop(again(task.job, due_at, reason_code))
            case failure:
                return await self._failed(task, failure)

    async def _failed(self, task: _Task, failure: Failure) -> _Stop:
        if not _is_told(task, failure):
            await self._record.outcome(task.job, _failed(task, failure), task.change.version)
        return _Stop(await self._after(task, failure.reason_code))

    async def _after(self, task: _Task, reason_code: str) -> Outcome:
        now = self._clock()
        if reason_code in PAUSES:
            if await self._record.pause(task.known.shop, reason_code):
                return Parked(reason_code)
            return again(task.job, now + LOOK_AGAIN, reason_code)
        if reason_code == "order_removed":  # when it is created again, that brings new jobs
            return Finished()
        needs_a_person = reason(reason_code).retry is ReasonRetry.NEVER
        return Finished() if needs_a_person else again(task.job, now + _ASK_AGAIN, reason_code)


def _waits_for(shop: Shop) -> str | None:
    if not shop.is_connected:
        return "shop_disconnected"
    return shop.pause_of("shopify")


def _is_told(task: _Task, failure: Failure) -> bool:
    """Whether the order's newest failure, since this status was decided, says the same."""
    told = task.known.order.update_failed
    return (
        told is not None
        and told.version > task.change.version
        and (told.event.change, told.event.reason_code) == ("delivery", failure.reason_code)
    )


def _failed(task: _Task, failure: Failure) -> events.ShopifyUpdateFailed:
    return events.ShopifyUpdateFailed(
        shop_id=task.change.event.shop_id,
        order_id=task.change.event.order_id,
        store=task.job.store,
        shopify_order_id=task.gid,
        change="delivery",
        reason_code=failure.reason_code,
        shopify_code=failure.shopify_code,
        field=failure.field,
        request_id=failure.request_id,
    )
