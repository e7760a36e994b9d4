"""fulfillmentCreate, fulfillmentTrackingInfoUpdate, fulfillmentCancel (Admin GraphQL 2026-10).

A second call for the same quantity is refused, because the fulfillment order has nothing left; a
part of it can be fulfilled twice.
"""

import bisect

from simulators.shopify.engine.execution import Call
from simulators.shopify.fulfilment.carriers import is_known, tracking_link
from simulators.shopify.fulfilment.fulfillment_orders import (
    location_of,
    reopen,
    update_order_status,
    update_status,
)
from simulators.shopify.fulfilment.requested import Requested, read_requested
from simulators.shopify.session import Session
from simulators.shopify.store.records import Record, connection, user_error
from simulators.shopify.store.store import StoredOrder


def create_fulfillment(session: Session, call: Call) -> Record:
    """The mutation."""
    given = call.arguments["fulfillment"]
    requested, errors = read_requested(session, given["lineItemsByFulfillmentOrder"])
    if errors:
        return {"fulfillment": None, "userErrors": errors}
    stored = session.store.orders[requested[0].fulfillment_order["orderId"]]
    location = requested[0].fulfillment_order["assignedLocation"]["location"]
    tracking = tracking_info(given.get("trackingInfo") or {})
    made = _fulfilled(session, stored, requested, tracking, location)
    if given.get("notifyCustomer"):
        stored.mails.append("shipping confirmation")
    stored.note(session.at, call.name, call.raw)
    session.changed(stored)
    return {"fulfillment": made, "userErrors": []}


def fulfil_on_creation(session: Session, stored: StoredOrder, given: Record) -> None:
    """One fulfillment for all lines (Admin GraphQL 2026-10: OrderCreateFulfillmentInput)."""
    requested = [
        Requested(node, line, line["remainingQuantity"])
        for node in stored.record["fulfillmentOrders"]["nodes"]
        for line in node["lineItems"]["nodes"]
    ]
    numbers = given.get("trackingNumbers") or [given.get("trackingNumber")]
    company = given.get("trackingCompany")
    tracking = [_tracking(company, number, None) for number in numbers if number]
    location = location_of(session.store, None)
    made = _fulfilled(session, stored, requested, tracking, location)
    made["displayStatus"] = given.get("shipmentStatus") or "FULFILLED"
    stored.record["displayFulfillmentStatus"] = "FULFILLED"


def _fulfilled(
    session: Session,
    stored: StoredOrder,
    requested: list[Requested],
    tracking: list[Record],
    location: Record,
) -> Record:
    store, record = session.store, stored.record
    made = {
        "id": store.ids.new("Fulfillment"),
        "name": f"{record['name']}-F{len(record['fulfillments']) + 1}",
        "trackingInfo": tracking,
        "location": location,
        "totalQuantity": sum(part.quantity for part in requested),
        "fulfillmentLineItems": connection(_taken(session, part) for part in requested),
        **_just_made(session),
    }
    record["fulfillments"].append(made)
    store.things[made["id"]] = made
    store.owners[made["id"]] = stored.gid
    _expect_reports(session, made)
    update_order_status(record)
    return made


def _expect_reports(session: Session, made: Record) -> None:
    if any(is_known(info["company"]) for info in made["trackingInfo"]):
        store = session.store
        for status, after_s in store.behaviour.carrier_events:
            bisect.insort(store.reports, (session.at + after_s, made["id"], status))


def _taken(session: Session, part: Requested) -> Record:
    part.line["remainingQuantity"] -= part.quantity
    update_status(part.fulfillment_order)
    gid = session.store.ids.new("FulfillmentLineItem")
    return {"id": gid, "lineItem": part.line["lineItem"], "quantity": part.quantity}


def _just_made(session: Session) -> Record:
    return {
        "status": "SUCCESS",
        "displayStatus": "FULFILLED",
        "createdAt": session.stamp,
        "updatedAt": session.stamp,
        "inTransitAt": None,
        "deliveredAt": None,
        "estimatedDeliveryAt": None,
        "events": connection(()),
    }


def tracking_info(given: Record) -> list[Record]:
    """The tracking entries of a FulfillmentTrackingInput."""
    numbers = given.get("numbers") or [given.get("number")]
    urls = given.get("urls") or [given.get("url")]
    company = given.get("company")
    if not company and numbers == [None] and urls == [None]:
        return []
    links = [*urls, *[None] * (len(numbers) - len(urls))]
    return [_tracking(company, number, links[at]) for at, number in enumerate(numbers)]


def _tracking(company: str | None, number: str | None, url: str | None) -> Record:
    return {"company": company, "number": number, "url": url or tracking_link(company, number)}


def update_tracking(session: Session, call: Call) -> Record:
    """fulfillmentTrackingInfoUpdate."""
    found = session.thing(call.arguments["fulfillmentId"], "Fulfillment")
    if found is None:
        error = user_error(("fulfillmentId",), "Fulfillment does not exist.")
        return {"fulfillment": None, "userErrors": [error]}
    found["trackingInfo"] = tracking_info(call.arguments["trackingInfoInput"])
    stored = _note(session, found, call)
    if call.arguments.get("notifyCustomer"):
        stored.mails.append("shipping update")
    return {"fulfillment": found, "userErrors": []}


def cancel_fulfillment(session: Session, call: Call) -> Record:
    """fulfillmentCancel; repeating it changes nothing.

    Its lines can be fulfilled again: a fulfillment order with something left has them back, one
    that was closed stays closed, with its quantities back, and another is opened for them.
    """
    found = session.thing(call.arguments["id"], "Fulfillment")
    if found is None:
        error = user_error(("id",), "Fulfillment not found.")
        return {"fulfillment": None, "userErrors": [error]}
    if found["status"] != "CANCELLED":
        found.update(status="CANCELLED", displayStatus="CANCELED")
        record = session.store.orders[session.store.owners[found["id"]]].record
        _give_back(session, record, found["fulfillmentLineItems"]["nodes"])
        update_order_status(record)
    _note(session, found, call)
    return {"fulfillment": found, "userErrors": []}


def _give_back(session: Session, order: Record, cancelled: list[Record]) -> None:
    units = {line["lineItem"]["id"]: line["quantity"] for line in cancelled}
    for node in list(order["fulfillmentOrders"]["nodes"]):
        was_closed, back = node["status"] == "CLOSED", []
        for line in node["lineItems"]["nodes"]:
            taken = line["totalQuantity"] - line["remainingQuantity"]
            quantity = min(units.get(line["lineItem"]["id"], 0), taken)
            if quantity:
                units[line["lineItem"]["id"]] -= quantity
                line["remainingQuantity"] += quantity
                back.append((line["lineItem"], quantity))
        if back and was_closed:
            reopen(session, order, node, back)
        elif back:
            update_status(node)


def _note(session: Session, fulfillment: Record, call: Call) -> StoredOrder:
    fulfillment["updatedAt"] = session.stamp
    stored = session.store.orders[session.store.owners[fulfillment["id"]]]
    stored.note(session.at, call.name, call.raw)
    session.changed(stored)
    return stored
