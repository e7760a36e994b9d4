"""Bringing what changed after creation into Shopify: cancellations, then corrections.

How the order stands is read first, so a change that was made already is not made again. Nobody is
notified by any of the calls.
"""

from jobs import Finished, Job, Outcome, Parked
from lifecycle.order import At
from ordersync_contracts import events
from ordersync_contracts.events import OrderCancelled
from ordersync_contracts.events.shopify import How
from runtime.session import Lease
from shopify.answers import Refused
from shopify.changes import OrderStanding, read_standing
from shopify.refusals import RefusalKind
from status_tracker import cancellation
from status_tracker.calling import Caller, Stop, Task, waits_for
from status_tracker.correcting import Corrections
from status_tracker.difference import corrections
from status_tracker.outcomes import Failure, refusal
from status_tracker.recording import Known


class Changes:
    """Applies cancellations and corrections."""

    def __init__(self, caller: Caller, correcting: Corrections) -> None:
        self._caller = caller
        self._correcting = correcting

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """Apply what the newest snapshot says and the Shopify order does not."""
        known = await self._caller.record.read(job.stream_id)
        cancelled = cancellation.standing(known.order)
        wanted = corrections(known.order)
        is_pending = cancellation.is_pending(known.order)
        if not (wanted or is_pending):
            return Finished()
        reason_code = waits_for(known.shop)
        if reason_code is not None:
            return Parked(reason_code)
        if cancelled is not None and is_pending:
            stop = await self._cancel(_task(job, known, lease, cancelled), cancelled.event)
            if stop is not None:
                return stop.outcome
        return await self._correcting.apply(job, known, lease, wanted)

    async def _cancel(self, task: Task, cancelled: OrderCancelled) -> Stop | None:
        there = await self._standing(task)
        if isinstance(there, Stop):
            return there
        match cancellation.next_step(cancelled, there):
            case "is_cancelled":
                return await self._done(task, cancelled, "cancelled")
            case "is_tagged":
                return await self._done(task, cancelled, "tagged")
            case "tag":
                return await self._tag(task, cancelled)
            case "cancel":
                return await self._cancel_order(task, cancelled)

    async def _cancel_order(self, task: Task, cancelled: OrderCancelled) -> Stop | None:
        """Ask for the cancellation; it stands once the order says so, for Shopify does it later."""
        restock = cancellation.took_stock(task.known.order)
        variables = cancellation.to_input(task.gid, cancelled, restock=restock)
        answer = await self._caller.tell(task, "order_cancel", variables)
        if isinstance(answer, Stop):
            return answer
        if isinstance(answer, Refused):
            return await self._not_cancelled(task, cancelled, answer)
        there = await self._standing(task)
        if isinstance(there, Stop) or there.cancelled_at is None:
            return self._caller.look_again()
        return await self._done(task, cancelled, "cancelled")

    async def _not_cancelled(
        self, task: Task, cancelled: OrderCancelled, answer: Refused
    ) -> Stop | None:
        """It was cancelled, or sent, since it was read."""
        kinds = {error.kind for error in answer.user_errors}
        if RefusalKind.ALREADY_CANCELLED in kinds:
            return await self._done(task, cancelled, "cancelled")
        if RefusalKind.OUTSTANDING_FULFILLMENTS in kinds:
            return await self._tag(task, cancelled)
        return await self._caller.failed(task, refusal(answer))

    async def _tag(self, task: Task, cancelled: OrderCancelled) -> Stop | None:
        tags = {"id": task.gid, "tags": [cancellation.TAG]}
        answer = await self._caller.tell(task, "tags_add", tags)
        if isinstance(answer, Stop):
            return answer
        if isinstance(answer, Refused):
            return await self._caller.failed(task, refusal(answer))
        return await self._done(task, cancelled, "tagged")

    async def _standing(self, task: Task) -> OrderStanding | Stop:
        data = await self._caller.ask(task, "order_standing", {"id": task.gid})
        if isinstance(data, Stop):
            return data
        there = read_standing(data)
        if there is None:
            return await self._caller.failed(task, Failure("order_removed"))
        return there

    async def _done(self, task: Task, cancelled: OrderCancelled, how: How) -> Stop | None:
        updated = events.ShopifyOrderUpdated(
            shop_id=cancelled.shop_id,
            order_id=cancelled.order_id,
            store=task.job.store,
            shopify_order_id=task.gid,
            change="cancellation",
            snapshot_version=cancelled.snapshot_version,
            how=how,
        )
        await self._caller.record.outcome(task.job, updated, task.what)
        return None  # what the job is to do goes on


def _task(job: Job, known: Known, lease: Lease, cancelled: At[OrderCancelled]) -> Task:
    return Task(job, known, lease, "cancellation", cancelled.version)
