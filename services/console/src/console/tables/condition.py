"""Which orders, as a WHERE clause: spelled the way the partial indexes are."""

from typing import Any

from console.rows import Cursor, OrderFilter

_LAST_CHARACTER = chr(0x10FFFF)


def condition(wanted: OrderFilter, after: Cursor | None) -> tuple[str, list[Any]]:
    """The clause and the values of its parameters."""
    clause = _Clause()
    if wanted.status is None:
        clause.parts.append("status <> 'Not eligible'")
    clause.equal("status", wanted.status)
    clause.equal("shop_id", wanted.shop_id)
    clause.equal("reason_code", wanted.reason_code)
    if wanted.text:
        clause.begins(("order_id", "shopify_number", "shopify_name"), wanted.text)
    clause.parts += [flag for flag, on in _flags(wanted) if on]
    if after is not None:
        place = f"({clause.value(after.placed_at)}, {clause.value(after.stream)})"
        clause.parts.append(f"(placed_at, stream_id) < {place}")
    return " AND ".join(clause.parts), clause.values


class _Clause:
    """Conditions that all hold, and their parameters."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.values: list[Any] = []

    def value(self, given: object) -> str:
        """The parameter that stands for this value."""
        self.values.append(given)
        return f"${len(self.values)}"

    def equal(self, column: str, given: str | None) -> None:
        """The column has this value; None asks for nothing."""
        if given is not None:
            self.parts.append(f"{column} = {self.value(given)}")

    def begins(self, columns: tuple[str, ...], text: str) -> None:
        """One of the columns begins with the text: a range, which an index can serve.

        Empty columns are left out in the words of their partial indexes.
        """
        low, high = self.value(text), self.value(text + _LAST_CHARACTER)
        ranges = (f"({c} >= {low} AND {c} < {high} AND {c} <> '')" for c in columns)
        self.parts.append(f"({' OR '.join(ranges)})")


def _flags(wanted: OrderFilter) -> tuple[tuple[str, bool], ...]:
    return ("is_gift", wanted.gifts), ("is_sample", wanted.samples)
