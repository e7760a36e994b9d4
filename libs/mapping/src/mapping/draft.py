"""The Shopify order to create: everything but the buyer's data, which stays in the vault."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lifecycle.shop import Shop
from mapping import amounts
from mapping.bundles import (
    explode,
    hindrance,
    is_explodable,
    parts_are_linked,
    unlinked_parts,
)
from mapping.countries import currency
from mapping.identities import failed_identities
from mapping.lines import to_lines
from mapping.shipping import shipping_method, to_shipping_lines
from ordersync_contracts.events import (
    Attribute,
    DraftLine,
    OrderBlocked,
    OrderFetched,
    ShopifyOrderDraft,
)
from ordersync_contracts.events.draft import Inventory

TAG: Final = "TikTok Shop"
GIFT_TAG: Final = "TikTok Shop Gift"
SAMPLE_TAG: Final = "TikTok Shop Sample"
GONE: Final = frozenset({"IN_TRANSIT", "DELIVERED", "COMPLETED"})
"""Statuses in which the goods have left the seller."""


MOST_LINES: Final = 250
"""Admin GraphQL 2026-10: arrays in an input hold 250 entries at most."""


UNLINKED: Final = frozenset({"unlinked_sku", "unlinked_bundle"})
"""What blocks an order until a link is made."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a draft is made from: the snapshot and its version, the shop, the linked variants."""

    order: OrderFetched
    snapshot_version: int
    shop: Shop
    links: Mapping[str, str]


def translate(source: Source) -> ShopifyOrderDraft | OrderBlocked:
    """The draft of an eligible order, or what keeps it from being translated."""
    blocked = _blocked(source)
    if blocked is not None:
        return blocked
    settings = source.shop.settings
    settled = amounts.settle(
        source.order,
        lambda order: (
            lines_of(source, order),
            to_shipping_lines(order, settings.discounts),
        ),
        discounts=settings.discounts,
        may_carry=settings.money_mismatch == "carry",
    )
    if isinstance(settled, amounts.Mismatch):
        detail = f"the rest is {settled.rest}; {settled.identity} does not add up"
        return _block(source, "money_mismatch", detail=detail)
    if len(settled.lines) > MOST_LINES:
        detail = f"{len(settled.lines)} different items"
        return _block(source, "too_many_lines", detail=detail)
    return _draft(source, settled)


def lines_of(source: Source, order: OrderFetched) -> tuple[DraftLine, ...]:
    """The Shopify lines of this reading of the order; its bundles exploded if the shop wants it.

    The reading comes first: what only the order names is shared out over units as TikTok has them.
    """
    settings = source.shop.settings
    units = explode(order.lines, source.links) if settings.bundles == "explode" else order.lines
    return to_lines(units, source.links, settings.discounts)


def _blocked(source: Source) -> OrderBlocked | None:
    order, shop = source.order, source.shop
    if shop.store is None:
        return _block(source, "no_store")
    unreadable = amounts.first_unreadable(order)
    if unreadable is not None:
        return _block(source, "unreadable_amount", field=unreadable.field)
    if len({currency(code) for code in _currencies(order)}) > 1:
        return _block(source, "mixed_currencies")
    if any(not line.sku_id and not line.is_cancelled for line in order.lines):
        return _block(source, "missing_sku")
    return _unlinked(source)


def _currencies(order: OrderFetched) -> set[str]:
    return {line.currency for line in order.lines} | {order.payment.currency}


def _unlinked(source: Source) -> OrderBlocked | None:
    links, settings = source.links, source.shop.settings
    explodes = settings.bundles == "explode"
    unlinked = [
        line
        for line in source.order.lines
        if not line.is_cancelled and line.sku_id not in links
        if not (explodes and is_explodable(line, links))
    ]
    if not unlinked or settings.unlinked_items == "custom_line":
        return None
    missing = {line.sku_id for line in unlinked}
    if all(is_explodable(line, links) for line in unlinked):
        return _block(source, "unlinked_bundle", missing=missing)
    if explodes:
        missing |= {sku_id for line in unlinked for sku_id in unlinked_parts(line, links)}
    say = hindrance if explodes else parts_are_linked
    details = sorted({say(line, links) for line in unlinked} - {""})
    return _block(source, "unlinked_sku", missing=missing, detail="; ".join(details))


def _block(
    source: Source,
    reason_code: str,
    *,
    detail: str = "",
    field: str = "",
    missing: Iterable[str] = (),
) -> OrderBlocked:
    return OrderBlocked(
        shop_id=source.order.shop_id,
        order_id=source.order.order_id,
        snapshot_version=source.snapshot_version,
        settings_version=source.shop.settings_version,
        reason_code=reason_code,
        detail=detail,
        field=field,
        sku_ids=tuple(sorted(missing)),
    )


def _draft(source: Source, settled: amounts.Settled) -> ShopifyOrderDraft:
    order, shop = source.order, source.shop
    return ShopifyOrderDraft(
        shop_id=order.shop_id,
        order_id=order.order_id,
        store=shop.store or "",
        snapshot_version=source.snapshot_version,
        settings_version=shop.settings_version,
        placed_at=order.created_at,
        paid_at=order.paid_at,
        currency=currency(order.payment.currency),
        total=settled.total,
        lines=settled.lines,
        shipping_lines=settled.shipping_lines,
        attributes=additional_details(order, shop),
        tags=tags(order),
        recipient=order.recipient,
        message=order.message,
        customer=shop.settings.customer,
        inventory=inventory(order, shop),
        discounts=shop.settings.discounts,
        funded_discounts=amounts.funded_discounts(order.payment),
        failed_identities=failed_identities(order, settled.counted),
        total_identity=settled.total_identity,
        adjustment=settled.adjustment,
        known_as=order.known_as or (),
    )


def additional_details(order: OrderFetched, shop: Shop) -> tuple[Attribute, ...]:
    """Exactly three rows, in this order."""
    return (
        Attribute(key="Channel", value=f"TikTok Shop - {shop.name}"),
        Attribute(key="TikTok Shop Order ID", value=order.order_id),
        Attribute(key="Shipping Method", value=shipping_method(order)),
    )


def tags(order: OrderFetched) -> tuple[str, ...]:
    """Always ``TikTok Shop``; one more for gifts, one more for samples."""
    is_gift = any(line.is_gift and not line.is_cancelled for line in order.lines)
    return (TAG, *((GIFT_TAG,) if is_gift else ()), *((SAMPLE_TAG,) if order.is_sample else ()))


def inventory(order: OrderFetched, shop: Shop) -> Inventory:
    """BYPASS for goods that had left when the shop was connected: its stock knows that already."""
    connected, left = shop.connected_at, left_at(order)
    if connected is not None and left is not None and order.created_at < connected >= left:
        return "BYPASS"
    return shop.settings.inventory


def left_at(order: OrderFetched) -> datetime | None:
    """When the goods had left the seller at the latest; None while they have not.

    TikTok's collection time; without one the delivery, else the last change of the status.
    """
    if order.status not in GONE:
        return None
    return order.collected_at or order.delivered_at or order.updated_at
