"""What `orderCreate` refuses, as user errors (recorded answers; Admin GraphQL 2026-10).

Nothing is created when any of them applies.
"""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from simulators.shopify.orders.addresses import check_address, email_is_valid
from simulators.shopify.orders.customers import check_customer
from simulators.shopify.orders.phones import BAD_PHONE, phone_is_valid
from simulators.shopify.orders.stock import check_stock
from simulators.shopify.orders.texts import (
    check_lengths,
    check_note,
    check_order_tags,
    too_long,
)
from simulators.shopify.session import Session
from simulators.shopify.store.records import Record, user_error

_FUTURE_IS_CLAMPED_SINCE = "2026-07"
_SHOP_CURRENCY = "USD"
_LINES = ("order", "lineItems")
_TITLES = (
    ("lineItems", (("title", "Line items Title"), ("variantTitle", "Line items Variant title"))),
    ("shippingLines", (("title", "Shipping lines Title"),)),
)


def check_order(session: Session, order: Record, options: Record) -> list[Record]:
    """All user errors of an order; empty when it may be created."""
    errors: list[Record] = []
    for check in (_check_customer_fields, _check_lines, _check_taxes, _check_money, _check_time):
        errors.extend(check(session, order))
    for check in (
        _check_texts,
        _check_contacts,
        check_customer,
        _check_discount,
        _check_metafields,
    ):
        errors.extend(check(session, order))
    if not errors and options.get("inventoryBehaviour") == "DECREMENT_OBEYING_POLICY":
        errors.extend(check_stock(session, order))
    return errors


def _invalid(field: tuple[str | int, ...], message: str) -> Record:
    return user_error(field, message, "INVALID")


def _check_customer_fields(_: Session, order: Record) -> Iterator[Record]:
    if order.get("customerId") and order.get("customer"):
        message = "Only one of customer or customerId can be provided"
        yield user_error(("order",), message, "REDUNDANT_CUSTOMER_FIELDS")


def _check_lines(session: Session, order: Record) -> Iterator[Record]:
    lines = order.get("lineItems") or []
    if not lines:
        yield _invalid(_LINES, "Line items must have at least one line item")
    if any(_is_nameless(session, line) for line in lines):
        yield _invalid(("order",), "Order Line items is invalid")
        yield _invalid(_LINES, "Line items Name can't be blank")
        yield _invalid(_LINES, "Line items Title can't be blank")
    for at, line in enumerate(lines):
        if line["quantity"] < 1:
            message = "Line items Quantity must be greater than 0"
            yield _invalid((*_LINES, at, "quantity"), message)


def _is_nameless(session: Session, line: Record) -> bool:
    variant = line.get("variantId")
    if variant and variant in session.store.catalogue.variants:
        return False
    refused = variant and session.store.behaviour.missing_variant == "refuse"
    return bool(refused) or not (line.get("title") or "").strip()


def _check_taxes(_: Session, order: Record) -> Iterator[Record]:
    if order.get("taxLines") and any(line.get("taxLines") for line in order["lineItems"] or ()):
        message = "Tax lines must be associated with either order or line item but not both"
        yield _invalid(("order", "taxLines"), message)


def _check_money(_: Session, order: Record) -> Iterator[Record]:
    currency = order.get("currency") or _SHOP_CURRENCY
    for path, bag in _bags(order):
        if bag["shopMoney"]["currencyCode"] != currency:
            what = "price set currency is different from the shop currency"
            yield _invalid(path, f"Line items currency must be provided when line items {what}")
        if bag["shopMoney"]["amount"] < Decimal(0):
            yield _invalid(path, "Price must be greater than or equal to 0")
        if bag.get("presentmentMoney") and not order.get("presentmentCurrency"):
            yield _invalid(path, "Presentment currency must be provided")


def _bags(order: Record) -> Iterator[tuple[tuple[str | int, ...], Record]]:
    for name, key in (("lineItems", "priceSet"), ("shippingLines", "priceSet")):
        for at, line in enumerate(order.get(name) or ()):
            if line.get(key):
                yield ("order", name, at, key), line[key]
    for at, transaction in enumerate(order.get("transactions") or ()):
        yield ("order", "transactions", at, "amountSet"), transaction["amountSet"]


def _check_time(session: Session, order: Record) -> Iterator[Record]:
    moment = order.get("processedAt")
    clamps = session.version == "unstable" or session.version >= _FUTURE_IS_CLAMPED_SINCE
    if moment is not None and not clamps and moment > session.now + timedelta(seconds=1):
        field = ("order", "processedAt")
        yield user_error(field, "Processed at must not be in the future", "PROCESSED_AT_INVALID")


def _check_contacts(_: Session, order: Record) -> Iterator[Record]:
    if order.get("phone") and not phone_is_valid(order["phone"]):
        yield _invalid(("order", "phone"), BAD_PHONE)
    if order.get("email") and not email_is_valid(order["email"]):
        yield _invalid(("order", "email"), "Email is invalid")
    for name in ("shippingAddress", "billingAddress"):
        yield from check_address(order.get(name), ("order", name), "INVALID")


def _check_discount(_: Session, order: Record) -> Iterator[Record]:
    given = order.get("discountCode") or {}
    if sum(value is not None for value in given.values()) > 1:
        yield _invalid(("order", "discountCode"), "Only one discount code can be applied")


def _check_metafields(session: Session, order: Record) -> Iterator[Record]:
    store = session.store
    for given in order.get("metafields") or ():
        if not given.get("key") or not given.get("value"):
            yield _invalid(("order", "metafields"), "Metafields Value can't be blank")
            continue
        place = session.place(given.get("namespace"), given["key"])
        unique = store.definitions.makes_unique(place)
        guarded = unique and store.behaviour.unique_metafield == "refuse"
        if guarded and store.custom_ids.owner(place, given["value"]) is not None:
            yield _invalid(("order", "metafields"), "Metafields Value has already been taken")


def _check_texts(_: Session, order: Record) -> Iterator[Record]:
    path = ("order",)
    yield from check_note(order, path, "INVALID")
    yield from check_order_tags(order, path, "INVALID")
    yield from check_lengths(order, (("email", "Email"),), path, "INVALID")
    for name, fields in _TITLES:
        for message in dict.fromkeys(
            said
            for line in order.get(name) or ()
            for field, called in fields
            for said in too_long(called, line.get(field))
        ):
            yield _invalid(("order", name), message)
