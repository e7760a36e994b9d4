"""A person edits the lines of an order (recorded for 2026-04: orderEditBegin … orderEditCommit).

A line keeps its `quantity`; its `currentQuantity` and what its fulfillment order has left fall, and
so do the order's `current…` sums, tax in proportion. What is added is a line of its own with a
fulfillment order of its own, and raises the totals too.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulators.control import BadRequest
from simulators.shopify.fulfilment.fulfillment_orders import (
    location_of,
    open_one,
    update_order_status,
    update_status,
)
from simulators.shopify.orders.lines import stored_line
from simulators.shopify.orders.payment import currencies_of, settle
from simulators.shopify.session import Session
from simulators.shopify.store.money import Bag, total
from simulators.shopify.store.records import Record
from simulators.shopify.store.store import StoredOrder

_ALL = ("subtotalPriceSet", "currentSubtotalPriceSet", "totalPriceSet", "currentTotalPriceSet")
_ITEM: Mapping[str, Any] = {"requiresShipping": True, "taxable": True, "giftCard": False}


def edit_order(session: Session, stored: StoredOrder, raw: Mapping[str, Any]) -> None:
    """`{lines: [{line, quantity}], add: [{variant, quantity}], restock}`.

    `line` is a line's gid or its SKU, `quantity` what of it is left. Raises BadRequest, changing
    nothing.
    """
    record = stored.record
    if record["cancelledAt"]:
        raise BadRequest("id: the order cannot be edited, it is cancelled")
    fewer = [_fewer(record, given, at) for at, given in enumerate(raw.get("lines") or ())]
    more = [_more(session, given, at) for at, given in enumerate(raw.get("add") or ())]
    if not fewer and not more:
        raise BadRequest("lines, add: there must be at least one change to be made")
    for line, quantity in fewer:
        _take_out(session, record, line, quantity, restock=raw.get("restock") is True)
    for variant, quantity in more:
        _put_in(session, record, variant, quantity)
    settle(record)
    update_order_status(record)
    stored.note(session.at, "orderEditCommit", raw)
    session.changed(stored)
    session.outbox("ORDERS_EDITED", record)


def _fewer(record: Record, given: Mapping[str, Any], at: int) -> tuple[Record, int]:
    lines = record["lineItems"]["nodes"]
    found = [line for line in lines if given.get("line") in (line["id"], line["sku"])]
    if len(found) != 1:
        raise BadRequest(f"lines[{at}].line: names {len(found)} lines; give one's gid or SKU")
    line, quantity = found[0], given.get("quantity")
    shipped = line["currentQuantity"] - _left(record, line)
    if not isinstance(quantity, int) or not shipped <= quantity < line["currentQuantity"]:
        most = line["currentQuantity"]
        raise BadRequest(f"lines[{at}].quantity: {shipped} or more, and less than {most}")
    return line, line["currentQuantity"] - quantity


def _more(session: Session, given: Mapping[str, Any], at: int) -> tuple[str, int]:
    variant, quantity = given.get("variant"), given.get("quantity")
    if variant not in session.store.catalogue.variants:
        raise BadRequest(f"add[{at}].variant: the variant does not exist in the shop")
    if not isinstance(quantity, int) or quantity < 1:
        raise BadRequest(f"add[{at}].quantity: must be greater than 0")
    return str(variant), quantity


def _places(record: Record, line: Record) -> list[tuple[Record, Record]]:
    return [
        (node, part)
        for node in record["fulfillmentOrders"]["nodes"]
        for part in node["lineItems"]["nodes"]
        if part["lineItem"]["id"] == line["id"] and node["status"] != "CLOSED"
    ]


def _left(record: Record, line: Record) -> int:
    if not line["requiresShipping"]:
        return int(line["currentQuantity"])
    return sum(part["remainingQuantity"] for _, part in _places(record, line))


def _take_out(
    session: Session, record: Record, line: Record, quantity: int, *, restock: bool
) -> None:
    _lower_sums(record, line, quantity)
    line["currentQuantity"] -= quantity
    line["refundableQuantity"] -= quantity
    record["currentSubtotalLineItemsQuantity"] -= quantity
    for node, part in _places(record, line):
        taken = min(quantity, part["remainingQuantity"])
        part["remainingQuantity"] -= taken
        part["totalQuantity"] -= taken
        quantity -= taken
        update_status(node)
        if restock and line["variant"] is not None:
            session.store.catalogue.move(line["variant"]["id"], taken)


def _lower_sums(record: Record, line: Record, quantity: int) -> None:
    money = currencies_of(record)
    goods = money.read_written(line["discountedUnitPriceSet"]).times(quantity)
    tax = _tax(record, line).times(Decimal(quantity) / line["quantity"]).to_cents()
    whole = goods if record["taxesIncluded"] else goods.plus(tax)
    _add(record, ("currentSubtotalPriceSet",), goods.times(-1))
    _add(record, ("currentTotalTaxSet",), tax.times(-1))
    _add(record, ("currentTotalPriceSet",), whole.times(-1))


def _tax(record: Record, line: Record) -> Bag:
    money = currencies_of(record)
    return total(money.read_written(tax["priceSet"]) for tax in line["taxLines"])


def _add(record: Record, sums: tuple[str, ...], amount: Bag) -> None:
    money = currencies_of(record)
    for name in sums:
        record[name] = money.write(money.read_written(record[name]).plus(amount))


def _put_in(session: Session, record: Record, variant: str, quantity: int) -> None:
    given = {**_ITEM, "variantId": variant, "quantity": quantity}
    priced = stored_line(session.store, given, currencies_of(record))
    record["lineItems"]["nodes"].append(priced.record)
    record["currentSubtotalLineItemsQuantity"] += quantity
    record["subtotalLineItemsQuantity"] += quantity
    _add(record, _ALL, priced.amount)
    location = location_of(session.store, priced.record["variant"]["location"])
    opened = open_one(session, record, location, [(priced.record, quantity)])
    record["fulfillmentOrders"]["nodes"].append(opened)
