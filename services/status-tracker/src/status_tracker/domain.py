"""What the status-tracker decides: what an order's snapshot newly says. Pure."""

from collections.abc import Sequence
from typing import Final

from lifecycle.order import Order
from ordersync_contracts.events import Event
from status_tracker.cancellations.domain import Wish, newly_cancelled
from status_tracker.corrections.domain import beyond_reach
from status_tracker.deliveries.domain import delivery_changes

SAYS: Final = frozenset({"DeliveryStatusChanged", "OrderCancelled"})


def decide(order: Order, wish: Wish = "cancel") -> tuple[Event, ...]:
    """What the newest snapshot says and the stream does not yet.

    Delivery statuses, never backwards: a parcel once delivered is not in transit again. Of an order
    that stands in Shopify: what was cancelled (``wish``: the shop's setting), and what changed that
    cannot be changed there.
    """
    return (*delivery_changes(order), *newly_cancelled(order, wish), *beyond_reach(order))


def is_answered(names: Sequence[str], version: int) -> bool:
    """Whether the names of a stream's events show that they were decided on since this version.

    Only what the deciding itself says shows it: what a job says may come of an earlier decision.
    """
    return any(name in SAYS for name in names[version:])
