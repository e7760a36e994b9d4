"""May this order go to Shopify? If not: why, and what would change it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lifecycle.shop import Shop
from mapping.countries import US, US_REGIONS, USD, country, currency
from mapping.masks import is_masked
from ordersync_contracts.events import OrderFetched

READY: Final = frozenset(
    {
        "AWAITING_SHIPMENT",
        "PARTIALLY_SHIPPING",
        "AWAITING_COLLECTION",
        "IN_TRANSIT",
        "DELIVERED",
        "COMPLETED",
    }
)
REMORSE_HOLD: Final = timedelta(hours=1)
"""How long TikTok holds a paid order (Partner Center: Order status ON_HOLD)."""


@dataclass(frozen=True, slots=True)
class Ineligible:
    """Not now: the reason's code, a detail without personal data, and what would change it."""

    reason_code: str
    detail: str = ""
    changes_when: str = ""
    changes_at: datetime | None = None


def assess(order: OrderFetched, shop: Shop) -> Ineligible | None:
    """None when the order is eligible; else the first rule that speaks against it."""
    for rule in _RULES:
        verdict = rule(order, shop)
        if verdict is not None:
            return verdict
    return None


def _in_us_shop(order: OrderFetched, shop: Shop) -> Ineligible | None:
    if shop.region and country(shop.region) != US:
        return Ineligible("not_us", f"the shop's region is {shop.region}")
    is_told = order.region and not is_masked(order.region)
    if is_told and country(order.region) not in US_REGIONS:
        return Ineligible("not_us", "the destination is outside the US")
    return None


def _by_seller(order: OrderFetched, shop: Shop) -> Ineligible | None:
    del shop
    match order.fulfillment_type:
        case "FULFILLMENT_BY_SELLER":
            return None
        case "FULFILLMENT_BY_TIKTOK":
            return Ineligible("fulfilled_by_tiktok")
        case _:
            return Ineligible("not_fulfilled_by_seller")


def _in_window(order: OrderFetched, shop: Shop) -> Ineligible | None:
    begins = shop.window_begins_at
    if begins is None or order.created_at >= begins:
        return None
    detail = f"the shop's orders begin {begins:%Y-%m-%d %H:%M} UTC"
    return Ineligible("outside_window", detail, "the shop's window is moved back")


def _paid_and_kept(order: OrderFetched, shop: Shop) -> Ineligible | None:
    del shop
    match order.status:
        case "UNPAID":
            return Ineligible("unpaid", changes_when="the buyer pays")
        case "ON_HOLD":
            return Ineligible(
                "on_hold", changes_when="the hold ends", changes_at=_hold_ends_at(order)
            )
        case "CANCELLED" | "CANCEL":
            return Ineligible("cancelled", f"by {order.cancelled_by}" if order.cancelled_by else "")
        case _:
            return None


def _known_status(order: OrderFetched, shop: Shop) -> Ineligible | None:
    del shop
    if order.status not in READY:
        return Ineligible("unknown_status", changes_when="TikTok moves the order on")
    if order.status == "COMPLETED" and order.delivered_at is None:
        return Ineligible("refunded_before_delivery")
    return None


def _has_lines(order: OrderFetched, shop: Shop) -> Ineligible | None:
    del shop
    if not order.lines:
        return Ineligible("no_lines", changes_when="TikTok sends the items")
    if all(line.is_cancelled for line in order.lines):
        return Ineligible("nothing_left_to_ship")
    return None


def _in_dollars(order: OrderFetched, shop: Shop) -> Ineligible | None:
    del shop
    told = order.payment.currency
    if told and currency(told) != USD:
        return Ineligible("not_us", f"the currency is {told}")
    return None


_Rule = Callable[[OrderFetched, Shop], Ineligible | None]
_RULES: tuple[_Rule, ...] = (
    _in_us_shop,
    _by_seller,
    _paid_and_kept,
    _in_window,
    _known_status,
    _has_lines,
    _in_dollars,
)


def _hold_ends_at(order: OrderFetched) -> datetime | None:
    if order.release_at is not None:
        return order.release_at
    return order.paid_at + REMORSE_HOLD if order.paid_at else None
