"""What each event says, in words: the order's history as a person reads it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from console.reading import trouble_of
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event
from ordersync_contracts.reasons import told

_WithReason = (
    events.OrderIneligible
    | events.OrderBlocked
    | events.ShopifyOrderFailed
    | events.ShopifyUpdateFailed
    | events.ShopifyOrderDraftWithdrawn
    | events.OrderSetAside
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the timeline. ``tone`` is ``good``, ``bad`` or ``plain``."""

    version: int
    at: datetime
    name: str
    title: str
    text: str
    who: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class _Line:
    """How events of one type are told: their title, and what ``text`` makes of each."""

    title: str
    text: Callable[[Any], str] = lambda _: ""
    tone: str = "plain"


def timeline(history: Iterable[Recorded]) -> tuple[Entry, ...]:
    """Every event of an order's stream, oldest first."""
    return tuple(_entry(recorded) for recorded in history)


def amount(value: Decimal, currency: str) -> str:
    """An amount with its currency, cents always shown."""
    return f"{value:,.2f} {currency}"


def cents(value: Decimal) -> str:
    """An amount for programs: both cents, whatever was sent (12.2 is 12.20)."""
    return f"{value:.2f}"


def platform_word(text: str) -> str:
    """TikTok's AWAITING_SHIPMENT as a person reads it."""
    return text.replace("_", " ").capitalize()


def _entry(recorded: Recorded) -> Entry:
    trouble = trouble_of(recorded)
    return _readable_entry(recorded) if trouble is None else _unreadable_entry(recorded, trouble)


def _unreadable_entry(recorded: Recorded, trouble: Exception) -> Entry:
    return Entry(
        version=recorded.version,
        at=recorded.occurred_at,
        name=recorded.name,
        title="Cannot be read by this version",
        text=f"{trouble}. Nothing is decided without it: update ordersync.",
        who=recorded.trace.source,
        tone="bad",
    )


def _readable_entry(recorded: Recorded) -> Entry:
    event = recorded.event
    line = _LINES.get(type(event), _Line(recorded.name))
    return Entry(
        version=recorded.version,
        at=recorded.occurred_at,
        name=recorded.name,
        title=line.title,
        text=line.text(event),
        who=_who(event) or recorded.trace.source,
        tone=line.tone,
    )


def _who(event: Event) -> str:
    match event:
        case events.SyncRequested():
            return event.requested_by
        case events.RecipientErased():
            return event.erased_by
        case _:
            return ""


def _fetched(event: events.OrderFetched) -> str:
    units = len(event.lines)
    things = "1 item" if units == 1 else f"{units} items"
    total = amount(event.payment.total, event.payment.currency)
    return f"{platform_word(event.status)}, {things}, {total}"


def _set_aside(event: events.OrderSetAside) -> str:
    return " ".join(part for part in (_reason(event), event.detail) if part)


def _ineligible(event: events.OrderIneligible) -> str:
    return " ".join(part for part in (_reason(event), event.changes_when) if part)


def _asked(event: events.SyncRequested) -> str:
    how = {"manual": "one order", "bulk": "several at once", "resync": "resync"}[event.mode]
    return f"{how}: {event.reason}" if event.reason else how


def _draft(event: events.ShopifyOrderDraft) -> str:
    replaces = f", replaces the one of event {event.replaces}" if event.replaces else ""
    drafted = f"{amount(event.total, event.currency)} for {event.store}{replaces}"
    off = [f"{identity.identity} by {identity.difference}" for identity in event.failed_identities]
    rest = event.adjustment
    carried = f"; {rest.amount} of {rest.identity} adjusted" if rest is not None else ""
    return drafted + (f"; TikTok's amounts are off: {', '.join(off)}" if off else "") + carried


def _blocked(event: events.OrderBlocked) -> str:
    what = "; ".join(filter(None, (", ".join(event.sku_ids), event.detail))) or event.field
    return f"{_reason(event)} {what}".strip()


def _requested(event: events.ShopifyOrderRequested) -> str:
    return f"{event.store}, attempt {event.attempt}"


def _created(event: events.ShopifyOrderCreated) -> str:
    named = event.name or event.shopify_order_id
    return f"{named} {event.outcome} in {event.store}{_without(event)}"


def _without(event: events.ShopifyOrderCreated | events.ShopifyOrderUpdated) -> str:
    return f", without {', '.join(event.left_out)}" if event.left_out else ""


def _failed(event: events.ShopifyOrderFailed | events.ShopifyUpdateFailed) -> str:
    parts = [_reason(event)]
    if event.shopify_code or event.field:
        parts.append(f"({' '.join(part for part in (event.shopify_code, event.field) if part)})")
    if event.next_attempt_at:
        parts.append(f"Next attempt {event.next_attempt_at:%b %d, %H:%M:%S} UTC.")
    return " ".join(parts)


def _update_failed(event: events.ShopifyUpdateFailed) -> str:
    return f"{event.change}: {_failed(event)}"


def _updated(event: events.ShopifyOrderUpdated) -> str:
    match event.change, event.how:
        case "cancellation", "cancelled":
            return "cancelled"
        case "cancellation", _:
            return "tagged as cancelled"
        case change, _:
            return {"address": "shipping address"}.get(change, change) + _without(event)


def _cancelled(event: events.OrderCancelled) -> str:
    units = len(event.line_ids)
    what = "1 item" if units == 1 else f"{units} items"
    then = {
        "cancel": "to be cancelled in Shopify",
        "tag": "to be tagged in Shopify",
        "ignore": "left as it is in Shopify",
    }[event.action]
    return f"{'the whole order' if event.whole_order else what}, {then}"


def _delivery(event: events.DeliveryStatusChanged) -> str:
    status = "In transit" if event.status == "in_transit" else "Delivered"
    parcel = " ".join(part for part in (event.carrier, event.tracking_number) if part)
    return f"{status} since {event.happened_at:%b %d, %H:%M} UTC" + (
        f", {parcel}" if parcel else ""
    )


def _reason(event: _WithReason) -> str:
    return f"{told(event.reason_code).title}."


_LINES: Final[dict[type[Event], _Line]] = {
    events.OrderFetched: _Line("Fetched from TikTok", _fetched),
    events.OrderSetAside: _Line("Could not be recorded", _set_aside, tone="bad"),
    events.OrderEligible: _Line("Eligible"),
    events.OrderIneligible: _Line("Not eligible", _ineligible),
    events.SyncRequested: _Line("Sync asked for", _asked),
    events.ShopifyOrderDraft: _Line("Shopify order drafted", _draft),
    events.ShopifyOrderDraftWithdrawn: _Line("Draft withdrawn", _reason),
    events.OrderBlocked: _Line("Blocked", _blocked, tone="bad"),
    events.ShopifyOrderRequested: _Line("Sent to Shopify", _requested),
    events.ShopifyOrderCreated: _Line("In Shopify", _created, tone="good"),
    events.ShopifyOrderFailed: _Line("Sync failed", _failed, tone="bad"),
    events.ShopifyOrderUpdated: _Line("Changed in Shopify", _updated, tone="good"),
    events.ShopifyUpdateFailed: _Line("Change failed", _update_failed, tone="bad"),
    events.ShopifyOrderRemoved: _Line(
        "Deleted in Shopify", lambda event: f"seen by {event.seen_by}", tone="bad"
    ),
    events.ShopifyOrderCancelled: _Line(
        "Cancelled in Shopify", lambda event: str(event.reason), tone="bad"
    ),
    events.DeliveryStatusChanged: _Line("Delivery", _delivery),
    events.DeliveryStatusSynced: _Line(
        "Delivery shown in Shopify", lambda event: str(event.status).replace("_", " "), tone="good"
    ),
    events.OrderCancelled: _Line("Cancelled in TikTok", _cancelled, tone="bad"),
    events.RecipientErased: _Line(
        "Buyer's data erased", lambda event: str(event.reason).replace("_", " ")
    ),
}
