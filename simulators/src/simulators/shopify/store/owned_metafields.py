"""Writing a metafield of an order that exists, and metafieldsSet (Admin GraphQL 2026-10)."""

from simulators.shopify.engine.execution import Call
from simulators.shopify.session import Session
from simulators.shopify.store.metafields import Place, metafield
from simulators.shopify.store.records import Record, user_error
from simulators.shopify.store.store import StoredOrder

_MAX_BYTES = 16_384
_MAX_AT_ONCE = 25
_INVALID = "INVALID_VALUE"


def put_metafield(session: Session, stored: StoredOrder, given: Record) -> Record:
    """Writes or replaces one metafield."""
    store = session.store
    place = session.place(given.get("namespace"), given["key"])
    made = metafield(store.ids, place, given, session.stamp)
    kept = []
    for old in stored.record["metafields"]["nodes"]:
        if Place(old["namespace"], old["key"]) == place:
            store.custom_ids.remove(place, old["value"], stored.gid)
            made.update(id=old["id"], createdAt=old["createdAt"])
        else:
            kept.append(old)
    store.custom_ids.add(place, given["value"], stored.gid, session.at)
    stored.record["metafields"]["nodes"] = [*kept, made]
    return made


def set_metafields(session: Session, call: Call) -> Record:
    """metafieldsSet: all or none."""
    given = call.arguments["metafields"]
    errors = [error for at, entry in enumerate(given) for error in _check(session, entry, at)]
    if len(given) > _MAX_AT_ONCE:
        text = f"Exceeded the maximum metafields input limit of {_MAX_AT_ONCE}."
        errors = [
            {**user_error(("metafields",), text, "LESS_THAN_OR_EQUAL_TO"), "elementIndex": None}
        ]
    if errors:
        return {"metafields": None, "userErrors": errors}
    made = []
    for entry in given:
        stored = session.store.orders[entry["ownerId"]]
        made.append(put_metafield(session, stored, entry))
        stored.note(session.at, call.name, call.raw)
        session.changed(stored)
    return {"metafields": made, "userErrors": []}


def _check(session: Session, given: Record, at: int) -> list[Record]:
    text, code = _problem(session, given)
    if not text:
        return []
    field = "ownerId" if session.order(given["ownerId"]) is None else "value"
    return [{**user_error(("metafields", at, field), text, code), "elementIndex": at}]


def _problem(session: Session, given: Record) -> tuple[str, str | None]:
    if session.order(given["ownerId"]) is None:
        return "Owner does not exist.", _INVALID
    if not given["value"]:
        return "Value can't be blank.", _INVALID
    if len(given["value"].encode()) > _MAX_BYTES:
        return f"Value is too long (maximum is {_MAX_BYTES} bytes).", "TOO_LONG"
    place = session.place(given.get("namespace"), given["key"])
    owner = session.store.custom_ids.owner(place, given["value"])
    taken = owner is not None and owner != given["ownerId"]
    if taken and session.store.definitions.makes_unique(place):
        return "Value has already been taken.", "TAKEN"
    return "", None
