"""One change to an order, and what of its outcome is worth an event."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from jobs.job import Job
from lifecycle.order import Order
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import (
    DeliveryStatusSynced,
    ShopifyOrderCreated,
    ShopifyOrderUpdated,
    ShopifyUpdateFailed,
    SyncRequested,
)
from ordersync_contracts.events.shopify import ChangeKind
from ordersync_contracts.reasons import RetryPolicy, reason
from ordersync_contracts.streams import order_of
from runtime.session import Lease
from shopify_jobs.failures import Failure
from shopify_jobs.known import Known, Series

AppliedKind = Literal[ChangeKind, "delivery"]

_WORTH_TELLING: Final = timedelta(minutes=1)
"""Shorter waits are over before anybody reads of them."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to bring into Shopify, in one performance of a job.

    ``since``: the version of the event that asks for it. ``content`` tells one value from another.
    """

    job: Job
    known: Known
    lease: Lease
    kind: AppliedKind
    since: int
    content: str = ""

    @property
    def gid(self) -> str:
        """The Shopify order."""
        created = self.known.order.created
        return created.event.shopify_order_id if created is not None else ""


def series_of(kind: AppliedKind) -> Series:
    """The failures in passing of this kind of change.

    A success, a person's Sync, and a failure of another nature end a series.
    """

    def belongs(recorded: Recorded) -> bool | None:
        match recorded.event:
            case ShopifyUpdateFailed() as event:
                passes = reason(event.reason_code).retry is RetryPolicy.BACKOFF
                return passes if event.change == kind else None
            case ShopifyOrderUpdated() as event:
                return False if event.change == kind else None
            case DeliveryStatusSynced():
                return False if kind == "delivery" else None
            case SyncRequested() | ShopifyOrderCreated():
                return False
            case _:
                return None

    return belongs


def outcome_of(change: Change, order: Order) -> object:
    """What the stream says became of this kind of change."""
    applied = order.synced_deliveries if change.kind == "delivery" else order.update_of(change.kind)
    return applied, order.failure_of(change.kind)


def is_news(change: Change, why: Failure, next_at: datetime | None, now: datetime) -> bool:
    """Whether it is worth an event: a new next attempt that is not near, or a new end."""
    if next_at is not None:
        return next_at - now >= _WORTH_TELLING
    order = change.known.order
    known = order.failure_of(change.kind)
    if known is None or known.version < max(change.since, order.asked_version):
        return True
    same = (known.event.reason_code, known.event.content, known.event.next_attempt_at)
    return same != (why.reason_code, change.content, None)


def failed(change: Change, why: Failure, next_attempt_at: datetime | None) -> ShopifyUpdateFailed:
    """It is not applied, and why."""
    shop_id, order_id = order_of(change.job.stream_id)
    return ShopifyUpdateFailed(
        shop_id=shop_id,
        order_id=order_id,
        store=change.job.store,
        shopify_order_id=change.gid,
        change=change.kind,
        reason_code=why.reason_code,
        shopify_code=why.shopify_code,
        field=why.field,
        request_id=why.request_id,
        next_attempt_at=next_attempt_at,
        content=change.content,
    )
