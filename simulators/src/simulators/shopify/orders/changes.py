"""orderUpdate, tagsAdd, tagsRemove, orderClose, orderOpen (Admin GraphQL 2026-10)."""

from collections.abc import Iterator

from simulators.shopify.engine.execution import Call
from simulators.shopify.orders.addresses import check_address, has_last_name, stored_address
from simulators.shopify.orders.creation import TOO_MANY
from simulators.shopify.orders.phones import BAD_PHONE, phone_is_valid
from simulators.shopify.orders.texts import check_note, check_order_tags, split_tags
from simulators.shopify.session import Session
from simulators.shopify.store.owned_metafields import put_metafield
from simulators.shopify.store.records import Record, user_error
from simulators.shopify.store.store import StoredOrder

NO_ORDER = "Order does not exist"
_PLAIN = ("email", "phone", "note", "poNumber", "customAttributes")
_DAY_S, _MINUTE_S = 86_400, 60


def update_order(session: Session, call: Call) -> Record:
    """orderUpdate; attributes, address and tags are replaced whole."""
    given = {name: value for name, value in call.arguments["input"].items() if name != "id"}
    stored = session.order(call.arguments["input"]["id"])
    if stored is None:
        return _failed(user_error(("id",), NO_ORDER))
    errors = list(_check_update(session, stored, given))
    if errors:  # recorded: the order as it stands comes along with the errors
        return {"order": stored.record, "userErrors": errors}
    _apply(session, stored, given)
    return _done(session, stored, call)


def _apply(session: Session, stored: StoredOrder, given: Record) -> None:
    record = stored.record
    record.update({name: given[name] for name in _PLAIN if name in given})
    record["customAttributes"] = record["customAttributes"] or []
    if given.get("shippingAddress"):
        record["shippingAddress"] = stored_address(session.store.ids, given["shippingAddress"])
    if "tags" in given:
        record["tags"] = split_tags(given["tags"] or ())
    for metafield in given.get("metafields") or ():
        put_metafield(session, stored, metafield)
    if _contacts(given):
        stored.contact_changed_at = session.at


def _contacts(given: Record) -> bool:
    return "email" in given or "phone" in given


def _check_update(session: Session, stored: StoredOrder, given: Record) -> Iterator[Record]:
    if not given:
        yield user_error(None, "No valid update parameters have been provided")
    if given.get("phone") and not phone_is_valid(given["phone"]):
        yield user_error(("phone",), BAD_PHONE)
    yield from check_note(given, (), None)
    yield from check_order_tags(given, (), None)
    yield from _check_new_address(given.get("shippingAddress"))
    if _contacts(given) and _changed_lately(session, stored):
        yield user_error(None, TOO_MANY)


def _check_new_address(address: Record | None) -> Iterator[Record]:
    if address is None:
        return
    if not has_last_name(address):
        yield user_error(("shippingAddress", "lastName"), "Enter a last name")
    if address.get("countryCode") == "US" and not address.get("zip"):
        yield user_error(("shippingAddress", "zip"), "Enter a ZIP code")
    yield from check_address(address, ("shippingAddress",), None)


def _changed_lately(session: Session, stored: StoredOrder) -> bool:
    wait = _DAY_S if session.store.behaviour.plan.name == "dev" else _MINUTE_S
    last = stored.contact_changed_at
    return last is not None and session.at - last < wait


def add_tags(session: Session, call: Call) -> Record:
    """tagsAdd: tags that are there stay, without case."""
    return _retag(session, call, adding=True)


def remove_tags(session: Session, call: Call) -> Record:
    """tagsRemove."""
    return _retag(session, call, adding=False)


def _retag(session: Session, call: Call, *, adding: bool) -> Record:
    stored = session.order(call.arguments["id"])
    if stored is None:
        return {"node": None, "userErrors": [user_error(("id",), NO_ORDER)]}
    given = {tag.lower(): tag for tag in split_tags(call.arguments["tags"])}
    kept = {tag.lower(): tag for tag in stored.record["tags"]}
    tags = {**given, **kept} if adding else {key: kept[key] for key in kept.keys() - given.keys()}
    stored.record["tags"] = sorted(tags.values())
    stored.note(session.at, call.name, call.raw)
    session.changed(stored)
    return {"node": stored.record, "userErrors": []}


def close_order(session: Session, call: Call) -> Record:
    """orderClose; repeating it changes nothing."""
    return _set_closed(session, call, closed=True)


def open_order(session: Session, call: Call) -> Record:
    """orderOpen; repeating it changes nothing."""
    return _set_closed(session, call, closed=False)


def _set_closed(session: Session, call: Call, *, closed: bool) -> Record:
    stored = session.order(call.arguments["input"]["id"])
    if stored is None:
        return _failed(user_error(("input", "id"), NO_ORDER))
    if stored.record["closed"] != closed:
        stored.record.update(closed=closed, closedAt=session.stamp if closed else None)
    return _done(session, stored, call)


def _failed(*errors: Record) -> Record:
    return {"order": None, "userErrors": list(errors)}


def _done(session: Session, stored: StoredOrder, call: Call) -> Record:
    stored.note(session.at, call.name, call.raw)
    session.changed(stored)
    return {"order": stored.record, "userErrors": []}
