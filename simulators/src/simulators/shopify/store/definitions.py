"""metafieldDefinitionCreate and its queries (Admin GraphQL 2026-10), for orders.

Type `id` has unique values without being asked; asking for `id` without them is refused.
"""

from simulators.shopify.engine.execution import Call
from simulators.shopify.session import Session
from simulators.shopify.store.metafields import ID_TYPE, OWNER
from simulators.shopify.store.records import Record, user_error

_DISABLED = "Capability unique_values is required for type id but is disabled"


def create_definition(session: Session, call: Call) -> Record:
    """The mutation."""
    given = call.arguments["definition"]
    place = session.place(given.get("namespace"), given["key"])
    error = _refusal(session, given)
    if error is not None:
        return {"createdDefinition": None, "userErrors": [error]}
    capabilities = given.get("capabilities") or {}
    unique = given["type"] == ID_TYPE or _enabled(capabilities, "uniqueValues")
    made: Record = {
        "id": session.store.ids.new("MetafieldDefinition"),
        "name": given["name"],
        "namespace": place.namespace,
        "key": place.key,
        "ownerType": OWNER,
        "description": given.get("description"),
        "type": {"name": given["type"]},
        "capabilities": {"uniqueValues": {"enabled": unique, "eligible": True}},
        "filterable": _enabled(capabilities, "adminFilterable"),
    }
    session.store.definitions.all[place] = made
    session.store.things[made["id"]] = made
    return {"createdDefinition": made, "userErrors": []}


def _enabled(capabilities: Record, name: str) -> bool:
    return bool((capabilities.get(name) or {}).get("enabled"))


def _refusal(session: Session, given: Record) -> Record | None:
    place = session.place(given.get("namespace"), given["key"])
    unique = (given.get("capabilities") or {}).get("uniqueValues")
    if given["ownerType"] != OWNER:
        text = "This simulator keeps metafields of orders only"
        return user_error(("definition", "ownerType"), text, "INVALID")
    if given["type"] == ID_TYPE and unique is not None and not unique["enabled"]:
        return user_error(("definition",), _DISABLED, "CAPABILITY_REQUIRED_BUT_DISABLED")
    if place in session.store.definitions.all:
        text = f"Key is in use for {OWNER.title()} metafields on the '{place.namespace}' namespace."
        return user_error(("definition", "key"), text, "TAKEN")
    return None


def find_definition(session: Session, call: Call) -> Record | None:
    """metafieldDefinition."""
    given = call.arguments.get("identifier") or {}
    if given.get("ownerType") != OWNER:
        return None
    place = session.place(given.get("namespace"), given["key"])
    return session.store.definitions.all.get(place)


def list_definitions(session: Session, call: Call) -> list[Record]:
    """metafieldDefinitions."""
    given = call.arguments
    found = [] if given["ownerType"] != OWNER else list(session.store.definitions.all.values())
    if given.get("namespace"):
        namespace = session.place(given["namespace"], "").namespace
        found = [definition for definition in found if definition["namespace"] == namespace]
    if given.get("key"):
        found = [definition for definition in found if definition["key"] == given["key"]]
    return found
