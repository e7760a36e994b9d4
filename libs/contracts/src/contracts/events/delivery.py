"""Delivery, cancellation and erasure of an order."""

from typing import Literal

from pydantic import AwareDatetime

from contracts.events.event import OrderEvent

DeliveryStatus = Literal["in_transit", "delivered"]


class DeliveryStatusChanged(OrderEvent):
    """Units of the order are on their way or delivered, by TikTok's times.

    ``line_ids`` says which units travel together; empty means the whole order.
    """

    status: DeliveryStatus
    happened_at: AwareDatetime
    carrier: str = ""
    tracking_number: str = ""
    package_id: str = ""
    line_ids: tuple[str, ...] = ()


class DeliveryStatusSynced(OrderEvent):
    """A delivery status stands in Shopify: on which fulfilment, as which event."""

    store: str
    status: DeliveryStatus
    delivery_version: int
    fulfillment_id: str
    fulfillment_event_id: str = ""


class OrderCancelled(OrderEvent):
    """TikTok cancelled it after it was in Shopify: the whole order, or which units."""

    snapshot_version: int
    whole_order: bool
    line_ids: tuple[str, ...] = ()
    cancelled_by: str = ""


class RecipientErased(OrderEvent):
    """The buyer's data is gone from the vault for good, and why."""

    erased_by: str
    reason: Literal["retention", "customer_request", "shop_request", "operator"]
