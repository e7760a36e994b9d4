"""What a fulfillmentCreate asks for, checked against what is left (recorded errors)."""

from collections.abc import Iterator
from typing import NamedTuple

from simulators.shopify.fulfilment.fulfillment_orders import FULFILLABLE
from simulators.shopify.session import Session
from simulators.shopify.store.records import Record, number_of, user_error

_FIELD = ("fulfillment",)
_BY_ORDER = ("fulfillment", "lineItemsByFulfillmentOrder")


class Requested(NamedTuple):
    """So many of one line of a fulfillment order."""

    fulfillment_order: Record
    line: Record
    quantity: int


def read_requested(session: Session, given: list[Record]) -> tuple[list[Requested], list[Record]]:
    """All that is asked for, or the user errors why it cannot be."""
    errors = list(_check_quantities(given))
    if errors:
        return [], errors
    orders = [session.thing(group["fulfillmentOrderId"], "FulfillmentOrder") for group in given]
    known = [order for order in orders if order is not None]
    if not known or len(known) < len(orders):
        return [], [user_error(_FIELD, "Fulfillment order does not exist.")]
    errors = list(_check_together(known))
    if errors:
        return [], errors
    requested: list[Requested] = []
    for order, group in zip(known, given, strict=True):
        part, message = _lines(order, group.get("fulfillmentOrderLineItems"))
        if message:
            return [], [user_error(_FIELD, message)]
        requested.extend(part)
    return requested, []


def _check_quantities(given: list[Record]) -> Iterator[Record]:
    for at, group in enumerate(given):
        for line_at, line in enumerate(group.get("fulfillmentOrderLineItems") or ()):
            if line["quantity"] < 1:
                path = (*_BY_ORDER, at, "fulfillmentOrderLineItems", line_at, "quantity")
                yield user_error(path, "Quantity must be greater than 0")


def _check_together(orders: list[Record]) -> Iterator[Record]:
    owners = list(dict.fromkeys(number_of(order["orderId"]) for order in orders))
    places = list(
        dict.fromkeys(number_of(order["assignedLocation"]["location"]["id"]) for order in orders)
    )
    if len(owners) > 1:
        rule = "All fulfillment orders must belong to the same order."
        found = f"Multiple orders with ids [{', '.join(owners)}] were found."
        yield user_error(_FIELD, f"{rule} {found}")
    elif len(places) > 1:
        rule = "All fulfillment orders must be assigned to a single location."
        found = f"Multiple locations with ids [{', '.join(places)}] were found."
        yield user_error(_FIELD, f"{rule} {found}")
    for order in orders:
        if order["status"] not in FULFILLABLE:
            number, status = number_of(order["id"]), order["status"].lower()
            text = f"Fulfillment order {number} has an unfulfillable status= {status}."
            yield user_error(_FIELD, text)


def _lines(
    fulfillment_order: Record, asked: list[Record] | None
) -> tuple[list[Requested], str | None]:
    lines = {line["id"]: line for line in fulfillment_order["lineItems"]["nodes"]}
    if not asked:
        whole = [line for line in lines.values() if line["remainingQuantity"]]
        return [
            Requested(fulfillment_order, line, line["remainingQuantity"]) for line in whole
        ], None
    requested = []
    for part in asked:
        line = lines.get(part["id"])
        if line is None:
            return [], "Fulfillment order line item does not exist."
        if part["quantity"] > line["remainingQuantity"]:
            return [], "Invalid fulfillment order line item quantity requested."
        requested.append(Requested(fulfillment_order, line, part["quantity"]))
    return requested, None
