"""Reads the few fields of a raw order that the platform itself needs; any order can be read.

Orders are stored as they were given, however odd: a field of an unusable type counts as absent here
and is still shown as it is.
"""

from collections.abc import Mapping

Json = dict[str, object]

STATUSES = (
    "UNPAID",
    "ON_HOLD",
    "AWAITING_SHIPMENT",
    "PARTIALLY_SHIPPING",
    "AWAITING_COLLECTION",
    "IN_TRANSIT",
    "DELIVERED",
    "COMPLETED",
    "CANCELLED",
)


def text(raw: Mapping[str, object], key: str) -> str:
    """A text field; "" when absent."""
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def seconds(raw: Mapping[str, object], key: str) -> int | None:
    """A unix time; also when it is written as digits."""
    value = raw.get(key)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def lines(raw: Mapping[str, object]) -> list[Json]:
    """The line items that are objects; the same objects: changing one changes the order."""
    value = raw.get("line_items")
    return [line for line in value if isinstance(line, dict)] if isinstance(value, list) else []


def record_id(raw: Mapping[str, object], key: str = "id") -> str:
    """An id, also when it came as a number; "" when there is none."""
    value = raw.get(key)
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def is_cancelled(line: Mapping[str, object]) -> bool:
    """Whether this unit was cancelled."""
    return line.get("display_status") == "CANCELLED"
