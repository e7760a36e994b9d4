"""What the status-tracker decides: what an order's snapshot newly says. Pure."""

from lifecycle.order import Order
from ordersync_contracts.events import Event
from status_tracker.cancellations.domain import Wish, newly_cancelled
from status_tracker.corrections.domain import beyond_reach
from status_tracker.deliveries.domain import delivery_changes


def decide(order: Order, wish: Wish = "cancel") -> tuple[Event, ...]:
    """What the newest snapshot says and the stream does not yet.

    Delivery statuses, never backwards: a parcel once delivered is not in transit again. Of an order
    that stands in Shopify: what was cancelled (``wish``: the shop's setting), and what changed that
    cannot be changed there.
    """
    return (*delivery_changes(order), *newly_cancelled(order, wish), *beyond_reach(order))
