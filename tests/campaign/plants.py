"""Bugs to plant in a writer: each is what a plausible but wrong writer would do.

A campaign that does not find orders doubled or lost with one of these proves nothing.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any

from jobs import tables
from jobs.job import Job
from jobs.outcomes import Outcome
from ordersync_contracts.events import ShopifyOrderRequested
from ordersync_contracts.ids import outcome_id
from runtime.session import Lease
from shopify.answers import Answer, Unclear
from shopify.calls import Calls
from shopify_jobs.deadline import Deadline
from shopify_jobs.doubts import Doubts
from shopify_jobs.failures import Failure
from shopify_jobs.known import Known
from shopify_writer.creation import attempt, lookup, once, order_create


def retry_on_timeout() -> None:
    """A call whose answer is lost is simply made again."""
    careful = order_create.create_order

    class Again:
        def __init__(self, calls: Calls) -> None:
            self._calls = calls

        async def execute(self, *args: Any, **options: Any) -> Answer:
            for _ in range(3):
                answer = await self._calls.execute(*args, **options)
                if not isinstance(answer, Unclear):
                    break
            return answer

    async def create(shopify: Calls, request: Any, guard: Any) -> Any:
        return await careful(Again(shopify), request, guard)

    _replace(once, create_order=create)
    sent_after_its_deadline()  # or the deadline would stop every call that is made again


def no_lookup() -> None:
    """Nobody asks Shopify whether the order is there."""

    async def absent(*_: object) -> lookup.Absent:
        return lookup.Absent()

    _replace(lookup, by_id=absent, by_search=absent)


def lease_not_checked() -> None:
    """A worker that was paused goes on as if nothing had happened."""
    Lease.check = lambda self: None  # type: ignore[method-assign]  # planted
    sent_after_its_deadline()  # or the deadline would stop whoever was paused for so long


def error_means_absent() -> None:
    """A lookup that failed counts as "not there"."""

    def believing(ask: Callable[..., Any]) -> Callable[..., Any]:
        async def asked(*args: object) -> Any:
            found = await ask(*args)
            return lookup.Absent() if isinstance(found, lookup.NotAnswered) else found

        return asked

    _replace(lookup, by_id=believing(lookup.by_id), by_search=believing(lookup.by_search))


def absence_believed_at_once() -> None:
    """What is not found now is taken as never created."""

    Doubts.absent_in = lambda *_: timedelta()  # type: ignore[method-assign]  # planted


def absence_counted_from_ones_own_job() -> None:
    """The wait runs from what the job said when it was claimed, not from the newest request."""

    def absent_in(doubts: Doubts, _: datetime, job: Job) -> timedelta:
        if job.in_doubt_since is None or job.claimed_at is None:
            return timedelta()
        return max(timedelta(), job.in_doubt_since + doubts.settled_after - job.claimed_at)

    Doubts.absent_in = absent_in  # type: ignore[assignment,method-assign]  # planted
    absence_concluded_by_anybody()  # who lost the job is not asked, or would notice that


def sent_after_its_deadline() -> None:
    """A create is sent however long ago it was announced."""
    Deadline.check = lambda self: None  # type: ignore[method-assign]  # planted


def absence_concluded_by_anybody() -> None:
    """Whoever found nothing says so, whatever happened to job and order meanwhile."""

    async def absent(
        writer: attempt.Writer, known: Known, job: Job, intent: ShopifyOrderRequested, _: Lease
    ) -> Outcome:
        failed = writer._failure(known, intent, Failure("not_created"))
        event_id = outcome_id(str(job.id), job.attempt, failed.type_name())
        await writer.orders.tell(known, lambda _: (event_id, failed))
        return attempt._after(failed)

    attempt.Writer._absent = absent  # type: ignore[assignment,method-assign]  # planted


def passed_on_by_time() -> None:
    """A job nobody has finished for a second is taken as never begun, whoever may be at it."""
    absence_counted_from_ones_own_job()  # or the open request in the stream would be waited for
    _replace(
        tables,
        RECOVER="""
        UPDATE effects.job SET state = 'waiting', owner = NULL, sent_at = NULL,
            in_doubt_since = NULL, due_at = $2, reason = $3
        WHERE state = 'running' AND coalesce(sent_at, due_at) < $2::timestamptz
            - interval '1 second' AND $1::integer IS NOT NULL
    """,
    )


def _replace(module: ModuleType, **names: object) -> None:
    for name, value in names.items():
        setattr(module, name, value)


PLANTS: Mapping[str, Callable[[], None]] = {
    plant.__name__: plant
    for plant in (
        retry_on_timeout,
        no_lookup,
        lease_not_checked,
        error_means_absent,
        absence_believed_at_once,
        absence_counted_from_ones_own_job,
        sent_after_its_deadline,
        absence_concluded_by_anybody,
        passed_on_by_time,
    )
}
