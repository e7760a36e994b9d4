"""Delivery, cancellation and erasure of an order."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from ordersync_contracts.events.event import OrderEvent

DeliveryStatus = Literal["in_transit", "delivered"]


class DeliveryStatusChanged(OrderEvent):
    """Units of the order are on their way or delivered, by TikTok's times.

    ``line_ids`` says which units travel together; empty means the whole order.
    """

    PRODUCERS: ClassVar = ("status-tracker",)
    CONSUMERS: ClassVar = ("status-tracker",)

    status: DeliveryStatus
    happened_at: AwareDatetime
    carrier: str = ""
    tracking_number: str = ""
    package_id: str = ""
    line_ids: tuple[str, ...] = ()


class DeliveryStatusSynced(OrderEvent):
    """A delivery status stands in Shopify: on which fulfilment, as which event.

    ``fulfillment_ids``: all that carry the parcel, one per location it ships from.
    """

    PRODUCERS: ClassVar = ("status-tracker",)

    store: str
    status: DeliveryStatus
    delivery_version: int
    fulfillment_id: str
    fulfillment_event_id: str = ""
    fulfillment_ids: tuple[str, ...] = ()


class OrderCancelled(OrderEvent):
    """TikTok cancelled it after it was in Shopify: the whole order, or which units.

    ``action``: what is to be done in Shopify, by the shop's setting at that time.
    """

    PRODUCERS: ClassVar = ("status-tracker",)
    CONSUMERS: ClassVar = ("status-tracker",)

    snapshot_version: int
    whole_order: bool
    line_ids: tuple[str, ...] = ()
    cancelled_by: str = ""
    action: Literal["cancel", "tag", "ignore"] = "cancel"


class RecipientErased(OrderEvent):
    """The buyer's data is gone from the vault for good, and why."""

    PRODUCERS: ClassVar = ("console", "shopify-writer", "fetcher")

    erased_by: str
    reason: Literal["retention", "customer_request", "shop_request", "operator"]
