"""Rows ⇄ records: absent texts are '' in the tables, so that columns compare and index simply."""

from collections.abc import Sequence
from typing import Any, Final

from console.rows import OrderRow, ShopFetched, Sku
from lifecycle.status import Delivery, Status

ORDER_COLUMNS: Final = (
    "shop_id, order_id, placed_at, items, total, currency, tiktok_status, status, reason_code, "
    "next_attempt_at, remark, may_sync, delivery, store, shopify_order_id, shopify_name, "
    "is_gift, is_sample, open_sku_ids, ship_by"
)


def order_record(row: OrderRow) -> dict[str, Any]:
    """The row as JSON for ``jsonb_populate_recordset``."""
    return {
        "stream_id": row.stream,
        "shop_id": row.shop_id,
        "order_id": row.order_id,
        "placed_at": row.placed_at.isoformat(),
        "items": row.items,
        "total": str(row.total),
        "currency": row.currency,
        "tiktok_status": row.tiktok_status,
        "status": row.status.value,
        "reason_code": row.reason_code or "",
        "next_attempt_at": row.next_attempt_at and row.next_attempt_at.isoformat(),
        "remark": row.remark or "",
        "may_sync": row.may_sync,
        "delivery": row.delivery or "",
        "store": row.store,
        "shopify_order_id": row.shopify_order_id or "",
        "shopify_number": row.shopify_number,
        "shopify_name": row.shopify_name,
        "is_gift": row.is_gift,
        "is_sample": row.is_sample,
        "open_sku_ids": row.open_sku_ids,
        "ship_by": row.ship_by and row.ship_by.isoformat(),
    }


def order_row(record: Sequence[Any]) -> OrderRow:
    """The row from a record of ``ORDER_COLUMNS``."""
    return OrderRow(
        shop_id=record[0],
        order_id=record[1],
        placed_at=record[2],
        items=record[3],
        total=record[4],
        currency=record[5],
        tiktok_status=record[6],
        status=Status(record[7]),
        reason_code=record[8] or None,
        next_attempt_at=record[9],
        remark=record[10] or None,
        may_sync=record[11],
        delivery=Delivery(record[12]) if record[12] else None,
        store=record[13],
        shopify_order_id=record[14] or None,
        shopify_name=record[15],
        is_gift=record[16],
        is_sample=record[17],
        open_sku_ids=tuple(record[18]),
        ship_by=record[19],
    )


def sku_record(sku: Sku) -> dict[str, Any]:
    """The SKU as JSON for ``jsonb_populate_recordset``."""
    return {
        "shop_id": sku.shop_id,
        "sku_id": sku.sku_id,
        "seller_sku": sku.seller_sku,
        "product_name": sku.product_name,
        "sku_name": sku.sku_name,
        "variant_id": sku.variant_id or "",
        "store": sku.store,
        "linked_by": sku.linked_by,
    }


def fetched_record(shop: ShopFetched) -> dict[str, Any]:
    """What was said of a shop as JSON for ``jsonb_populate_recordset``."""
    return {
        "shop_id": shop.shop_id,
        "proven_from": shop.proven_from and shop.proven_from.isoformat(),
        "complete_until": shop.complete_until and shop.complete_until.isoformat(),
        "read_back_to": shop.read_back_to and shop.read_back_to.isoformat(),
    }
