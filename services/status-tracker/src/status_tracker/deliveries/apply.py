"""Bringing a delivery status into Shopify: fulfilments where there are none, then their events.

``fulfillmentEventCreate`` appends a second event when called twice, so the existing events are
read first, and an unknown outcome is looked up, never repeated blindly.
"""

from dataclasses import dataclass
from typing import Any, Final

from jobs.job import Job
from lifecycle.order import At
from ordersync_contracts.events import DeliveryStatusChanged, DeliveryStatusSynced
from runtime.session import Lease
from shopify.answers import Refused
from shopify.fulfilments import (
    OrderFulfilment,
    read_created_event,
    read_created_fulfilment,
    read_fulfilment_events,
    read_order_fulfilment,
)
from shopify_jobs.failures import Failure
from shopify_jobs.known import Known
from status_tracker.calls import FULFILLMENT_REFUSED, Caller, Stop
from status_tracker.change import Change
from status_tracker.deliveries import fulfilments
from status_tracker.deliveries.domain import carriers, units_in_shopify

_EVENT: Final = {"in_transit": "IN_TRANSIT", "delivered": "DELIVERED"}


@dataclass(frozen=True, slots=True)
class _Carrier:
    """A fulfilment that carries the status; ``is_new``: made just now, so without events."""

    fulfillment_id: str
    is_new: bool


class Deliveries:
    """Applies delivery statuses."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def apply(
        self, delivery: At[DeliveryStatusChanged], job: Job, known: Known, lease: Lease
    ) -> Stop | None:
        """Apply one delivery status of one parcel."""
        change = Change(job, known, lease, "delivery", delivery.version)
        carried_by = await self._carriers(change, delivery.event)
        if isinstance(carried_by, Stop):
            return carried_by
        event_ids: list[str] = []
        for carrier in carried_by:
            event_id = await self._event(change, delivery.event, carrier)
            if isinstance(event_id, Stop):
                return event_id
            event_ids.append(event_id)
        await self._caller.record(change, _synced(change, delivery, carried_by, event_ids))
        return None

    async def _carriers(
        self, change: Change, delivery: DeliveryStatusChanged
    ) -> tuple[_Carrier, ...] | Stop:
        data = await self._caller.read(change, "fulfillment_orders", {"orderId": change.gid})
        if isinstance(data, Stop):
            return data
        there = read_order_fulfilment(data)
        if there is None:
            return await self._caller.failed(change, Failure("order_removed"))
        order = change.known.order
        standing = fulfilments.existing(there, delivery, carriers(order, delivery))
        wanted = fulfilments.to_create(there, delivery, units_in_shopify(order), standing)
        made = await self._make(change, wanted)
        if isinstance(made, Stop):
            return made
        carried_by = (*(_Carrier(sent.id, is_new=False) for sent in standing), *made)
        return carried_by or await self._nothing_to_fulfil(change, there)

    async def _nothing_to_fulfil(self, change: Change, there: OrderFulfilment) -> Stop:
        """No fulfilment order takes the units: on hold, cancelled, or gone."""
        states = sorted({order.status for order in there.fulfillment_orders.nodes})
        return await self._caller.failed(
            change, Failure("fulfillment_refused", field=",".join(states))
        )

    async def _make(
        self, change: Change, wanted: tuple[dict[str, Any], ...]
    ) -> tuple[_Carrier, ...] | Stop:
        made: list[_Carrier] = []
        for fulfilment in wanted:
            data = await self._write(change, "fulfillment_create", {"fulfillment": fulfilment})
            if isinstance(data, Stop):
                return data
            made.append(_Carrier(read_created_fulfilment(data).id, is_new=True))
        return tuple(made)

    async def _event(
        self, change: Change, delivery: DeliveryStatusChanged, carrier: _Carrier
    ) -> str | Stop:
        status = _EVENT[delivery.status]
        if not carrier.is_new:
            known = await self._known_event(change, carrier, status)
            if known is not None:
                return known
        event = {
            "fulfillmentId": carrier.fulfillment_id,
            "status": status,
            "happenedAt": delivery.happened_at.isoformat(),
        }
        data = await self._write(change, "fulfillment_event_create", {"fulfillmentEvent": event})
        return data if isinstance(data, Stop) else read_created_event(data).id

    async def _known_event(
        self, change: Change, carrier: _Carrier, status: str
    ) -> str | Stop | None:
        """The event that says this already; None when none does."""
        data = await self._caller.read(
            change, "fulfillment_events_read", {"id": carrier.fulfillment_id}
        )
        if isinstance(data, Stop):
            return data
        there = read_fulfilment_events(data)
        known = there.events.nodes if there is not None and there.events is not None else ()
        return next((event.id for event in known if event.status == status), None)

    async def _write(
        self, change: Change, document: str, variables: dict[str, Any]
    ) -> dict[str, Any] | Stop:
        answer = await self._caller.write(change, document, variables)
        if isinstance(answer, Refused):
            return await self._caller.refused(change, answer, FULFILLMENT_REFUSED)
        return answer


def _synced(
    change: Change,
    delivery: At[DeliveryStatusChanged],
    carried_by: tuple[_Carrier, ...],
    event_ids: list[str],
) -> DeliveryStatusSynced:
    return DeliveryStatusSynced(
        shop_id=delivery.event.shop_id,
        order_id=delivery.event.order_id,
        store=change.job.store,
        status=delivery.event.status,
        delivery_version=delivery.version,
        fulfillment_id=carried_by[0].fulfillment_id,
        fulfillment_event_id=event_ids[0],
        fulfillment_ids=tuple(carrier.fulfillment_id for carrier in carried_by),
    )
