"""Rows ⇄ records: absent texts are '' in the tables, so that columns compare and index simply."""

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, Final

from console.rows import OrderRow, ShopFetched, Sku, Unshown
from console.typed import storable
from lifecycle.status import Delivery, Status

_ORDER_FIELDS: Final = tuple(field.name for field in fields(OrderRow))
_TIMES: Final = {"next_attempt_at", "ship_by"}
"""Absent times stay absent."""
ORDER_COLUMNS: Final = ", ".join(_ORDER_FIELDS)


def order_record(row: OrderRow) -> dict[str, Any]:
    """The row for ``jsonb_populate_recordset``, as all records here."""
    record = {name: getattr(row, name) for name in _ORDER_FIELDS}
    absent = {name: "" for name, value in record.items() if value is None and name not in _TIMES}
    names = {"stream_id": row.stream, "shopify_number": row.shopify_number}
    return _storable({**record, **absent, **names})


def order_row(record: Sequence[Any]) -> OrderRow:
    """The row from a record of ``ORDER_COLUMNS``."""
    row = OrderRow(*record)
    return replace(
        row,
        status=Status(row.status),
        reason_code=row.reason_code or None,
        remark=row.remark or None,
        delivery=Delivery(row.delivery) if row.delivery else None,
        shopify_order_id=row.shopify_order_id or None,
        open_sku_ids=tuple(row.open_sku_ids),
    )


def sku_record(sku: Sku) -> dict[str, Any]:
    """The SKU; what is counted of it has no column."""
    return _storable({**_values(sku), "variant_id": sku.variant_id or ""})


def fetched_record(shop: ShopFetched) -> dict[str, Any]:
    """How far a shop is fetched."""
    return _storable(_values(shop))


def unshown_record(bad: Unshown) -> dict[str, Any]:
    """A stream that cannot be shown."""
    return _storable({"stream_id": bad.stream, "error": bad.error})


def _storable(record: dict[str, Any]) -> dict[str, Any]:
    """Its texts, and those in its lists, as ``storable`` makes them."""
    return {name: _marked(value) for name, value in record.items()}


def _marked(value: object) -> object:
    match value:
        case str():
            return storable(value)
        case tuple():
            return tuple(_marked(part) for part in value)
        case _:
            return value


def _values(row: Sku | ShopFetched) -> dict[str, Any]:
    return {field.name: getattr(row, field.name) for field in fields(row)}
