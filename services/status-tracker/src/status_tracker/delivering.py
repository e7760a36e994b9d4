"""Bringing a delivery status into Shopify: fulfilments where there are none, then their events.

``fulfillmentEventCreate`` appends a second event when called twice, so the existing events are
read first, and an unknown outcome is looked up, never repeated blindly.
"""

from dataclasses import dataclass
from typing import Any, Final

from jobs import Finished, Job, Outcome, Parked
from lifecycle.order import At
from ordersync_contracts import events
from ordersync_contracts.events import DeliveryStatusChanged
from runtime.session import Lease
from shopify.answers import Refused
from shopify.fulfilments import (
    OrderFulfilment,
    read_created_event,
    read_created_fulfilment,
    read_fulfilment_events,
    read_order_fulfilment,
)
from status_tracker import fulfilment
from status_tracker.calling import Caller, Stop, Task, waits_for
from status_tracker.domain import carriers, to_apply
from status_tracker.outcomes import Failure, refusal

_EVENT: Final = {"in_transit": "IN_TRANSIT", "delivered": "DELIVERED"}
_REFUSED: Final = "fulfillment_refused"


@dataclass(frozen=True, slots=True)
class _Carrier:
    """A fulfilment that carries the status; ``is_new``: made just now, so without events."""

    fulfillment_id: str
    is_new: bool


class Deliveries:
    """Applies delivery statuses."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """Apply the order's delivery statuses that do not stand in Shopify yet, in order."""
        known = await self._caller.record.read(job.stream_id)
        for change in to_apply(known.order):
            reason_code = waits_for(known.shop)
            if reason_code is not None:
                return Parked(reason_code)
            task = Task(job, known, lease, "delivery", change.version)
            stop = await self._apply(task, change)
            if stop is not None:
                return stop.outcome
        return Finished()

    async def _apply(self, task: Task, change: At[DeliveryStatusChanged]) -> Stop | None:
        carried_by = await self._carriers(task, change.event)
        if isinstance(carried_by, Stop):
            return carried_by
        said: list[str] = []
        for carrier in carried_by:
            event_id = await self._event(task, change.event, carrier)
            if isinstance(event_id, Stop):
                return event_id
            said.append(event_id)
        synced = _synced(task, change, carried_by, said)
        await self._caller.record.outcome(task.job, synced, task.what)
        return None

    async def _carriers(
        self, task: Task, change: DeliveryStatusChanged
    ) -> tuple[_Carrier, ...] | Stop:
        data = await self._caller.ask(task, "fulfillment_orders", {"orderId": task.gid})
        if isinstance(data, Stop):
            return data
        there = read_order_fulfilment(data)
        if there is None:
            return await self._caller.failed(task, Failure("order_removed"))
        order = task.known.order
        standing = fulfilment.existing(there, change, carriers(order, change))
        lines = order.snapshot.event.lines if order.snapshot is not None else ()
        wanted = fulfilment.to_create(there, change, lines, standing)
        made = await self._make(task, wanted)
        if isinstance(made, Stop):
            return made
        carried_by = (*(_Carrier(one.id, is_new=False) for one in standing), *made)
        return carried_by or await self._nothing_to_fulfil(task, there)

    async def _nothing_to_fulfil(self, task: Task, there: OrderFulfilment) -> Stop:
        """No fulfilment order takes the units: on hold, cancelled, or gone."""
        states = sorted({one.status for one in there.fulfillment_orders.nodes})
        return await self._caller.failed(task, Failure(_REFUSED, field=",".join(states)))

    async def _make(
        self, task: Task, wanted: tuple[dict[str, Any], ...]
    ) -> tuple[_Carrier, ...] | Stop:
        made: list[_Carrier] = []
        for one in wanted:
            data = await self._tell(task, "fulfillment_create", {"fulfillment": one})
            if isinstance(data, Stop):
                return data
            made.append(_Carrier(read_created_fulfilment(data).id, is_new=True))
        return tuple(made)

    async def _event(
        self, task: Task, change: DeliveryStatusChanged, carrier: _Carrier
    ) -> str | Stop:
        status = _EVENT[change.status]
        if not carrier.is_new:
            known = await self._known_event(task, carrier, status)
            if known is not None:
                return known
        event = {
            "fulfillmentId": carrier.fulfillment_id,
            "status": status,
            "happenedAt": change.happened_at.isoformat(),
        }
        data = await self._tell(task, "fulfillment_event_create", {"fulfillmentEvent": event})
        return data if isinstance(data, Stop) else read_created_event(data).id

    async def _known_event(self, task: Task, carrier: _Carrier, status: str) -> str | Stop | None:
        """The event that says this already; None when none does."""
        data = await self._caller.ask(
            task, "fulfillment_events_read", {"id": carrier.fulfillment_id}
        )
        if isinstance(data, Stop):
            return data
        there = read_fulfilment_events(data)
        said = there.events.nodes if there is not None and there.events is not None else ()
        return next((event.id for event in said if event.status == status), None)

    async def _tell(
        self, task: Task, document: str, variables: dict[str, Any]
    ) -> dict[str, Any] | Stop:
        answer = await self._caller.tell(task, document, variables)
        if isinstance(answer, Refused):
            return await self._caller.failed(task, refusal(answer, _REFUSED))
        return answer


def _synced(
    task: Task,
    change: At[DeliveryStatusChanged],
    carried_by: tuple[_Carrier, ...],
    event_ids: list[str],
) -> events.DeliveryStatusSynced:
    return events.DeliveryStatusSynced(
        shop_id=change.event.shop_id,
        order_id=change.event.order_id,
        store=task.job.store,
        status=change.event.status,
        delivery_version=change.version,
        fulfillment_id=carried_by[0].fulfillment_id,
        fulfillment_event_id=event_ids[0],
        fulfillment_ids=tuple(one.fulfillment_id for one in carried_by),
    )
