"""Fulfillment orders: what of an order can still be fulfilled, and from where.

They exist as soon as the order does, one per location, with the lines that require shipping only
(Admin GraphQL 2026-10: FulfillmentOrder).
"""

from simulators.shopify.session import Session
from simulators.shopify.store.records import Record, connection
from simulators.shopify.store.store import Store

_ACTIONS = ("CREATE_FULFILLMENT", "MOVE", "HOLD", "SPLIT")
FULFILLABLE = ("OPEN", "IN_PROGRESS")
CLOSED, ON_HOLD = "CLOSED", "ON_HOLD"


def location_of(store: Store, name: str | None) -> Record:
    """A location by the name that a variant gives; None is the store's first."""
    found = store.locations.get(name)
    if found is None:
        found = {
            "id": store.ids.new("Location"),
            "name": name or "Shop location",
            "isActive": True,
            "fulfillsOnlineOrders": True,
            "shipsInventory": True,
        }
        store.locations[name] = found
        store.things[found["id"]] = found
    return found


def open_fulfillment_orders(session: Session, order: Record) -> Record:
    """The fulfillment orders of a new order."""
    by_location: dict[str | None, list[Record]] = {}
    for line in order["lineItems"]["nodes"]:
        if line["requiresShipping"]:
            name = line["variant"]["location"] if line["variant"] else None
            by_location.setdefault(name, []).append(line)
    return connection(
        open_one(session, order, location_of(session.store, name), _whole(lines))
        for name, lines in by_location.items()
    )


Units = list[tuple[Record, int]]
"""Lines of an order, and how many of each."""


def _whole(lines: list[Record]) -> Units:
    return [(line, line["quantity"]) for line in lines]


def open_one(session: Session, order: Record, location: Record, units: Units) -> Record:
    """Another fulfillment order for these units, which the caller adds to the order."""
    store = session.store
    opened: Record = {
        "id": store.ids.new("FulfillmentOrder"),
        "orderId": order["id"],
        "orderName": order["name"],
        "createdAt": session.stamp,
        "updatedAt": session.stamp,
        "requestStatus": "UNSUBMITTED",
        "assignedLocation": {"name": location["name"], "location": location},
        "lineItems": connection(_remaining(store, *unit) for unit in units),
    }
    store.things[opened["id"]] = opened
    update_status(opened)
    return opened


def _remaining(store: Store, line: Record, quantity: int) -> Record:
    return {
        "id": store.ids.new("FulfillmentOrderLineItem"),
        "lineItem": line,
        "totalQuantity": quantity,
        "remainingQuantity": quantity,
    }


def reopen(session: Session, order: Record, closed: Record, units: Units) -> None:
    """Opens another fulfillment order where a closed one was, for what came back."""
    location = closed["assignedLocation"]["location"]
    order["fulfillmentOrders"]["nodes"].append(open_one(session, order, location, units))


def update_status(fulfillment_order: Record) -> None:
    """OPEN while nothing is taken, IN_PROGRESS while something is left, then CLOSED."""
    lines = fulfillment_order["lineItems"]["nodes"]
    left = sum(line["remainingQuantity"] for line in lines)
    whole = sum(line["totalQuantity"] for line in lines)
    status = CLOSED if left == 0 else "OPEN" if left == whole else "IN_PROGRESS"
    _set_status(fulfillment_order, status, () if status == CLOSED else _ACTIONS)


def hold_fulfillment_order(fulfillment_order: Record) -> None:
    """Nothing of it can be fulfilled until it is let go (`update_status`)."""
    _set_status(fulfillment_order, ON_HOLD, ("MOVE", "RELEASE_HOLD"))


def _set_status(fulfillment_order: Record, status: str, actions: tuple[str, ...]) -> None:
    fulfillment_order["status"] = status
    fulfillment_order["requestStatus"] = "UNSUBMITTED"
    fulfillment_order["supportedActions"] = [{"action": action} for action in actions]


def cancel_fulfillment_orders(order: Record) -> None:
    """A cancelled order has nothing left to fulfil: closed, not cancelled (recorded)."""
    for node in order["fulfillmentOrders"]["nodes"]:
        if node["status"] != CLOSED:
            for line in node["lineItems"]["nodes"]:
                line.update(totalQuantity=0, remainingQuantity=0)
            update_status(node)


def update_order_status(order: Record) -> None:
    """`displayFulfillmentStatus` from what is left; with nothing to ship it stays."""
    lines = [
        line for node in order["fulfillmentOrders"]["nodes"] for line in node["lineItems"]["nodes"]
    ]
    left = sum(line["remainingQuantity"] for line in lines)
    whole = sum(line["totalQuantity"] for line in lines)
    for line in lines:
        remaining = line["remainingQuantity"]
        done = "fulfilled" if remaining == 0 else "partial"
        untouched = remaining == line["totalQuantity"]
        line["lineItem"]["unfulfilledQuantity"] = remaining
        line["lineItem"]["fulfillmentStatus"] = "unfulfilled" if untouched else done
    if whole:
        partly = "UNFULFILLED" if left == whole else "PARTIALLY_FULFILLED"
        order["displayFulfillmentStatus"] = "FULFILLED" if left == 0 else partly
        order["fulfillable"] = left > 0
