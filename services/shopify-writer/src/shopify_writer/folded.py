"""An order as its own events say, where they can be read."""

from collections.abc import Iterable

import structlog

from lifecycle import order as orders
from lifecycle.order import Order
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.envelope import Recorded

log = structlog.get_logger()


def folded(stream: str, history: Iterable[Recorded]) -> Order | None:
    """None, and said, where the order's own events cannot be read."""
    try:
        return orders.fold(history)
    except UNREADABLE:
        log.exception("order.not_read", stream=stream)
        return None
