"""A cancellation in TikTok of an order that stands in Shopify: what it covers, what to do. Pure."""

from typing import Final, Literal

from lifecycle.order import At, Order, Source
from ordersync_contracts.events import OrderCancelled
from shopify.changes import OrderStanding

Wish = Literal["cancel", "tag", "ignore"]
Step = Literal["cancel", "tag", "is_cancelled", "is_tagged"]

TAG: Final = "TikTok Shop Cancelled"
STAFF_NOTE: Final = "Cancelled on TikTok Shop"
_STATUSES: Final = frozenset({"CANCELLED", "CANCEL"})
_REASONS: Final = {"BUYER": "CUSTOMER", "SELLER": "STAFF"}


def newly_cancelled(order: Order, wish: Wish) -> tuple[OrderCancelled, ...]:
    """That TikTok cancelled units which stand in Shopify, when the stream does not say it yet.

    ``wish``: the shop's setting. A part is never cancelled in Shopify, it is tagged.
    """
    snapshot = order.snapshot
    if snapshot is None or not order.stands:
        return ()
    units = created_units(order)
    gone = cancelled_units(order) & units
    if not gone or gone <= _known(order, units):
        return ()
    is_whole = gone == units
    return (
        OrderCancelled(
            shop_id=snapshot.event.shop_id,
            order_id=snapshot.event.order_id,
            snapshot_version=snapshot.version,
            whole_order=is_whole,
            line_ids=() if is_whole else tuple(sorted(gone)),
            cancelled_by=snapshot.event.cancelled_by,
            action="tag" if wish == "cancel" and not is_whole else wish,
        ),
    )


def created_units(order: Order) -> frozenset[str]:
    """The units that the order in Shopify stands for.

    As it says itself; else those of what it was made from that were not cancelled by then; all,
    when that is not known.
    """
    created = order.created.event.lines if order.created is not None else ()
    if created:
        return frozenset(unit for line in created for unit in line.line_ids)
    known = [units for source in order.sources if (units := _units_of(source)) is not None]
    if known:
        return frozenset[str]().union(*known)
    lines = order.snapshot.event.lines if order.snapshot is not None else ()
    return frozenset(line.line_id for line in lines)


def cancelled_units(order: Order) -> frozenset[str]:
    """The units that the newest snapshot says are cancelled; all of them with the order."""
    if order.snapshot is None:
        return frozenset()
    snapshot = order.snapshot.event
    if snapshot.status in _STATUSES:
        return created_units(order)
    return frozenset(line.line_id for line in snapshot.lines if line.is_cancelled)


def pending(order: Order) -> At[OrderCancelled] | None:
    """The cancellation that something is still to be done about in Shopify."""
    cancelled = _standing(order)
    if cancelled is None or cancelled.event.action == "ignore":
        return None
    done = order.update_of("cancellation")
    return cancelled if done is None or done.version < cancelled.version else None


def is_gone(order: Order) -> bool:
    """Whether nothing of the order in Shopify is wanted any more."""
    return created_units(order) <= cancelled_units(order)


def next_step(cancelled: OrderCancelled, there: OrderStanding) -> Step:
    """What brings the order in Shopify up to date; what was sent is not cancelled but tagged."""
    if there.cancelled_at is not None:
        return "is_cancelled"
    if cancelled.whole_order and cancelled.action == "cancel" and there.is_untouched:
        return "cancel"
    return "is_tagged" if TAG in there.tags else "tag"


def to_input(gid: str, cancelled: OrderCancelled, *, restock: bool) -> dict[str, object]:
    """The variables of ``orderCancel``: nobody is told, nothing is refunded (TikTok does that)."""
    return {
        "orderId": gid,
        "reason": _REASONS.get(cancelled.cancelled_by, "OTHER"),
        "restock": restock,
        "notifyCustomer": False,
        "staffNote": STAFF_NOTE,
    }


def took_stock(order: Order) -> bool:
    """Whether creating the order took its units off the stock, so that they may be given back.

    Not when the draft left the stock alone, nor when somebody else created it.
    """
    drafts = [source.draft for source in order.sources]
    return bool(drafts) and all(
        draft is not None and draft.event.inventory != "BYPASS" for draft in drafts
    )


def _units_of(source: Source) -> frozenset[str] | None:
    if source.draft is not None:
        return frozenset(unit for line in source.draft.event.lines for unit in line.line_ids)
    if source.snapshot is None:
        return None
    snapshot = source.snapshot.event
    if snapshot.status in _STATUSES:
        return frozenset()
    return frozenset(line.line_id for line in snapshot.lines if not line.is_cancelled)


def _known(order: Order, units: frozenset[str]) -> frozenset[str]:
    cancelled = _standing(order)
    if cancelled is None:
        return frozenset()
    return units if cancelled.event.whole_order else frozenset(cancelled.event.line_ids)


def _standing(order: Order) -> At[OrderCancelled] | None:
    """The newest cancellation of the order that stands in Shopify now."""
    cancelled, created = order.cancelled, order.created
    if cancelled is None or created is None or cancelled.version < created.version:
        return None
    return cancelled
