"""Calls to Shopify for one change to an order, and what becomes of its job when one fails.

Reads that fail have done nothing. A write is announced first, made once, without network retry; an
unknown outcome is *in doubt*: looked up, and repeated only when it cannot arrive any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from jobs.interface import JobStore
from jobs.job import Job
from jobs.outcomes import Finished, InDoubt, Outcome, Parked
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import (
    DeliveryStatusSynced,
    OrderEvent,
    ShopifyOrderCreated,
    ShopifyOrderUpdated,
    ShopifyUpdateFailed,
    SyncRequested,
)
from ordersync_contracts.events.shopify import ChangeKind, How
from ordersync_contracts.ids import outcome_id
from ordersync_contracts.reasons import STORE_WIDE, RetryPolicy, reason
from ordersync_contracts.streams import order_of
from runtime.clock import Clock
from runtime.session import Lease
from shopify.answers import Done, Refused
from shopify.calls import Calls
from shopify.refusals import RefusalKind
from shopify_jobs.doubts import Doubts, again
from shopify_jobs.failures import Failure, Refusals, Unknown, failure, meaning
from shopify_jobs.known import Known, OrderStreams, Series
from shopify_jobs.pauses import Pauses
from shopify_jobs.retries import Retries, outcome

AppliedKind = Literal[ChangeKind, "delivery"]

_REASONS: Final = {
    RefusalKind.SHOP_DORMANT: "shop_frozen",
    RefusalKind.TOO_MANY_ATTEMPTS: "throttled",
}
UPDATE_REFUSED: Final = Refusals(_REASONS, "update_refused")
FULFILLMENT_REFUSED: Final = Refusals(_REASONS, "fulfillment_refused")

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


@dataclass(frozen=True, slots=True)
class Stop:
    """This job goes no further now: what becomes of it."""

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Makes the calls of the status-tracker's jobs, and records what came of them."""

    streams: OrderStreams
    pauses: Pauses
    shopify: Calls
    job_store: JobStore
    doubts: Doubts
    retries: Retries
    clock: Clock

    async def read(
        self, change: Change, document: str, variables: Mapping[str, Any]
    ) -> dict[str, Any] | Stop:
        """The answer's data."""
        answer = await self.shopify.execute(change.job.store, document, variables)
        if isinstance(answer, Done):
            return answer.data
        why = failure(answer, UPDATE_REFUSED)
        return await self.failed(change, why, document, is_answered=False)

    async def write(
        self, change: Change, document: str, variables: Mapping[str, Any]
    ) -> dict[str, Any] | Refused | Stop:
        """Change something, once; a refusal is for whoever asked to judge."""
        doubt = self.doubts.about(change.job, self.clock())
        if doubt is not None:
            return Stop(doubt)
        await self.job_store.sending(change.job)
        answer = await self.shopify.execute(
            change.job.store, document, variables, guard=change.lease.check
        )
        if isinstance(answer, Done):
            return answer.data
        if isinstance(answer, Refused):
            return answer
        why = meaning(answer, UPDATE_REFUSED)
        if isinstance(why, Unknown):
            return self.look_again()
        return await self.failed(change, why, document)

    def look_again(self) -> Stop:
        """What became of a write is not known yet."""
        return Stop(InDoubt(self.doubts.soon(self.clock())))

    async def record(self, change: Change, event: OrderEvent) -> None:
        """What became of this attempt of the job at the change."""
        job = change.job
        name = f"{job.id}:{change.kind}:{change.since}"
        event_id = outcome_id(name, job.attempt, event.type_name())
        await self.streams.fact(change.known, event_id, event)

    async def updated(
        self,
        change: Change,
        snapshot_version: int,
        how: How = "",
        left_out: tuple[str, ...] = (),
    ) -> Stop | None:
        """It stands in Shopify as this snapshot says; the job goes on."""
        shop_id, order_id = order_of(change.job.stream_id)
        updated = ShopifyOrderUpdated(
            shop_id=shop_id,
            order_id=order_id,
            store=change.job.store,
            shopify_order_id=change.gid,
            change=change.kind,
            snapshot_version=snapshot_version,
            content=change.content,
            how=how,
            left_out=left_out,
        )
        await self.record(change, updated)
        return None

    async def refused(
        self, change: Change, answer: Refused, refusals: Refusals = UPDATE_REFUSED
    ) -> Stop:
        """Shopify refused it for good."""
        return await self.failed(change, failure(answer, refusals))

    async def failed(
        self, change: Change, why: Failure, document: str = "", *, is_answered: bool = True
    ) -> Stop:
        """It is not applied: recorded where it is news, and tried again when that can help.

        ``document``: the call that failed. ``is_answered``: a write was, so that nothing is in
        doubt any more.
        """
        now = self.clock()
        began_at = change.known.series_began_at(_series_of(change.kind), now)
        next_at = self.retries.next_attempt_at(why, change.job.attempt, began_at, now)
        if _is_news(change, why, next_at, now):
            await self.record(change, _failed(change, why, next_at))
        if why.reason_code in STORE_WIDE:
            return Stop(await self._parked(change, why, document))
        return Stop(self._after(change, why.reason_code, next_at, is_answered=is_answered))

    async def _parked(self, change: Change, why: Failure, document: str) -> Outcome:
        """Until the store can be used again, for creations too."""
        job, shop = change.job, change.known.shop
        waits_for = await self.pauses.halt(shop, job.store, why, document)
        if waits_for is not None:
            return Parked(waits_for)
        return again(job, self.doubts.soon(self.clock()), why.reason_code)

    def _after(
        self, change: Change, code: str, next_at: datetime | None, *, is_answered: bool
    ) -> Outcome:
        """What is refused to changes alone pauses nothing: creations need other permissions."""
        job, now = change.job, self.clock()
        next_attempt = None
        if next_at is not None:
            next_attempt = again(job, next_at, code, is_settled=is_answered)
        is_over = code == "order_removed"
        waiting = Finished() if is_over else again(job, now + self.retries.waits.cause, code)
        return outcome(code, next_attempt, waiting)


def _series_of(kind: AppliedKind) -> Series:
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


def _is_news(change: Change, why: Failure, next_at: datetime | None, now: datetime) -> bool:
    """Whether it is worth an event: a new next attempt that is not near, or a new end."""
    if next_at is not None:
        return next_at - now >= _WORTH_TELLING
    order = change.known.order
    known = order.failure_of(change.kind)
    if known is None or known.version < max(change.since, order.asked_version):
        return True
    same = (known.event.reason_code, known.event.content, known.event.next_attempt_at)
    return same != (why.reason_code, change.content, None)


def _failed(change: Change, why: Failure, next_attempt_at: datetime | None) -> ShopifyUpdateFailed:
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
