"""Whether a TikTok order may, and whether it must be created (docs/mapping.md)."""

from simulation.judge.amounts import expected, live_lines
from simulation.plan import Json

_READY = ("AWAITING_SHIPMENT", "PARTIALLY_SHIPPING", "AWAITING_COLLECTION", "IN_TRANSIT")
_LATE = ("DELIVERED", "COMPLETED")
_AMERICAN = ("US", "USA", "PR", "GU", "VI", "AS", "MP", "UM")


def why_not(raw: Json) -> str:
    """The reason for which it may not be created; "" when nothing speaks against it."""
    checks = (
        ("status", raw.get("status") not in (*_READY, *_LATE)),
        ("refunded_before_delivery", _is_refunded(raw)),
        ("fulfillment_type", raw.get("fulfillment_type") != "FULFILLMENT_BY_SELLER"),
        ("not_us", not _is_american(raw)),
        ("nothing_left_to_ship", not live_lines(raw)),
    )
    return next((reason for reason, holds in checks if holds), "")


def must_be_created(raw: Json) -> bool:
    """Only plain orders: how bundles, rests and units without SKU come out depends on settings."""
    return (
        not why_not(raw)
        and expected(raw, is_revenue=False) is not None
        and all(_is_plain(line) for line in live_lines(raw))
    )


def _is_plain(line: Json) -> bool:
    return bool(line.get("sku_id")) and not line.get("combined_listing_skus")


def _is_refunded(raw: Json) -> bool:
    return raw.get("status") == "COMPLETED" and not raw.get("delivery_time")


def _is_american(raw: Json) -> bool:
    currency = str((raw.get("payment") or {}).get("currency") or "USD").upper()
    region = str((raw.get("recipient_address") or {}).get("region_code") or "US").upper()
    # A masked region says nothing.
    return currency == "USD" and ("*" in region or region in _AMERICAN)
