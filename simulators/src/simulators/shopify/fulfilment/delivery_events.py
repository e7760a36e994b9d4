"""fulfillmentEventCreate (Admin GraphQL 2026-10): every call adds an event, also the same again."""

from simulators.shopify.engine.execution import Call
from simulators.shopify.session import Session
from simulators.shopify.store.records import Record, stamp, user_error

_REACHED = {"IN_TRANSIT": "inTransitAt", "DELIVERED": "deliveredAt"}


def create_event(session: Session, call: Call) -> Record:
    """The mutation; events are taken for cancelled fulfillments too."""
    given = call.arguments["fulfillmentEvent"]
    found = session.thing(given["fulfillmentId"], "Fulfillment")
    if found is None:
        field = ("fulfillmentEvent", "fulfillmentId")
        error = user_error(field, "Fulfillment does not exist.")
        return {"fulfillmentEvent": None, "userErrors": [error]}
    event = add_event(session, found, given)
    session.store.orders[session.store.owners[found["id"]]].note(session.at, call.name, call.raw)
    return {"fulfillmentEvent": event, "userErrors": []}


def add_event(session: Session, fulfillment: Record, given: Record) -> Record:
    """Adds one event to a fulfillment; what it says last is what the fulfillment shows."""
    event = {
        "id": session.store.ids.new("FulfillmentEvent"),
        "status": given["status"],
        "happenedAt": stamp(given.get("happenedAt") or session.now),
        "createdAt": session.stamp,
        "message": given.get("message"),
    }
    fulfillment["events"]["nodes"].append(event)
    _show(fulfillment, event, given)
    session.changed(session.store.orders[session.store.owners[fulfillment["id"]]])
    return event


def _show(fulfillment: Record, event: Record, given: Record) -> None:
    if fulfillment["status"] != "CANCELLED":
        fulfillment["displayStatus"] = event["status"]
    reached = _REACHED.get(event["status"])
    if reached:
        fulfillment[reached] = event["happenedAt"]
    if given.get("estimatedDeliveryAt"):
        fulfillment["estimatedDeliveryAt"] = stamp(given["estimatedDeliveryAt"])
