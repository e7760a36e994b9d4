"""Metafields of orders: definitions, the app's own namespace, values that must be unique.

`$app` stands for the namespace reserved to the calling app; answers write it out. A definition of
type `id` makes its values unique and lets `orderByIdentifier` find an order by one
(Admin GraphQL 2026-10: MetafieldCapabilityUniqueValues, UniqueMetafieldValueInput).
"""

from typing import NamedTuple

from simulators.shopify.store.records import Ids, Record

OWNER = "ORDER"
ID_TYPE = "id"


def full_namespace(given: str | None, app_id: str) -> str:
    """The namespace with the app's reserved prefix written out; absent means the app's own."""
    own = f"app--{app_id}"
    if not given or given == "$app":
        return own
    return f"{own}--{given[5:]}" if given.startswith("$app:") else given


class Place(NamedTuple):
    """Which metafield of an owner."""

    namespace: str
    key: str


class Definitions:
    """The metafield definitions for orders in one store."""

    def __init__(self) -> None:
        self.all: dict[Place, Record] = {}

    def makes_unique(self, place: Place) -> bool:
        """Whether values at this place may not repeat."""
        found = self.all.get(place)
        return found is not None and bool(found["capabilities"]["uniqueValues"]["enabled"])

    def is_custom_id(self, place: Place) -> bool:
        """Whether an order can be found by a value at this place."""
        found = self.all.get(place)
        return found is not None and found["type"]["name"] == ID_TYPE

    def filters(self, place: Place) -> bool:
        """Whether orders can be searched by a value at this place."""
        found = self.all.get(place)
        return found is not None and bool(found["filterable"])


class CustomIds:
    """Which order has which metafield value, and since when (unix seconds)."""

    def __init__(self) -> None:
        self._owners: dict[tuple[Place, str], dict[str, float]] = {}

    def add(self, place: Place, value: str, order: str, at: float) -> None:
        """Notes that an order has a value."""
        self._owners.setdefault((place, value), {})[order] = at

    def remove(self, place: Place, value: str, order: str) -> None:
        """Notes that it has it no longer."""
        owners = self._owners.get((place, value), {})
        owners.pop(order, None)
        if not owners:
            self._owners.pop((place, value), None)

    def owner(self, place: Place, value: str, not_after: float | None = None) -> str | None:
        """The first order with this value; with `not_after` only one that had it by then."""
        for order, since in self._owners.get((place, value), {}).items():
            if not_after is None or since <= not_after:
                return order
        return None


def metafield(ids: Ids, place: Place, given: Record, stamp: str) -> Record:
    """A stored metafield from a MetafieldInput or MetafieldsSetInput."""
    return {
        "id": ids.new("Metafield"),
        "namespace": place.namespace,
        "key": place.key,
        "type": given.get("type") or "single_line_text_field",
        "value": given["value"],
        "ownerType": OWNER,
        "createdAt": stamp,
        "updatedAt": stamp,
    }
