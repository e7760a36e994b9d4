"""Delivery statuses: what a snapshot newly says, and what does not stand in Shopify yet. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lifecycle.order import At, Order
from ordersync_contracts import events
from ordersync_contracts.events import DeliveryStatusChanged, OrderFetched, OrderLine
from ordersync_contracts.events.delivery import DeliveryStatus

_SAYS: Final[dict[str, DeliveryStatus]] = {
    "IN_TRANSIT": "in_transit",
    "DELIVERED": "delivered",
    "COMPLETED": "delivered",
}


_TravelsAs = tuple[str, str, str]
"""Package, tracking number, carrier."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """Units that travel together, and how far they are."""

    status: DeliveryStatus
    package_id: str
    tracking_number: str
    carrier: str
    line_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the order in Shopify: TikTok's line, which several parts of a bundle share."""

    line_id: str
    sku: str


def units_in_shopify(order: Order) -> tuple[Unit, ...]:
    """The units as the order was made: of the draft, or of TikTok's lines where none is known."""
    drafts = [source.draft.event for source in order.sources if source.draft is not None]
    if drafts:
        lines = drafts[-1].lines
        return tuple(Unit(line_id, line.sku) for line in lines for line_id in line.line_ids)
    snapshot = order.snapshot
    lines_there = snapshot.event.lines if snapshot is not None else ()
    return tuple(Unit(line.line_id, line.seller_sku) for line in lines_there)


def delivery_changes(order: Order) -> Iterator[DeliveryStatusChanged]:
    """What the newest snapshot says of parcels and the stream does not yet; never backwards."""
    snapshot = order.snapshot.event if order.snapshot is not None else None
    if snapshot is None or snapshot.fulfillment_type != "FULFILLMENT_BY_SELLER":
        return
    units = {line.line_id for line in snapshot.lines if not line.is_cancelled}
    for parcel in parcels(snapshot):
        for status, happened_at in _steps(parcel, snapshot):
            if not set(parcel.line_ids) <= _covered(order, status, units):
                yield _changed(snapshot, parcel, status, happened_at)


def parcels(snapshot: OrderFetched) -> tuple[Parcel, ...]:
    """The units on their way or delivered, grouped as they travel.

    A line's own status counts; a line without one has the order's.
    """
    groups: dict[_TravelsAs, list[OrderLine]] = {}
    whole = _as_a_whole(snapshot)
    for line in snapshot.lines:
        if not line.is_cancelled:
            travels_as = (line.package_id, line.tracking_number, line.shipping_provider)
            groups.setdefault(whole or travels_as, []).append(line)
    return tuple(
        Parcel(status, *travels_as, tuple(line.line_id for line in lines))
        for travels_as, lines in groups.items()
        if (status := _status(lines, snapshot)) is not None
    )


def _as_a_whole(snapshot: OrderFetched) -> _TravelsAs | None:
    """How all units travel when only the order says it; None when the units say it themselves.

    A unit without a package beside one that has one is not packed yet: it travels with nobody.
    """
    named = any(line.package_id or line.tracking_number for line in snapshot.lines)
    if named or len(snapshot.package_ids) > 1:
        return None
    package_id = snapshot.package_ids[0] if snapshot.package_ids else ""
    return package_id, snapshot.tracking_number, snapshot.shipping_provider


def _status(lines: Iterable[OrderLine], snapshot: OrderFetched) -> DeliveryStatus | None:
    """The parcel is as far as its units, and they travel together: the least far counts."""
    statuses = [_SAYS.get(line.status or snapshot.status) for line in lines]
    if any(status is None for status in statuses):
        return None
    delivered = all(status == "delivered" for status in statuses)
    if delivered and snapshot.status == "COMPLETED" and snapshot.delivered_at is None:
        return None
    return "delivered" if delivered else "in_transit"


def _steps(parcel: Parcel, snapshot: OrderFetched) -> Iterator[tuple[DeliveryStatus, datetime]]:
    """In transit comes before delivered, when TikTok says when it was."""
    collected_at = snapshot.collected_at
    if parcel.status == "in_transit":
        yield "in_transit", collected_at or snapshot.updated_at
        return
    if collected_at is not None:
        yield "in_transit", collected_at
    yield "delivered", snapshot.delivered_at or snapshot.updated_at


def _covered(order: Order, status: DeliveryStatus, units: set[str]) -> set[str]:
    """The units for which this status, or a later one, is recorded."""
    covered: set[str] = set()
    for at in order.deliveries:
        if at.event.status in {status, "delivered"}:
            covered |= set(at.event.line_ids) or units
    return covered


def _changed(
    snapshot: OrderFetched, parcel: Parcel, status: DeliveryStatus, happened_at: datetime
) -> DeliveryStatusChanged:
    """A parcel is the whole order only if nothing was cancelled: Shopify may still list that."""
    return DeliveryStatusChanged(
        shop_id=snapshot.shop_id,
        order_id=snapshot.order_id,
        status=status,
        happened_at=happened_at,
        carrier=parcel.carrier,
        tracking_number=parcel.tracking_number,
        package_id=parcel.package_id,
        line_ids=() if len(parcel.line_ids) == len(snapshot.lines) else parcel.line_ids,
    )


def to_apply(order: Order) -> tuple[At[DeliveryStatusChanged], ...]:
    """The delivery statuses that do not stand in Shopify yet, the earliest first.

    None while the order itself does not stand there; all of them again when it was created again.
    """
    if not order.stands:
        return ()
    synced = {at.event.delivery_version for at in _synced(order)}
    return tuple(at for at in order.deliveries if at.version not in synced)


def carriers(order: Order, change: DeliveryStatusChanged) -> frozenset[str]:
    """The fulfilments that already carry an earlier status of this parcel's units."""
    lines = {at.version: set(at.event.line_ids) for at in order.deliveries}
    return frozenset(
        fulfillment_id
        for at in _synced(order)
        if lines.get(at.event.delivery_version, set()) & set(change.line_ids)
        for fulfillment_id in (at.event.fulfillment_id, *at.event.fulfillment_ids)
    )


def _synced(order: Order) -> Iterator[At[events.DeliveryStatusSynced]]:
    """What stands in Shopify on the order that stands there now."""
    created = order.created.version if order.created is not None else 0
    return (at for at in order.synced_deliveries if at.version > created)
