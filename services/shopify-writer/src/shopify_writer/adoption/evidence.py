"""Which TikTok order a Shopify order stands for, by what connectors leave on it. Pure.

Evidence
 ├─ our own ``$app`` id metafield
 ├─ tag ``TikTokOrderID:<id>`` (TikTok's own connector)
 ├─ additional detail under a name for the TikTok order id
 └─ source identifier that is a TikTok order id
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shopify.orders import FoundOrder as ShopifyOrder

_ID: Final = re.compile(r"\d{17,20}")
"""TikTok order ids have 18 digits or a little more; other systems' numbers are shorter."""
_TAG: Final = re.compile(r"\s*tiktok[ _-]?order[ _-]?id\s*[:=]\s*(\d{17,20})\s*", re.IGNORECASE)
_DETAIL: Final = re.compile(r"tiktok(shop)?order(id|number|no)?")


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """A Shopify order that stands for this TikTok order."""

    order_id: str
    shopify_order_id: str
    name: str
    processed_at: datetime | None = None


def found(order: ShopifyOrder) -> FoundOrder | None:
    """The TikTok order it stands for; None when nothing on it names one."""
    order_id = _tiktok_order_id(order)
    if order_id is None:
        return None
    return FoundOrder(order_id, order.id, order.name, order.processed_at)


def _tiktok_order_id(order: ShopifyOrder) -> str | None:
    tags = (match[1] for tag in order.tags if (match := _TAG.fullmatch(tag)))
    details = (
        (detail.value or "").strip()
        for detail in order.custom_attributes
        if _DETAIL.fullmatch(re.sub(r"[^a-z]", "", detail.key.lower()))
    )
    candidates = (order.custom_id, *tags, *details, order.source_identifier)
    return next((named for named in candidates if named and _ID.fullmatch(named)), None)
