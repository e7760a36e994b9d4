"""Points: what a call asked for, what the store's bucket still holds, how long to wait.

Admin GraphQL 2026-10, ``extensions.cost``. The requested cost is reserved before a call runs and
the difference to the actual cost is given back. The bucket belongs to app and store together.
"""

from dataclasses import dataclass
from typing import Any

EXPECTED_POINTS = {
    "fulfillment_create": 11.0,
    "fulfillment_event_create": 10.0,
    "fulfillment_events_read": 40.0,
    "fulfillment_orders": 105.0,
    "metafields_set": 10.0,
    "order_cancel": 10.0,
    "order_create": 10.0,
    "order_find": 8.0,
    "order_find_by_custom_id": 1.0,
    "order_standing": 2.0,
    "order_update": 12.0,
    "orders_read_back": 5.0,
    "orders_recent": 40.0,
    "tags_add": 10.0,
}
"""What documents are expected to ask for, until an answer tells."""

WAIT_WITHOUT_COST_S = 1.0
SHORTEST_WAIT_S = 0.1


@dataclass(frozen=True)
class Cost:
    """Cost of one answered call and the store's bucket just after it, all in points.

    ``actual`` is None when the call was not executed. ``restore_rate`` is points per second.
    """

    requested: float
    actual: float | None
    maximum: float
    available: float
    restore_rate: float

    def wait_s(self) -> float:
        """Return the seconds until the bucket holds the requested points again."""
        if self.restore_rate <= 0:
            return WAIT_WITHOUT_COST_S
        return max((self.requested - self.available) / self.restore_rate, SHORTEST_WAIT_S)


def read_cost(body: dict[str, Any]) -> Cost | None:
    """Return the cost of an answer, or None when it carries none that can be read."""
    try:
        cost = body["extensions"]["cost"]
        bucket = cost["throttleStatus"]
        actual = cost.get("actualQueryCost")
        return Cost(
            requested=float(cost["requestedQueryCost"]),
            actual=None if actual is None else float(actual),
            maximum=float(bucket["maximumAvailable"]),
            available=float(bucket["currentlyAvailable"]),
            restore_rate=float(bucket["restoreRate"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
