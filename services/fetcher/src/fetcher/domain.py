"""What the fetcher decides: is this snapshot news, and which window to ask for next. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lifecycle.order import Order
from mapping.masks import MASK
from ordersync_contracts.events import OrderFetched, RecipientErased
from tiktok import searches

KEPT_FROM: Final = frozenset(
    {
        "AWAITING_SHIPMENT",
        "PARTIALLY_SHIPPING",
        "AWAITING_COLLECTION",
        "IN_TRANSIT",
        "DELIVERED",
        "COMPLETED",
    }
)
"""Statuses in which a Fulfilled-by-Seller order's recipient is kept."""

OPEN: Final = (
    "UNPAID",
    "ON_HOLD",
    "AWAITING_SHIPMENT",
    "PARTIALLY_SHIPPING",
    "AWAITING_COLLECTION",
    "IN_TRANSIT",
    "DELIVERED",
)
"""Statuses that are swept: an order in them may change without its update time moving."""

_COMPARED: Final = ("line1", "city", "state", "postal_code", "region")
"""Where it goes to. Names and phones are written differently when masked."""


def news(order: Order, snapshots: Sequence[OrderFetched]) -> tuple[OrderFetched, ...]:
    """The snapshot to append: the newest one, unless the stream says the same already.

    One event per change, never one per poll; what is older than the stream's newest is no news.
    What TikTok knows the order as is asked once and carried on. An order that was set aside is
    told again, whatever it says: it is recorded now.
    """
    newest = max(snapshots, key=lambda snapshot: (snapshot.updated_at, snapshot.asked_at))
    known = order.snapshot.event if order.snapshot is not None else None
    if known is not None and newest.known_as is None:
        newest = newest.model_copy(update={"known_as": known.known_as})
    if known is not None and order.erased is not None:
        known = known.model_copy(update={"recipient": None, "message": None})  # refused since
    if known is None:
        return (newest,)
    is_told = newest.says_the_same_as(known) and order.set_aside is None
    return () if is_told or not newest.is_newer_than(known) else (newest,)


def keeps_buyer(fulfillment_type: str, status: str) -> bool:
    """Whether the buyer's data of such an order goes into the vault."""
    return fulfillment_type == "FULFILLMENT_BY_SELLER" and status in KEPT_FROM


def may_be_known(
    fulfillment_type: str, placed_at: datetime | None, connected_at: datetime | None
) -> bool:
    """Whether another connector may have created the order in Shopify before we came."""
    is_early = placed_at is not None and connected_at is not None and placed_at < connected_at
    return is_early and fulfillment_type == "FULFILLMENT_BY_SELLER"


def fits(masked: Mapping[str, object], clear: Mapping[str, object]) -> bool:
    """Whether the masked recipient can be the clear one; a part that is absent says nothing.

    TikTok shows an address clear or masked depending on the order's status, so masked after clear
    says nothing by itself. It is a correction when what still shows through is not what is stored.
    """
    pairs = ((_plain(masked.get(part)), _plain(clear.get(part))) for part in _COMPARED)
    return all(_shows(seen, whole) for seen, whole in pairs if seen and whole)


def _plain(value: object) -> str:
    return " ".join(str(value or "").casefold().split())


def _shows(seen: str, whole: str) -> bool:
    """Whether ``whole`` with asterisks may look like ``seen``."""
    pattern = ".*".join(re.escape(part) for part in MASK.split(seen))
    return re.fullmatch(pattern, whole) is not None


def ended_at(
    status: str, cancelled_at: datetime | None, updated_at: datetime | None
) -> datetime | None:
    """When the order was completed or cancelled; None while it is neither."""
    match status:
        case "CANCELLED":
            return cancelled_at or updated_at
        case "COMPLETED":
            return updated_at
        case _:
            return None


def end_of(order: Order) -> datetime | None:
    """When the order ended, by its newest snapshot; None while it has not."""
    if order.snapshot is None:
        return None
    last = order.snapshot.event
    return ended_at(last.status, last.cancelled_at, last.updated_at)


def erased_by_age(order: Order) -> tuple[RecipientErased, ...]:
    """What is said once the buyer's data is gone; nothing when somebody said it before."""
    if order.snapshot is None or order.erased is not None:
        return ()
    last = order.snapshot.event
    return (
        RecipientErased(
            shop_id=last.shop_id, order_id=last.order_id, erased_by="fetcher", reason="retention"
        ),
    )


@dataclass(frozen=True)
class Window(searches.Window):
    """A span of time that has an end: as TikTok's searches take it."""

    until: datetime


def poll_window(watermark: datetime, now: datetime, overlap: timedelta) -> Window | None:
    """The next window by update time; None while it would be empty.

    It begins before the watermark, because TikTok may show a change late, and ends before now,
    because a second that is not over may still get changes.
    """
    begin = (watermark - overlap).replace(microsecond=0)
    end = now.replace(microsecond=0)
    return Window(begin, end) if begin < end else None


def pieces(window: Window, longest: timedelta) -> Iterator[Window]:
    """The window in pieces, the earliest first: after an outage progress is kept piece by piece."""
    begin = window.since
    while begin < window.until:
        end = min(begin + longest, window.until)
        yield Window(begin, end)
        begin = end


def history_window(
    begins_at: datetime | None, covered_from: datetime | None, longest: timedelta
) -> Window | None:
    """The next window by creation time, the newest first; None when all of it is covered.

    A shop's window that is moved back (WindowMoved) is covered the same way.
    """
    if begins_at is None or covered_from is None or begins_at >= covered_from:
        return None
    begin = max(begins_at.replace(microsecond=0), covered_from - longest)
    return Window(begin, covered_from)
