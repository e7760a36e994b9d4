"""Whether an order may go to Shopify at all, and who asked for it."""

from typing import ClassVar, Literal

from pydantic import AwareDatetime

from ordersync_contracts.events.event import OrderEvent


class OrderEligible(OrderEvent):
    """Fulfilled by Seller, in the US, reached Awaiting shipment: it may be synced."""

    PRODUCERS: ClassVar = ("mapper",)

    snapshot_version: int


class OrderIneligible(OrderEvent):
    """It may not be synced now: why (``reason_code``), and what would change that.

    Withdraws a draft that has not been requested from Shopify.
    """

    PRODUCERS: ClassVar = ("mapper",)

    snapshot_version: int
    reason_code: str
    detail: str = ""
    changes_when: str = ""
    changes_at: AwareDatetime | None = None


class SyncRequested(OrderEvent):
    """A person asked for this order in Shopify.

    ``request_id`` was made when the form was drawn: a double click is one event.
    """

    PRODUCERS: ClassVar = ("console",)
    CONSUMERS: ClassVar = ("mapper", "status-tracker")

    requested_by: str
    mode: Literal["manual", "bulk", "resync"]
    reason: str = ""
    request_id: str
