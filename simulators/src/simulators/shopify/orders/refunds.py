"""refundCreate (needs `@idempotent`) and orderMarkAsPaid (Admin GraphQL 2026-10)."""

from collections.abc import Iterator
from decimal import Decimal

from simulators.shopify.engine.errors import Refused
from simulators.shopify.engine.execution import Call
from simulators.shopify.orders.changes import NO_ORDER
from simulators.shopify.orders.payment import currencies_of, gateways, settle
from simulators.shopify.session import Session
from simulators.shopify.store.money import Bag
from simulators.shopify.store.records import Record, connection, user_error

_REQUIRED_SINCE = "2026-04"
_MISSING = "The @idempotent directive is required for this mutation but was not provided."
_OTHER = "The idempotency key was used before with other parameters."


def create_refund(session: Session, call: Call) -> Record:
    """The mutation; a key that was used before returns the refund it made then."""
    key = call.idempotency_key
    if not key and session.version >= _REQUIRED_SINCE:
        raise Refused(_MISSING, "BAD_REQUEST")
    earlier = session.store.refunds_by_key.get(key or "")
    if earlier is not None:
        if earlier[0] != call.raw:
            raise Refused(_OTHER, "IDEMPOTENCY_KEY_PARAMETER_MISMATCH")
        return earlier[1]
    result = _refunded(session, call)
    if key and not result["userErrors"]:
        session.store.refunds_by_key[key] = (dict(call.raw), result)
    return result


def _refunded(session: Session, call: Call) -> Record:
    given = call.arguments["input"]
    stored = session.order(given["orderId"])
    if stored is None:
        return {"refund": None, "userErrors": [user_error(("orderId",), NO_ORDER)]}
    record = stored.record
    errors = list(_check(record, given))
    if errors:
        return {"refund": None, "userErrors": errors}
    lines = [_refund_line(session, record, item) for item in given.get("refundLineItems") or ()]
    amount = sum((paid["amount"] for paid in given.get("transactions") or ()), Decimal(0))
    made = add_refund(session, record, Bag(amount, amount), note=given.get("note"), lines=lines)
    settle(record)
    if given.get("notify"):
        stored.mails.append("refund")
    stored.note(session.at, call.name, call.raw)
    session.changed(stored)
    return {"refund": made, "userErrors": []}


def _check(record: Record, given: Record) -> Iterator[Record]:
    lines = {line["id"]: line for line in record["lineItems"]["nodes"]}
    for at, refunded in enumerate(given.get("refundLineItems") or ()):
        line = lines.get(refunded["lineItemId"])
        if line is None or refunded["quantity"] > line["refundableQuantity"]:
            text = "Quantity cannot refund more items than were purchased"
            yield user_error(("refundLineItems", at, "quantity"), text)
    parents = {transaction["id"] for transaction in record["transactions"]}
    transactions = given.get("transactions") or ()
    for at, transaction in enumerate(transactions):
        if transaction.get("parentId") not in parents:
            text = "Transactions require a parent_id associated with the order"
            yield user_error(("transactions", at, "parentId"), text)
    amount = sum((paid["amount"] for paid in transactions), Decimal(0))
    left = currencies_of(record).read_written(record["netPaymentSet"]).shop
    if amount > left:
        text = f"Refund amount ${amount:.2f} is greater than net payment received ${left:.2f}"
        yield user_error(("transactions",), text)


def _refund_line(session: Session, record: Record, given: Record) -> Record:
    line = next(node for node in record["lineItems"]["nodes"] if node["id"] == given["lineItemId"])
    quantity = given["quantity"]
    line["refundableQuantity"] -= quantity
    line["currentQuantity"] -= quantity
    restock = given.get("restockType") or "NO_RESTOCK"
    if restock != "NO_RESTOCK" and line["variant"] is not None:
        session.store.catalogue.move(line["variant"]["id"], quantity)
    return {
        "id": session.store.ids.new("RefundLineItem"),
        "lineItem": line,
        "quantity": quantity,
        "restockType": restock,
    }


def add_refund(
    session: Session, record: Record, amount: Bag, *, note: str | None, lines: list[Record]
) -> Record:
    """Adds a refund and its transaction to an order."""
    money = currencies_of(record)
    made = {
        "id": session.store.ids.new("Refund"),
        "createdAt": session.stamp,
        "note": note,
        "refundLineItems": connection(lines),
        "totalRefundedSet": money.write(amount),
    }
    record["refunds"].append(made)
    if amount.shop:
        record["transactions"].append(_transaction(session, record, "REFUND", amount))
    return made


def _transaction(session: Session, record: Record, kind: str, amount: Bag) -> Record:
    sales = [paid for paid in record["transactions"] if paid["kind"] in ("SALE", "CAPTURE")]
    parent = sales[0] if kind == "REFUND" and sales else None
    return {
        "id": session.store.ids.new("OrderTransaction"),
        "kind": kind,
        "status": "SUCCESS",
        "gateway": parent["gateway"] if parent else "manual",
        "authorizationCode": None,
        "processedAt": session.stamp,
        "createdAt": session.stamp,
        "test": record["test"],
        "parentTransaction": parent,
        "amountSet": currencies_of(record).write(amount),
    }


def mark_as_paid(session: Session, call: Call) -> Record:
    """orderMarkAsPaid: a sale of what is outstanding, by the gateway `manual`."""
    stored = session.order(call.arguments["input"]["id"])
    if stored is None:
        return {"order": None, "userErrors": [user_error(("id",), NO_ORDER)]}
    record = stored.record
    left = currencies_of(record).read_written(record["totalOutstandingSet"])
    if record["cancelledAt"] or record["fullyPaid"] or left.shop == 0:
        error = user_error(("id",), "Order cannot be marked as paid.")
        return {"order": None, "userErrors": [error]}
    record["transactions"].append(_transaction(session, record, "SALE", left))
    record["paymentGatewayNames"] = gateways(record)
    settle(record)
    stored.note(session.at, call.name, call.raw)
    session.changed(stored)
    return {"order": record, "userErrors": []}
