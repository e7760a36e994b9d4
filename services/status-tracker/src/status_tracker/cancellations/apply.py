"""Bringing a cancellation into Shopify: the order is cancelled there, or tagged.

How the order stands is read first, so that what was done already is not done again. Nobody is
notified by any of the calls.
"""

from jobs.job import Job
from lifecycle.order import At
from ordersync_contracts.events import OrderCancelled
from runtime.session import Lease
from shopify.answers import Refused
from shopify.changes import OrderStanding, read_standing
from shopify.refusals import RefusalKind
from shopify_jobs.failures import Failure
from shopify_jobs.known import Known
from status_tracker.calls import Caller, Stop
from status_tracker.cancellations.domain import TAG, next_step, to_input, took_stock
from status_tracker.change import Change


class Cancellations:
    """Applies cancellations."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def apply(
        self, cancelled: At[OrderCancelled], job: Job, known: Known, lease: Lease
    ) -> Stop | None:
        """Cancel or tag the order, unless it is."""
        change = Change(job, known, lease, "cancellation", cancelled.version)
        there = await self._standing(change)
        if isinstance(there, Stop):
            return there
        snapshot_version = cancelled.event.snapshot_version
        match next_step(cancelled.event, there):
            case "is_cancelled":
                return await self._caller.updated(change, snapshot_version, "cancelled")
            case "is_tagged":
                return await self._caller.updated(change, snapshot_version, "tagged")
            case "tag":
                return await self._tag(change, cancelled.event)
            case "cancel":
                return await self._cancel(change, cancelled.event)

    async def _cancel(self, change: Change, cancelled: OrderCancelled) -> Stop | None:
        """Ask for the cancellation; it stands once the order says so, for Shopify does it later."""
        restock = took_stock(change.known.order)
        variables = to_input(change.gid, cancelled, restock=restock)
        answer = await self._caller.write(change, "order_cancel", variables)
        if isinstance(answer, Stop):
            return answer
        if isinstance(answer, Refused):
            return await self._not_cancelled(change, cancelled, answer)
        there = await self._standing(change)
        if isinstance(there, Stop) or there.cancelled_at is None:
            return self._caller.look_again()
        return await self._caller.updated(change, cancelled.snapshot_version, "cancelled")

    async def _not_cancelled(
        self, change: Change, cancelled: OrderCancelled, answer: Refused
    ) -> Stop | None:
        """It was cancelled, or sent, since it was read: Shopify's words say so, or the order."""
        kinds = {error.kind for error in answer.user_errors}
        if RefusalKind.ALREADY_CANCELLED in kinds:
            return await self._caller.updated(change, cancelled.snapshot_version, "cancelled")
        if RefusalKind.OUTSTANDING_FULFILLMENTS in kinds:
            return await self._tag(change, cancelled)
        there = await self._standing(change)
        if isinstance(there, Stop):
            return there
        if there.cancelled_at is not None:
            return await self._caller.updated(change, cancelled.snapshot_version, "cancelled")
        return await (
            self._caller.refused(change, answer)
            if there.is_untouched
            else self._tag(change, cancelled)
        )

    async def _tag(self, change: Change, cancelled: OrderCancelled) -> Stop | None:
        answer = await self._caller.write(change, "tags_add", {"id": change.gid, "tags": [TAG]})
        if isinstance(answer, Stop):
            return answer
        if isinstance(answer, Refused):
            return await self._caller.refused(change, answer)
        return await self._caller.updated(change, cancelled.snapshot_version, "tagged")

    async def _standing(self, change: Change) -> OrderStanding | Stop:
        data = await self._caller.read(change, "order_standing", {"id": change.gid})
        if isinstance(data, Stop):
            return data
        there = read_standing(data)
        return there or await self._caller.failed(change, Failure("order_removed"))
