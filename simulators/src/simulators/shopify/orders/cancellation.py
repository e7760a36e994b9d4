"""orderCancel (a job) and orderDelete (Admin GraphQL 2026-10)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from simulators.shopify.engine.execution import Call
from simulators.shopify.fulfilment.fulfillment_orders import cancel_fulfillment_orders
from simulators.shopify.orders.changes import NO_ORDER
from simulators.shopify.orders.payment import currencies_of, settle
from simulators.shopify.orders.refunds import add_refund
from simulators.shopify.session import Session
from simulators.shopify.store.money import ZERO
from simulators.shopify.store.records import Record, user_error
from simulators.shopify.store.store import StoredOrder

_FIELD = ("orderId",)
_NOTE_LENGTH = 255
_LEFT = (
    "currentSubtotalPriceSet",
    "currentTotalPriceSet",
    "currentTotalTaxSet",
    "totalOutstandingSet",
)


def cancel_order(session: Session, call: Call) -> Record:
    """Cancels at once; the job says so from its first reading on."""
    given = call.arguments
    stored = session.order(given["orderId"])
    error = _refusal(stored, given)
    if stored is None or error is not None:
        return {"job": None, "orderCancelUserErrors": [error]}
    _cancel(session, stored.record, given)
    if given.get("notifyCustomer"):
        stored.mails.append("cancellation")
    stored.note(session.at, call.name, call.raw)
    session.changed(stored)
    session.outbox("ORDERS_CANCELLED", stored.record)
    job = session.store.ids.new("Job")
    session.store.jobs.add(job)
    return {"job": {"id": job, "done": False}, "orderCancelUserErrors": []}


def _cancel(session: Session, record: Record, given: Mapping[str, Any]) -> None:
    if (given.get("refundMethod") or {}).get("originalPaymentMethodsRefund"):
        _refund_all(session, record)
    record.update(
        cancelledAt=session.stamp,
        cancelReason=given["reason"],
        cancellation={"staffNote": given.get("staffNote")},
        closed=True,
        closedAt=session.stamp,
    )
    if given["restock"]:
        _restock(session, record)
    _empty_lines(record)
    _owe_nothing(record)
    cancel_fulfillment_orders(record)


def _refusal(stored: StoredOrder | None, given: Mapping[str, Any]) -> Record | None:
    if stored is None:
        return user_error(_FIELD, NO_ORDER, "NOT_FOUND")
    if len(given.get("staffNote") or "") > _NOTE_LENGTH:
        text = f"Staff note is too long. Maximum length is {_NOTE_LENGTH} characters."
        return user_error(("staffNote",), text, "INVALID")
    if stored.record["cancelledAt"]:
        text = "Cannot cancel an order that has already been canceled"
        return user_error(_FIELD, text, "INVALID")
    if any(fulfillment["status"] == "SUCCESS" for fulfillment in stored.record["fulfillments"]):
        text = "Cannot cancel an order that has outstanding fulfillments"
        return user_error(_FIELD, text, "INVALID")
    return None


def _refund_all(session: Session, record: Record) -> None:
    money = currencies_of(record)
    left = money.read_written(record["netPaymentSet"])
    if left.shop > Decimal(0):
        add_refund(session, record, left, note=None, lines=[])
        settle(record)


def _restock(session: Session, record: Record) -> None:
    for line in record["lineItems"]["nodes"]:
        if line["variant"] is not None:
            session.store.catalogue.move(line["variant"]["id"], line["currentQuantity"])


def _empty_lines(record: Record) -> None:
    for line in record["lineItems"]["nodes"]:
        line.update(currentQuantity=0, refundableQuantity=0, unfulfilledQuantity=0)
    record["currentSubtotalLineItemsQuantity"] = 0


def _owe_nothing(record: Record) -> None:
    nothing = currencies_of(record).write(ZERO)
    for name in _LEFT:
        record[name] = nothing


def read_job(session: Session, call: Call) -> Record | None:
    """job(id): done, for every job there is."""
    gid = call.arguments["id"]
    return {"id": gid, "done": True} if gid in session.store.jobs else None


def delete_order(session: Session, call: Call) -> Record:
    """orderDelete: irreversible; the order's unique metafield values are free again."""
    gid = call.arguments["orderId"]
    stored = session.order(gid)
    if stored is None:
        error = user_error(_FIELD, NO_ORDER, "NOT_FOUND")
        return {"deletedId": None, "userErrors": [error]}
    remove_order(session, stored)
    return {"deletedId": gid, "userErrors": []}


def remove_order(session: Session, stored: StoredOrder) -> None:
    """Takes an order out of the store, as orderDelete or a person in the admin does."""
    store = session.store
    del store.orders[stored.gid]
    made = (*stored.record["fulfillments"], *stored.record["fulfillmentOrders"]["nodes"])
    for gone in (stored.record, *made):
        store.things.pop(gone["id"], None)
    store.deleted.append(stored.gid)
    store.index.forget(stored.gid)
    store.touched[stored.gid] = None
    for node in stored.record["metafields"]["nodes"]:
        store.custom_ids.remove(
            session.place(node["namespace"], node["key"]), node["value"], stored.gid
        )
    session.outbox("ORDERS_DELETE", stored.record)
