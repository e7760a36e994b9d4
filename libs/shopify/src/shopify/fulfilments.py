"""Fulfilment orders, fulfilments and their delivery events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shopify.wire import PageInfo, WireModel, at


class Tracking(WireModel):
    """Carrier, number and link of one parcel."""

    company: str | None = None
    number: str | None = None
    url: str | None = None


class DeliveryEvent(WireModel):
    """One event of a fulfilment: ``IN_TRANSIT``, ``DELIVERED``, …"""

    id: str
    status: str
    happened_at: datetime
    message: str | None = None


class DeliveryEvents(WireModel):
    """The first 20 events."""

    nodes: tuple[DeliveryEvent, ...]
    page_info: PageInfo


class Location(WireModel):
    """A place that ships."""

    id: str


class Fulfilment(WireModel):
    """What was sent, from one location. What a document does not ask for keeps its default."""

    id: str
    status: str
    display_status: str | None = None
    delivered_at: datetime | None = None
    total_quantity: int = 0
    location: Location | None = None
    tracking_info: tuple[Tracking, ...] = ()
    events: DeliveryEvents | None = None

    @property
    def is_alive(self) -> bool:
        """Say whether it stands: not cancelled, not failed."""
        return self.status not in {"CANCELLED", "FAILURE"}

    @property
    def location_id(self) -> str | None:
        """Return the gid of where it was sent from."""
        return None if self.location is None else self.location.id


class OrderLine(WireModel):
    """The order line behind a fulfilment order line."""

    id: str
    sku: str | None = None


class OpenLine(WireModel):
    """What of an order line a fulfilment order covers, in units."""

    id: str
    total_quantity: int
    remaining_quantity: int
    line_item: OrderLine


class OpenLines(WireModel):
    """The first 50 lines."""

    nodes: tuple[OpenLine, ...]
    page_info: PageInfo


class AssignedLocation(WireModel):
    """Where a fulfilment order ships from; ``location`` is null for a deleted one."""

    location: Location | None = None


class Action(WireModel):
    """Something that may be done with a fulfilment order now."""

    action: str


class FulfilmentOrder(WireModel):
    """What one location has to send. Only lines with ``requiresShipping`` have one."""

    id: str
    status: str
    supported_actions: tuple[Action, ...] = ()
    assigned_location: AssignedLocation
    line_items: OpenLines

    @property
    def can_be_fulfilled(self) -> bool:
        """Say whether ``fulfillmentCreate`` is among the supported actions."""
        return any(action.action == "CREATE_FULFILLMENT" for action in self.supported_actions)

    @property
    def location_id(self) -> str | None:
        """Return the location's gid: one ``fulfillmentCreate`` may cover one location only."""
        place = self.assigned_location.location
        return None if place is None else place.id


class FulfilmentOrders(WireModel):
    """The first 20 fulfilment orders."""

    nodes: tuple[FulfilmentOrder, ...]
    page_info: PageInfo


class OrderFulfilment(WireModel):
    """An order's state of delivery: what is to be sent, what was sent."""

    id: str
    display_fulfillment_status: str
    cancelled_at: datetime | None = None
    fulfillment_orders: FulfilmentOrders
    fulfillments: tuple[Fulfilment, ...] = ()


def read_order_fulfilment(data: Mapping[str, Any]) -> OrderFulfilment | None:
    """Read ``fulfillment_orders``; None: the order is gone."""
    return OrderFulfilment.read_or_none(at(data, "order"))


def read_created_fulfilment(data: Mapping[str, Any]) -> Fulfilment:
    """Read ``fulfillment_create``."""
    return Fulfilment.read(at(data, "fulfillmentCreate", "fulfillment"))


def read_fulfilment_events(data: Mapping[str, Any]) -> Fulfilment | None:
    """Read ``fulfillment_events_read``; None: the fulfilment is gone."""
    return Fulfilment.read_or_none(at(data, "fulfillment"))


def read_created_event(data: Mapping[str, Any]) -> DeliveryEvent:
    """Read ``fulfillment_event_create``."""
    return DeliveryEvent.read(at(data, "fulfillmentEventCreate", "fulfillmentEvent"))
