"""Packages, kept in step with the orders' lines. A package changes when its content does: its own
update_time then moves, also when the order's does not.

Partner Center: Search Package 202309, Get Package Detail 202309.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from simulators.tiktok.order_fields import Json, lines, record_id, text
from simulators.tiktok.shelf import Page, Search, Shelf
from simulators.tiktok.stored_order import StoredOrder

_STATUS_OF_LINE = {
    "IN_TRANSIT": "FULFILLING",
    "DELIVERED": "COMPLETED",
    "COMPLETED": "COMPLETED",
    "CANCELLED": "CANCELLED",
}


@dataclass(frozen=True, slots=True)
class Package:
    """One package; `line_ids` per order, because orders can be combined into one."""

    id: str
    shop_id: str
    status: str
    tracking_number: str
    provider_id: str
    provider_name: str
    create_time: int
    update_time: int
    line_ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def listed(self) -> Json:
        """As the search shows it."""
        shown: Json = {
            "id": self.id,
            "status": self.status,
            "tracking_number": self.tracking_number,
            "shipping_provider_id": self.provider_id,
            "shipping_provider_name": self.provider_name,
            "order_line_item_ids": [line for ids in self.line_ids.values() for line in ids],
            "orders": [{"id": order_id} for order_id in self.line_ids],
            "create_time": self.create_time,
            "update_time": self.update_time,
        }
        return {key: value for key, value in shown.items() if value != ""}


class PackageBook:
    """The packages of all shops."""

    def __init__(self) -> None:
        self._shelves: dict[str, Shelf[Package]] = {}
        self._of_order: dict[str, frozenset[str]] = {}

    def get(self, shop_id: str, package_id: str) -> Package | None:
        """A shop's package."""
        return self._shelf(shop_id).get(package_id)

    def search(self, shop_id: str, search: Search[Package]) -> Page[Package]:
        """A page of a shop's packages."""
        return self._shelf(shop_id).search(search)

    def follow(self, order: StoredOrder, raw: Json, at: int) -> frozenset[str]:
        """Takes over what the order says of its packages; returns the ids of the changed ones."""
        found = {package.id: package for package in _packages(order, raw, at)}
        gone = self._of_order.get(order.id, frozenset()) - frozenset(found)
        changed = {self._emptied(order, package_id, at) for package_id in gone}
        shelf = self._shelf(order.shop_id)
        for package in found.values():
            before = shelf.get(package.id)
            after = _merged(before, package)
            if after != before:
                shelf.put(after)
                changed.add(package.id)
        self._of_order[order.id] = frozenset(found)
        return frozenset(changed)

    def _emptied(self, order: StoredOrder, package_id: str, at: int) -> str:
        shelf = self._shelf(order.shop_id)
        before = shelf.get(package_id)
        if before is not None:
            rest = {key: ids for key, ids in before.line_ids.items() if key != order.id}
            status = before.status if rest else "CANCELLED"
            shelf.put(replace(before, line_ids=rest, status=status, update_time=at))
        return package_id

    def _shelf(self, shop_id: str) -> Shelf[Package]:
        return self._shelves.setdefault(shop_id, Shelf())


def _merged(before: Package | None, found: Package) -> Package:
    if before is None:
        return found
    merged = replace(
        found,
        create_time=before.create_time,
        update_time=before.update_time,
        line_ids={**before.line_ids, **found.line_ids},
    )
    return before if merged == before else replace(merged, update_time=found.update_time)


def _packages(order: StoredOrder, raw: Json, at: int) -> list[Package]:
    by_package: dict[str, list[Json]] = {}
    listed = raw.get("packages")
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and record_id(entry):
            by_package[record_id(entry)] = []
    for line in lines(raw):
        if record_id(line, "package_id"):
            by_package.setdefault(record_id(line, "package_id"), []).append(line)
    return [_package(order, package_id, held, at) for package_id, held in by_package.items()]


def _package(order: StoredOrder, package_id: str, held: list[Json], at: int) -> Package:
    first = held[0] if held else {}
    status = text(first, "package_status")
    by_line = _STATUS_OF_LINE.get(text(first, "display_status"), "PROCESSING")
    return Package(
        id=package_id,
        shop_id=order.shop_id,
        status=by_line if status in {"", "TO_FULFILL"} else status,
        tracking_number=text(first, "tracking_number"),
        provider_id=record_id(first, "shipping_provider_id"),
        provider_name=text(first, "shipping_provider_name"),
        create_time=at,
        update_time=at,
        line_ids={order.id: tuple(record_id(line) for line in held)},
    )
