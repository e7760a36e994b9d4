"""The status a merchant sees: one word, and the reason where there is one."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from lifecycle.order import At, Order
from lifecycle.shop import Shop
from ordersync_contracts import events

NOT_TRIED_AGAIN: Final = frozenset({"order_removed", "address_changed_masked"})
"""Reasons of failed changes that trying again cannot help."""


LONG_IN_FLIGHT: Final = timedelta(hours=1)
"""Far longer than it takes to learn what became of a request, from a store that answers."""


class Status(StrEnum):
    """The words of the Orders page."""

    SYNCED = "Synced"
    SYNCING = "Syncing"
    NOT_ELIGIBLE = "Not eligible"
    SYNC_FAILED = "Sync failed"
    NOT_SYNCED = "Not synced"


class Delivery(StrEnum):
    """How far the parcel is, in the words of the Orders page."""

    IN_TRANSIT = "In transit"
    DELIVERED = "Delivered"


@dataclass(frozen=True, slots=True)
class View:
    """What a merchant sees of one order.

    ``remark`` is shown beside the status ("Cancelled in TikTok", "Deleted in Shopify"). A synced
    order has a reason when something that came later does not stand in Shopify.
    """

    status: Status
    reason_code: str | None
    next_attempt_at: datetime | None
    shopify_order_id: str | None
    delivery: Delivery | None
    remark: str | None
    may_sync: bool


_Decisive = (
    At[events.SyncRequested]
    | At[events.ShopifyOrderDraft]
    | At[events.ShopifyOrderDraftWithdrawn]
    | At[events.OrderBlocked]
    | At[events.ShopifyOrderFailed]
)


def view(order: Order, shop: Shop | None = None, requested_for: timedelta = timedelta()) -> View:
    """What a merchant sees of the order: the first rule that holds decides.

    ``shop``: as it stands now; then *Syncing* has a reason where nothing can be done in its store.
    ``requested_for``: how long ago its newest request is; then *Syncing* has a reason also where
    for long nobody could learn what became of that.
    """
    status, reason_code, next_attempt_at = _status(order)
    if status is Status.SYNCING and shop is not None:
        reason_code = waits_for(shop) or _left_behind(order, shop) or reason_code
    if status is Status.SYNCING and order.is_in_flight and requested_for > LONG_IN_FLIGHT:
        reason_code = reason_code or "outcome_unknown"
    created = order.created.event.shopify_order_id if order.created else None
    return View(
        status=status,
        reason_code=reason_code,
        next_attempt_at=next_attempt_at,
        shopify_order_id=created,
        delivery=delivery(order),
        remark=_remark(order),
        may_sync=order.is_deleted
        or (status in {Status.NOT_SYNCED, Status.SYNC_FAILED} and not _is_unrecorded(order))
        or can_be_tried_again(unapplied(order)),
    )


def waits_for(shop: Shop) -> str | None:
    """Why nothing is done in the shop's store now, by a reason of the catalogue; None: it may."""
    if not shop.is_connected:
        return "shop_disconnected"
    if shop.store is None:
        return "no_store"
    return shop.pause_of("shopify") or (None if shop.may_create else "adoption_pending")


def _left_behind(order: Order, shop: Shop) -> str | None:
    """Why a request whose outcome is not known waits, although the shop's store works now."""
    if not order.is_in_flight or order.requested is None:
        return None
    return None if order.requested.event.store == shop.store else "shop_disconnected"


def unapplied(order: Order) -> events.ShopifyUpdateFailed | None:
    """The newest later change or delivery status that could not be applied to the Shopify order.

    None once it was applied, and while it is tried again because a person asked for it.
    """
    if not order.stands:
        return None
    since = order.created.version if order.created is not None else 0
    open_ = [at for at in order.failures if at.version > since and _is_open(order, at)]
    newest = max(open_, key=lambda at: at.version, default=None)
    return newest.event if newest is not None else None


def can_be_tried_again(failure: events.ShopifyUpdateFailed | None) -> bool:
    """Whether Sync helps; what was created otherwise or changed beyond reach needs a person."""
    return (
        failure is not None
        and failure.change not in {"creation", "order"}
        and failure.reason_code not in NOT_TRIED_AGAIN
    )


def _is_open(order: Order, at: At[events.ShopifyUpdateFailed]) -> bool:
    applied = [update.version for update in order.updates if update.event.change == at.event.change]
    if at.event.change == "delivery":
        applied = [synced.version for synced in order.synced_deliveries]
    if can_be_tried_again(at.event):
        applied.append(order.asked_version)
    return at.version > max(applied, default=0)


def delivery(order: Order) -> Delivery | None:
    """Delivered once any delivery is recorded for the whole order or all its units."""
    if not order.deliveries:
        return None
    delivered = [at.event for at in order.deliveries if at.event.status == "delivered"]
    if not delivered:
        return Delivery.IN_TRANSIT
    if any(not event.line_ids for event in delivered) or order.snapshot is None:
        return Delivery.DELIVERED
    open_lines = {
        line.line_id for line in order.snapshot.event.lines if not line.is_cancelled
    }.difference(*(event.line_ids for event in delivered))
    return Delivery.IN_TRANSIT if open_lines else Delivery.DELIVERED


def _status(order: Order) -> tuple[Status, str | None, datetime | None]:
    if order.created is not None and (order.stands or not order.asked_version):
        failure = unapplied(order)
        if failure is None:
            return Status.SYNCED, _aside(order), None
        return Status.SYNCED, failure.reason_code, failure.next_attempt_at
    if order.is_in_flight:
        return Status.SYNCING, None, None
    if order.eligibility is not None and isinstance(
        order.eligibility.event, events.OrderIneligible
    ):
        return Status.NOT_ELIGIBLE, order.eligibility.event.reason_code, None
    return _newest_says(order)


def _newest_says(order: Order) -> tuple[Status, str | None, datetime | None]:
    newest = _newest(order)
    match newest.event if newest else None:
        case events.OrderBlocked(reason_code="reading_products" as code):
            return Status.SYNCING, code, None
        case events.OrderBlocked(reason_code=code):
            return Status.SYNC_FAILED, code, None
        case events.ShopifyOrderFailed(reason_code=code, next_attempt_at=at):
            return Status.SYNC_FAILED, code, at
        case events.SyncRequested() | events.ShopifyOrderDraft():
            return Status.SYNCING, None, None
        case _:
            status = Status.SYNC_FAILED if _is_unrecorded(order) else Status.NOT_SYNCED
            return status, _aside(order), None


def _is_unrecorded(order: Order) -> bool:
    """Whether no state of TikTok's order could be recorded yet."""
    return order.snapshot is None and order.set_aside is not None


def _aside(order: Order) -> str | None:
    """Why the order's newest state at TikTok could not be recorded; None when it was."""
    return order.set_aside.event.reason_code if order.set_aside is not None else None


def _newest(order: Order) -> _Decisive | None:
    live, failed = order.live_draft, order.failed
    if live is not None and failed is not None and failed.event.draft_version != live.version:
        failed = None  # an older draft's, also where it was recorded later
    candidates = (order.asked, live, order.withdrawn, order.blocked, failed)
    present = [candidate for candidate in candidates if candidate is not None]
    return max(present, key=lambda at: at.version, default=None)


def _remark(order: Order) -> str | None:
    if order.removed is not None and not order.stands:
        return "Deleted in Shopify"
    cancelled = order.cancelled
    if cancelled is None or not order.stands:
        return _adjusted(order)
    return "Cancelled in TikTok" if cancelled.event.whole_order else "Partly cancelled in TikTok"


def _adjusted(order: Order) -> str | None:
    """That TikTok's amounts left a rest, which the order carries so that its total is right.

    Of one that was deleted in Shopify that is said instead.
    """
    draft = order.live_draft
    if order.created is not None:
        draft = order.draft if order.created.event.outcome != "adopted" else None
    if draft is None or draft.event.adjustment is None:
        return None
    return f"Adjusted by {draft.event.adjustment.amount}"
