"""orderCreate (Admin GraphQL 2026-10): not idempotent, every accepted call makes an order."""

from simulators.shopify.engine.execution import Call
from simulators.shopify.fulfilment.fulfillment_orders import (
    open_fulfillment_orders,
    update_order_status,
)
from simulators.shopify.fulfilment.fulfillments import fulfil_on_creation
from simulators.shopify.orders.addresses import has_last_name, stored_address
from simulators.shopify.orders.checks import check_order
from simulators.shopify.orders.customers import overwrite_default_address, take_customer
from simulators.shopify.orders.lines import (
    merged_tax_lines,
    stored_line,
    stored_shipping_line,
    tax_lines,
)
from simulators.shopify.orders.payment import gateways, settle, stored_transaction
from simulators.shopify.orders.pricing import discount_codes, price_order
from simulators.shopify.orders.stock import claim_stock
from simulators.shopify.orders.texts import split_tags
from simulators.shopify.session import Session
from simulators.shopify.store.metafields import metafield
from simulators.shopify.store.money import Currencies
from simulators.shopify.store.records import (
    Record,
    connection,
    number_of,
    stamp,
    stamp_or_none,
    user_error,
)
from simulators.shopify.store.store import StoredOrder

TOO_MANY = "Too many attempts. Please try again later."
_NAME_LENGTH = 255
_SHOP_CURRENCY = "USD"


def create_order(session: Session, call: Call) -> Record:
    """The mutation."""
    limit = session.store.behaviour.plan.creates_per_minute
    if session.store.creates.reached(limit, session.at):
        return {"order": None, "userErrors": [user_error(None, TOO_MANY)]}
    order, options = call.arguments["order"], call.arguments.get("options") or {}
    errors = check_order(session, order, options)
    if errors:
        return {"order": None, "userErrors": errors}
    received = {"order": call.raw.get("order"), "options": call.raw.get("options")}
    stored = place_order(session, order, options, received)
    session.store.creates.note(session.at)
    return {"order": stored.record, "userErrors": []}


def place_order(session: Session, order: Record, options: Record, received: Record) -> StoredOrder:
    """Makes the order and everything that comes with it."""
    stored = StoredOrder(_identity(session, order), received)
    record = stored.record
    _fill_money(session, record, order)
    _fill_addresses(session, stored, order)
    record["fulfillmentOrders"] = open_fulfillment_orders(session, record)
    _fill_metafields(session, stored, order)
    customer = take_customer(session, order)
    record["customer"] = customer
    if customer is not None:
        address = record["shippingAddress"] or record["billingAddress"]
        overwrite_default_address(customer, address)
    _register(session, stored)
    _fulfil(session, stored, order)
    claim_stock(session, record, options)
    _note_mails(stored, order, options)
    stored.note(session.at, "orderCreate", received)
    session.noted(stored)
    return stored


def _identity(session: Session, order: Record) -> Record:
    store = session.store
    gid = store.ids.new("Order")
    store.number += 1
    return {
        "id": gid,
        "legacyResourceId": number_of(gid),
        "name": (order.get("name") or f"#{store.number}")[:_NAME_LENGTH],
        "number": store.number,
        "confirmationNumber": f"S{number_of(gid)[-8:]}",
        "confirmed": True,
        "app": {"id": f"gid://shopify/App/{store.app_id}", "name": session.app_title},
        "sourceName": _source_name(session, order.get("sourceName")),
        **_times(session, order),
        **_as_sent(order),
        "fulfillments": [],
        "refunds": [],
        "displayFulfillmentStatus": "UNFULFILLED",
        "fulfillable": False,
    }


def _times(session: Session, order: Record) -> Record:
    closed = order.get("closedAt")
    return {
        "createdAt": session.stamp,
        "updatedAt": session.stamp,
        "processedAt": stamp(min(order.get("processedAt") or session.now, session.now)),
        "closed": closed is not None,
        "closedAt": stamp_or_none(closed),
        "cancelledAt": None,
        "cancelReason": None,
        "cancellation": None,
    }


def _as_sent(order: Record) -> Record:
    return {
        "sourceIdentifier": order.get("sourceIdentifier"),
        "poNumber": order.get("poNumber"),
        "email": order.get("email") or _upsert_email(order),
        "phone": order.get("phone"),
        "note": order.get("note"),
        "tags": split_tags(order.get("tags") or ()),
        "test": order["test"],
        "customAttributes": order.get("customAttributes") or [],
        "taxesIncluded": order["taxesIncluded"],
        "discountCodes": discount_codes(order),
    }


def _source_name(session: Session, given: str | None) -> str:
    known = given in session.store.attributions or given in ("web", "pos", "shopify_draft_order")
    return given if given is not None and known else session.store.app_id


def _upsert_email(order: Record) -> str | None:
    upsert = (order.get("customer") or {}).get("toUpsert") or {}
    email: str | None = upsert.get("email")
    return email


def _fill_money(session: Session, record: Record, order: Record) -> None:
    shop = order.get("currency") or _SHOP_CURRENCY
    money = Currencies(shop, order.get("presentmentCurrency") or shop)
    store = session.store
    lines = [stored_line(store, item, money) for item in order["lineItems"]]
    given = order.get("shippingLines") or ()
    shipping = [stored_shipping_line(store, line, money) for line in given]
    own_taxes, own_tax = tax_lines(order.get("taxLines"), money)
    pricing = price_order(order, lines, shipping, own_tax, money)
    _fill_lines(record, [line.record for line in lines], [line.record for line in shipping])
    record.update(
        currencyCode=money.shop,
        presentmentCurrencyCode=money.presentment,
        taxLines=own_taxes or merged_tax_lines([*lines, *shipping], money),
        transactions=[
            stored_transaction(store.ids, transaction, money, session.now)
            for transaction in order.get("transactions") or ()
        ],
        **pricing.records(money),
    )
    record["paymentGatewayNames"] = gateways(record)
    settle(record, order.get("financialStatus"))


def _fill_lines(record: Record, lines: list[Record], shipping: list[Record]) -> None:
    quantity = sum(line["quantity"] for line in lines)
    record.update(
        lineItems=connection(lines),
        shippingLines=connection(shipping),
        requiresShipping=any(line["requiresShipping"] for line in lines),
        subtotalLineItemsQuantity=quantity,
        currentSubtotalLineItemsQuantity=quantity,
    )


def _fill_addresses(session: Session, stored: StoredOrder, order: Record) -> None:
    for name in ("shippingAddress", "billingAddress"):
        given = order.get(name)
        stored.record[name] = None
        if given is not None and has_last_name(given):
            stored.record[name] = stored_address(session.store.ids, given)
        elif given is not None:
            stored.flags.append(f"{name} dropped: no last name")


def _fill_metafields(session: Session, stored: StoredOrder, order: Record) -> None:
    store = session.store
    fields = []
    for given in order.get("metafields") or ():
        place = session.place(given.get("namespace"), given["key"])
        if store.definitions.makes_unique(place) and store.custom_ids.owner(place, given["value"]):
            stored.flags.append(f"metafield {given['key']} dropped: value taken")
            continue
        store.custom_ids.add(place, given["value"], stored.gid, session.at)
        fields.append(metafield(store.ids, place, given, session.stamp))
    stored.record["metafields"] = connection(fields)


def _register(session: Session, stored: StoredOrder) -> None:
    store = session.store
    store.orders[stored.gid] = stored
    store.things[stored.gid] = stored.record


def _fulfil(session: Session, stored: StoredOrder, order: Record) -> None:
    given = order.get("fulfillment")
    if given is not None or order.get("fulfillmentStatus") == "FULFILLED":
        fulfil_on_creation(session, stored, given or {})
    elif order.get("fulfillmentStatus") == "PARTIAL":
        stored.record["displayFulfillmentStatus"] = "PARTIALLY_FULFILLED"
    else:
        update_order_status(stored.record)


def _note_mails(stored: StoredOrder, order: Record, options: Record) -> None:
    if options.get("sendReceipt"):
        stored.mails.append("receipt")
    if options.get("sendFulfillmentReceipt") or (order.get("fulfillment") or {}).get(
        "notifyCustomer"
    ):
        stored.mails.append("fulfillment receipt")
