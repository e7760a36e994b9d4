"""Calls to Shopify for one change to an order, and what becomes of its job when one fails.

Reads that fail have done nothing. A write is announced first, made once, without network retry; an
unknown outcome is *in doubt*: looked up, and repeated only when it cannot arrive any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from jobs.interface import JobStore
from jobs.outcomes import Finished, InDoubt, Outcome, Parked, Retry
from lifecycle.order import Order
from ordersync_contracts.events import (
    OrderEvent,
    ShopifyOrderUpdated,
    ShopifyUpdateFailed,
)
from ordersync_contracts.events.shopify import How
from ordersync_contracts.ids import outcome_id
from ordersync_contracts.reasons import STORE_WIDE
from ordersync_contracts.streams import order_of
from runtime.clock import Clock
from shopify.answers import Done, Refused
from shopify.calls import Calls
from shopify.refusals import RefusalKind
from shopify_jobs.doubts import Doubts
from shopify_jobs.failures import Failure, Refusals, Unknown, failure, meaning
from shopify_jobs.known import OrderStreams
from shopify_jobs.pauses import Pauses
from shopify_jobs.retries import Retries, outcome
from status_tracker.change import Change, failed, is_news, outcome_of, series_of

_REASONS: Final = {
    RefusalKind.SHOP_DORMANT: "shop_frozen",
    RefusalKind.TOO_MANY_ATTEMPTS: "throttled",
}
UPDATE_REFUSED: Final = Refusals(_REASONS, "update_refused")
FULFILLMENT_REFUSED: Final = Refusals(_REASONS, "fulfillment_refused")


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
        return await self.failed(change, failure(answer, UPDATE_REFUSED), document)

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
        return await self.failed(change, why, document, is_answered=True)

    def look_again(self) -> Stop:
        """What became of a write is not known yet."""
        return Stop(InDoubt(self.doubts.soon(self.clock())))

    async def record(self, change: Change, event: OrderEvent) -> None:
        """What became of this attempt of the job at the change, if its order stands by then.

        A failure is no news once another attempt's outcome is recorded: this one is over.
        """
        job, before = change.job, change.known.order
        name = f"{job.id}:{change.kind}:{change.since}"
        event_id = outcome_id(name, job.attempt, event.type_name())

        def judge(order: Order) -> tuple[UUID, OrderEvent] | None:
            if not order.stands or order.created != before.created:
                return None
            if not isinstance(event, ShopifyUpdateFailed):
                return event_id, event
            is_late = outcome_of(change, order) != outcome_of(change, before)
            return None if is_late else (event_id, event)

        await self.streams.tell(change.known, judge)

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
        return await self.failed(change, failure(answer, refusals), is_answered=True)

    async def failed(
        self, change: Change, why: Failure, document: str = "", *, is_answered: bool = False
    ) -> Stop:
        """It is not applied: recorded where it is news, and tried again when that can help.

        ``document``: the call that failed. ``is_answered``: a write was, so that nothing is in
        doubt any more; a read settles nothing.
        """
        now = self.clock()
        began_at = change.known.series_began_at(series_of(change.kind), now)
        next_at = self.retries.next_attempt_at(why, change.job.attempt, began_at, now)
        doubt = None if is_answered else self.doubts.about(change.job, now)
        if doubt is not None and next_at is None and why.reason_code not in STORE_WIDE:
            return Stop(doubt)  # what may still arrive may make it otherwise
        if is_news(change, why, next_at, now):
            await self.job_store.owned(change.job)
            await self.record(change, failed(change, why, next_at))
        if why.reason_code in STORE_WIDE:
            return Stop(await self._parked(change, why, document, is_answered=is_answered))
        return Stop(self._after(why.reason_code, next_at, is_answered=is_answered))

    async def _parked(
        self, change: Change, why: Failure, document: str, *, is_answered: bool
    ) -> Outcome:
        """Until the store can be used again, for creations too.

        One that the shop has left has no pause whose end would be seen: it is asked by the hour.
        """
        job, shop = change.job, change.known.shop
        if shop.has_left(job.store):
            return Retry(self.clock() + self.retries.waits.cause, why.reason_code, is_answered)
        waits_for = await self.pauses.halt(shop, job.store, why, document)
        if waits_for is not None:
            return Parked(waits_for)
        return Retry(self.doubts.soon(self.clock()), why.reason_code, is_answered)

    def _after(self, code: str, next_at: datetime | None, *, is_answered: bool) -> Outcome:
        """What is refused to changes alone pauses nothing: creations need other permissions."""
        now = self.clock()
        next_attempt = Retry(next_at, code, is_answered) if next_at is not None else None
        is_over = code == "order_removed"
        asks_again = Retry(now + self.retries.waits.cause, code, is_answered)
        return outcome(code, next_attempt, Finished() if is_over else asks_again)
