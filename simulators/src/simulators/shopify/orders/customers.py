"""Customers that orders bring along (Admin GraphQL 2026-10: OrderCreateCustomerInput).

`toUpsert` finds a customer by id, else by e-mail, and changes it; an order's e-mail alone creates
one. The order's shipping address (else its billing address) becomes the customer's default address.
A phone number belongs to one customer only.
"""

from collections.abc import Iterator

from simulators.shopify.orders.addresses import email_is_valid
from simulators.shopify.orders.phones import BAD_PHONE, phone_is_valid, read_phone
from simulators.shopify.orders.texts import LINE, check_lengths, check_note, split_tags, too_long
from simulators.shopify.session import Session
from simulators.shopify.store.records import Record, connection, user_error

_UPSERT = ("order", "customer", "toUpsert")
_NAMED = (("firstName", "First name"), ("lastName", "Last name"), ("email", "Email"))
_MOST_TAGS = 250
_ASSOCIATE = ("order", "customer", "toAssociate")


def check_customer(session: Session, order: Record) -> Iterator[Record]:
    """The user errors of an order's customer."""
    given = order.get("customer") or {}
    upsert, associate = given.get("toUpsert"), given.get("toAssociate")
    if associate is not None and _found(session, associate) is None:
        yield user_error(_ASSOCIATE, "Customer does not exist", "INVALID")
    if upsert is not None:
        yield from _check_upsert(session, upsert)
    if order.get("customerId") and order["customerId"] not in session.store.customers:
        yield user_error(("order", "customerId"), "Customer does not exist", "INVALID")


def _check_upsert(session: Session, upsert: Record) -> Iterator[Record]:
    yield from check_lengths(upsert, _NAMED, _UPSERT, "INVALID")
    yield from check_note(upsert, _UPSERT, "INVALID")
    yield from _check_tags(upsert)
    yield from _check_contact(session, upsert)


def _check_tags(upsert: Record) -> Iterator[Record]:
    tags = split_tags(upsert.get("tags") or ())
    if any(len(tag) > LINE for tag in tags):
        yield user_error((*_UPSERT, "tags"), next(too_long("Tags", max(tags, key=len))), "INVALID")
    if len(tags) > _MOST_TAGS:
        yield user_error((*_UPSERT, "tags"), f"Tags cannot be more than {_MOST_TAGS}", "INVALID")


def _check_contact(session: Session, upsert: Record) -> Iterator[Record]:
    phone, email = upsert.get("phone"), upsert.get("email")
    known = _found(session, upsert)
    if upsert.get("id") and known is None:
        yield user_error((*_UPSERT, "id"), "Customer does not exist", "INVALID")
    if email and not email_is_valid(email):
        yield user_error((*_UPSERT, "email"), "Email is invalid", "INVALID")
    if email and known is not None and _taken(session, "email", email, known):
        yield user_error((*_UPSERT, "email"), "Email has already been taken", "INVALID")
    if phone and not phone_is_valid(phone):
        yield user_error((*_UPSERT, "phone"), BAD_PHONE, "INVALID")
    elif phone and _taken(session, "phone", read_phone(phone) or phone, known):
        yield user_error((*_UPSERT, "phone"), "Phone has already been taken", "INVALID")


def _contact(customer: Record, kind: str) -> str | None:
    if kind == "email":
        return (customer["defaultEmailAddress"] or {}).get("emailAddress")
    return (customer["defaultPhoneNumber"] or {}).get("phoneNumber")


def _taken(session: Session, kind: str, value: str, by_other_than: Record | None) -> bool:
    owner = session.store.contacts.get((kind, value.lower()))
    return owner is not None and (by_other_than is None or owner != by_other_than["id"])


def _found(session: Session, given: Record) -> Record | None:
    gid = given.get("id")
    if gid is None and given.get("email"):
        gid = session.store.contacts.get(("email", given["email"].lower()))
    return session.store.customers.get(gid) if gid else None


def take_customer(session: Session, order: Record) -> Record | None:
    """The order's customer after the order: created, changed or found; None without any."""
    given = order.get("customer") or {}
    customer: Record | None
    if order.get("customerId"):
        customer = session.store.customers[order["customerId"]]
    elif given.get("toAssociate"):
        customer = _found(session, given["toAssociate"])
    elif given.get("toUpsert"):
        customer = _upserted(session, {"email": order.get("email"), **_sent(given["toUpsert"])})
    elif order.get("email"):
        customer = _upserted(session, {"email": order["email"]})
    else:
        return None
    return None if customer is None else _with_order(session, customer, order)


def _sent(given: Record) -> Record:
    return {name: value for name, value in given.items() if value is not None}


def _upserted(session: Session, given: Record) -> Record:
    customer = _found(session, given) or _new(session)
    for name in ("firstName", "lastName", "note"):
        if given.get(name) is not None:
            customer[name] = given[name]
    if given.get("tags"):
        customer["tags"] = split_tags([*customer["tags"], *given["tags"]])
    if given.get("email"):
        customer["defaultEmailAddress"] = {"emailAddress": given["email"]}
        session.store.contacts["email", given["email"].lower()] = customer["id"]
    if given.get("phone"):
        phone = read_phone(given["phone"])
        customer["defaultPhoneNumber"] = {"phoneNumber": phone}
        session.store.contacts["phone", str(phone)] = customer["id"]
    return customer


def _new(session: Session) -> Record:
    customer: Record = {
        "id": session.store.ids.new("Customer"),
        "firstName": None,
        "lastName": None,
        "displayName": "",
        "note": None,
        "tags": [],
        "numberOfOrders": "0",
        "createdAt": session.stamp,
        "updatedAt": session.stamp,
        "defaultAddress": None,
        "addressesV2": connection(()),
        "defaultEmailAddress": None,
        "defaultPhoneNumber": None,
    }
    session.store.customers[customer["id"]] = customer
    session.store.things[customer["id"]] = customer
    return customer


def _with_order(session: Session, customer: Record, order: Record) -> Record:
    is_first = customer["numberOfOrders"] == "0"
    customer["numberOfOrders"] = str(int(customer["numberOfOrders"]) + 1)
    customer["updatedAt"] = session.stamp
    billing = order.get("billingAddress") or order.get("shippingAddress") or {}
    if is_first and not customer["lastName"]:
        customer["firstName"] = customer["firstName"] or billing.get("firstName")
        customer["lastName"] = billing.get("lastName")
    names = (customer["firstName"], customer["lastName"])
    shown = " ".join(name for name in names if name)
    customer["displayName"] = shown or _contact(customer, "email") or ""
    return customer


def overwrite_default_address(customer: Record, address: Record | None) -> None:
    """An order's address becomes the customer's default one, whatever stood there."""
    if address is None:
        return
    customer["defaultAddress"] = address
    others = [node for node in customer["addressesV2"]["nodes"] if node["id"] != address["id"]]
    customer["addressesV2"] = connection([address, *others[:9]])
