"""Which fulfilment carries a delivery status, and which units a new one takes. Pure.

Admin GraphQL 2026-10: FulfillmentInput, FulfillmentOrder.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.events import DeliveryStatusChanged, OrderLine
from shopify.fulfilments import Fulfilment, FulfilmentOrder, OrderFulfilment
from shopify.tracking import tracking_company


@dataclass(frozen=True, slots=True)
class NothingToFulfil:
    """No fulfilment order takes the units: on hold, cancelled, or gone."""


def existing(
    there: OrderFulfilment, change: DeliveryStatusChanged, known: Collection[str] = ()
) -> Fulfilment | None:
    """The fulfilment that carries this parcel already.

    ``known`` ones carry an earlier status of its units. Else by tracking number; for a parcel that
    is the whole order, any fulfilment will do.
    """
    alive = [one for one in there.fulfillments if one.status not in {"CANCELLED", "FAILURE"}]
    for fulfilment in alive:
        numbers = {tracking.number for tracking in fulfilment.tracking_info}
        is_tracked = bool(change.tracking_number) and change.tracking_number in numbers
        if fulfilment.id in known or is_tracked:
            return fulfilment
    return alive[0] if alive and not change.line_ids else None


def to_create(
    there: OrderFulfilment, change: DeliveryStatusChanged, lines: Sequence[OrderLine]
) -> dict[str, Any] | NothingToFulfil:
    """The ``FulfillmentInput`` of this parcel's units; nobody is notified by it.

    One call covers one location: the first that can ship is taken.
    """
    able = [order for order in there.fulfillment_orders.nodes if order.can_be_fulfilled]
    at_one = [order for order in able if order.location_id == able[0].location_id]
    wanted = _wanted(change, lines, _remaining(able))
    taken = [entry for order in at_one if (entry := _take(order, wanted)) is not None]
    if not taken:
        return NothingToFulfil()
    tracking = {"number": change.tracking_number} if change.tracking_number else {}
    company = tracking_company(change.carrier) if change.carrier else None
    if tracking and company:
        tracking["company"] = company
    fulfilment: dict[str, Any] = {"notifyCustomer": False, "lineItemsByFulfillmentOrder": taken}
    if tracking:
        fulfilment["trackingInfo"] = tracking
    return fulfilment


def _wanted(
    change: DeliveryStatusChanged, lines: Sequence[OrderLine], remaining: int
) -> "Counter[str] | None":
    """How many units of each SKU travel; None when all that is left does, whatever its SKUs."""
    travelling = [line.seller_sku for line in lines if line.line_id in set(change.line_ids)]
    if not change.line_ids or len(travelling) >= remaining:
        return None
    return Counter(travelling)


def _remaining(orders: Sequence[FulfilmentOrder]) -> int:
    return sum(line.remaining_quantity for order in orders for line in order.line_items.nodes)


def _take(order: FulfilmentOrder, wanted: "Counter[str] | None") -> dict[str, Any] | None:
    if wanted is None:
        return {"fulfillmentOrderId": order.id}
    units = _units(order, wanted)
    return {"fulfillmentOrderId": order.id, "fulfillmentOrderLineItems": units} if units else None


def _units(order: FulfilmentOrder, wanted: "Counter[str]") -> Sequence[dict[str, Any]]:
    units = []
    for line in order.line_items.nodes:
        sku = line.line_item.sku or ""
        quantity = min(wanted[sku], line.remaining_quantity)
        if quantity > 0:
            wanted[sku] -= quantity
            units.append({"id": line.id, "quantity": quantity})
    return units
