"""Calls to Shopify for one piece of a job, and what becomes of the job when one does not succeed.

Reads that fail have done nothing. A change is announced first, made once, without network retry;
an unknown outcome is *in doubt*: looked up, and repeated only when it cannot arrive any more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from jobs import Finished, InDoubt, Job, JobStore, Outcome, Parked, waits
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.reasons import RetryPolicy, reason
from ordersync_contracts.streams import order_of
from runtime.clock import Clock
from runtime.session import Lease
from shopify.answers import Done, Refused
from shopify.calls import Calls
from status_tracker.doubts import LOOK_AGAIN, Doubts, again
from status_tracker.outcomes import Failure, Unknown, meaning
from status_tracker.recording import Known, Record

ChangeKind = Literal["delivery", "cancellation", "address", "note", "tags"]

PAUSES: Final = frozenset({"token_invalid", "shop_frozen"})
"""Reasons that hold for every order of the store, and not for this service's calls alone."""

_ASK_AGAIN: Final = timedelta(hours=1)
"""When it is tried again whether a person removed the cause."""
_WORTH_TELLING: Final = timedelta(minutes=1)
"""Shorter waits are over before anybody reads of them."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to apply in Shopify, in one performance of a job.

    ``since``: the version of the event that asks for it. ``content`` tells one value from another.
    """

    job: Job
    known: Known
    lease: Lease
    change: ChangeKind
    since: int
    content: str = ""

    @property
    def gid(self) -> str:
        """The Shopify order."""
        created = self.known.order.created
        return created.event.shopify_order_id if created is not None else ""

    @property
    def what(self) -> str:
        """Tells this thing from the job's others."""
        return f"{self.change}:{self.since}"


@dataclass(frozen=True, slots=True)
class Stop:
    """This job goes no further now: what becomes of it."""

    outcome: Outcome


class Caller:
    """Makes the calls of the status-tracker's jobs."""

    def __init__(
        self, record: Record, shopify: Calls, job_store: JobStore, clock: Clock, doubts: Doubts
    ) -> None:
        self.record = record
        self.doubts = doubts
        self._shopify = shopify
        self._job_store = job_store
        self._clock = clock

    async def ask(
        self, task: Task, document: str, variables: Mapping[str, Any]
    ) -> dict[str, Any] | Stop:
        """Read."""
        answer = await self._shopify.execute(task.job.store, document, variables)
        if isinstance(answer, Done):
            return answer.data
        failure = meaning(answer, is_change=False)
        return (
            self.look_again()
            if isinstance(failure, Unknown)
            else await self.failed(task, failure, is_change=False)
        )

    async def tell(
        self, task: Task, document: str, variables: Mapping[str, Any]
    ) -> dict[str, Any] | Refused | Stop:
        """Change something, once; a refusal is for the caller to judge."""
        doubt = self.doubts.about(task.job, self._clock())
        if doubt is not None:
            return Stop(doubt)
        await self._job_store.sending(task.job)
        answer = await self._shopify.execute(
            task.job.store, document, variables, guard=task.lease.check
        )
        if isinstance(answer, Done):
            return answer.data
        if isinstance(answer, Refused):
            return answer
        failure = meaning(answer, is_change=True)
        return (
            self.look_again() if isinstance(failure, Unknown) else await self.failed(task, failure)
        )

    def look_again(self) -> Stop:
        """What became of a change is not known yet."""
        return Stop(InDoubt(self._clock() + LOOK_AGAIN))

    async def failed(self, task: Task, failure: Failure, *, is_change: bool = True) -> Stop:
        """It is not applied: recorded where it is news, and tried again when that can help.

        ``is_change``: a change was answered, so that nothing is in doubt any more.
        """
        now = self._clock()
        next_at = _next_attempt_at(task, failure, now)
        if _is_news(task, failure, next_at, now):
            await self.record.outcome(task.job, _failed(task, failure, next_at), task.what)
        return Stop(await self._after(task, failure, next_at, is_change=is_change))

    async def _after(
        self, task: Task, failure: Failure, next_at: datetime | None, *, is_change: bool
    ) -> Outcome:
        code, now = failure.reason_code, self._clock()
        if code in PAUSES:
            if await self.record.pause(task.known.shop, code):
                return Parked(code)
            return again(task.job, now + LOOK_AGAIN, code)
        if next_at is not None:
            return again(task.job, next_at, code, is_settled=is_change)
        waits_for_cause = reason(code).retry is RetryPolicy.WAITS and code != "order_removed"
        return again(task.job, now + _ASK_AGAIN, code) if waits_for_cause else Finished()


def waits_for(shop: Shop) -> str | None:
    """Why nothing may be done in the shop's store now; None when it may."""
    return shop.pause_of("shopify") if shop.is_connected else "shop_disconnected"


def _next_attempt_at(task: Task, failure: Failure, now: datetime) -> datetime | None:
    """When what fails in passing is tried again; None: a person or another event comes first."""
    if reason(failure.reason_code).retry is not RetryPolicy.BACKOFF:
        return None
    began_at = task.known.series_began_at(task.change, now)
    return waits.next_attempt_at(task.job.attempt, began_at, now, wait_s=failure.wait_s)


def _is_news(task: Task, failure: Failure, next_at: datetime | None, now: datetime) -> bool:
    """Whether it is worth an event: a new next attempt that is not near, or a new end."""
    if next_at is not None:
        return next_at - now >= _WORTH_TELLING
    order = task.known.order
    told = order.failure_of(task.change)
    if told is None or told.version < max(task.since, order.asked_version):
        return True
    same = (told.event.reason_code, told.event.content, told.event.next_attempt_at)
    return same != (failure.reason_code, task.content, None)


def _failed(
    task: Task, failure: Failure, next_attempt_at: datetime | None
) -> events.ShopifyUpdateFailed:
    shop_id, order_id = order_of(task.job.stream_id)
    return events.ShopifyUpdateFailed(
        shop_id=shop_id,
        order_id=order_id,
        store=task.job.store,
        shopify_order_id=task.gid,
        change=task.change,
        reason_code=failure.reason_code,
        shopify_code=failure.shopify_code,
        field=failure.field,
        request_id=failure.request_id,
        next_attempt_at=next_attempt_at,
        content=task.content,
    )
