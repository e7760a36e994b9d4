"""Which fulfilments carry a delivery status, and which units new ones take. Pure.

Admin GraphQL 2026-10: FulfillmentInput, FulfillmentOrder.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from ordersync_contracts.events import DeliveryStatusChanged
from shopify.fulfilments import Fulfilment, FulfilmentOrder, OrderFulfilment
from shopify.tracking import tracking_company
from status_tracker.deliveries.domain import Unit


def existing(
    there: OrderFulfilment, change: DeliveryStatusChanged, known: Collection[str] = ()
) -> tuple[Fulfilment, ...]:
    """The fulfilments that carry this parcel already, one per location it ships from.

    ``known`` ones carry an earlier status of its units. Else by tracking number; for a parcel that
    is the whole order, any fulfilment will do.
    """
    alive = [fulfilment for fulfilment in there.fulfillments if fulfilment.is_alive]
    if not change.line_ids:
        return tuple(alive)
    return tuple(
        fulfilment
        for fulfilment in alive
        if fulfilment.id in known or _is_tracked(fulfilment, change)
    )


def to_create(
    there: OrderFulfilment,
    change: DeliveryStatusChanged,
    units: Sequence[Unit],
    carried_by: Sequence[Fulfilment] = (),
) -> tuple[dict[str, Any], ...]:
    """The ``FulfillmentInput`` of each location that has to send units of this parcel.

    One call covers one location, whose fulfilment orders go together; nobody is notified. A
    location that sent its part (``carried_by``) has no other part of the same parcel.
    """
    open_at = _open_at(there, change, carried_by)
    missing = _missing(change, units, carried_by, _remaining(open_at.values()))
    made = (_input(change, orders, missing) for orders in open_at.values())
    return tuple(fulfilment for fulfilment in made if fulfilment is not None)


def _is_tracked(fulfilment: Fulfilment, change: DeliveryStatusChanged) -> bool:
    numbers = {tracking.number for tracking in fulfilment.tracking_info}
    return bool(change.tracking_number) and change.tracking_number in numbers


_ByLocation = dict[str | None, list[FulfilmentOrder]]


def _open_at(
    there: OrderFulfilment, change: DeliveryStatusChanged, carried_by: Sequence[Fulfilment]
) -> _ByLocation:
    """The fulfilment orders that may carry units of the parcel, by location."""
    done = {fulfilment.location_id for fulfilment in carried_by} if change.line_ids else set()
    open_at: _ByLocation = {}
    for order in there.fulfillment_orders.nodes:
        if order.can_be_fulfilled and order.location_id not in done:
            open_at.setdefault(order.location_id, []).append(order)
    return {} if None in done else open_at


class _Missing:
    """How many units of each SKU still need a fulfilment; taken off as they are found."""

    def __init__(self, skus: Sequence[str], units: int) -> None:
        self._skus = Counter(skus)
        self._units = units

    def take(self, sku: str, at_most: int) -> int:
        """So many of this SKU are found here."""
        taken = max(0, min(self._skus[sku], at_most, self._units))
        self._skus[sku] -= taken
        self._units -= taken
        return taken


def _missing(
    change: DeliveryStatusChanged,
    shipped: Sequence[Unit],
    carried_by: Sequence[Fulfilment],
    remaining: int,
) -> _Missing | None:
    """What still needs a fulfilment; None when all that is left does, whatever its SKUs."""
    travelling = [unit.sku for unit in shipped if unit.line_id in set(change.line_ids)]
    units = len(travelling) - sum(fulfilment.total_quantity for fulfilment in carried_by)
    if not change.line_ids or units >= remaining:
        return None
    return _Missing(travelling, units)


def _remaining(places: Iterable[Sequence[FulfilmentOrder]]) -> int:
    return sum(
        line.remaining_quantity
        for orders in places
        for order in orders
        for line in order.line_items.nodes
    )


def _input(
    change: DeliveryStatusChanged, orders: Sequence[FulfilmentOrder], missing: _Missing | None
) -> dict[str, Any] | None:
    taken = [entry for order in orders if (entry := _take(order, missing)) is not None]
    if not taken:
        return None
    tracking = {"number": change.tracking_number} if change.tracking_number else {}
    company = tracking_company(change.carrier) if change.carrier else None
    if tracking and company:
        tracking["company"] = company
    fulfilment: dict[str, Any] = {"notifyCustomer": False, "lineItemsByFulfillmentOrder": taken}
    return fulfilment | ({"trackingInfo": tracking} if tracking else {})


def _take(order: FulfilmentOrder, missing: _Missing | None) -> dict[str, Any] | None:
    if missing is None:
        return {"fulfillmentOrderId": order.id}
    found = (
        (line.id, missing.take(line.line_item.sku or "", line.remaining_quantity))
        for line in order.line_items.nodes
    )
    units = [{"id": line_id, "quantity": quantity} for line_id, quantity in found if quantity]
    return {"fulfillmentOrderId": order.id, "fulfillmentOrderLineItems": units} if units else None
