"""Corrections of an order in Shopify: address, note, tags. Setting them twice changes nothing."""

from collections.abc import Sequence
from typing import Any, Final

from jobs import Finished, Job, Outcome
from ordersync_contracts.events import ShopifyOrderUpdated, VaultReference
from ordersync_contracts.streams import order_of
from runtime.session import Lease
from shopify.answers import Refused
from shopify.refusals import RefusalKind
from status_tracker.buyers import Buyers
from status_tracker.calling import Caller, Stop, Task
from status_tracker.difference import Correction
from status_tracker.outcomes import Failure, refusal
from status_tracker.recording import Known
from vault import VaultProblem

Call = tuple[str, dict[str, Any]]
"""A document and its variables; for an address or a note, personal data that is never logged."""

_PHONES: Final = frozenset({RefusalKind.PHONE_INVALID, RefusalKind.PHONE_TAKEN})


class Corrections:
    """Applies corrections."""

    def __init__(self, caller: Caller, buyers: Buyers) -> None:
        self._caller = caller
        self._buyers = buyers

    async def apply(
        self, job: Job, known: Known, lease: Lease, wanted: Sequence[Correction]
    ) -> Outcome:
        """One call for each, in order."""
        for one in wanted:
            task = Task(job, known, lease, one.kind, one.snapshot_version, one.content)
            stop = await self._correct(task, one)
            if stop is not None:
                return stop.outcome
        return Finished()

    async def _correct(self, task: Task, wanted: Correction) -> Stop | None:
        try:
            call = await self._call(task, wanted)
        except VaultProblem:
            failure = Failure("recipient_unavailable")
            return await self._caller.failed(task, failure, is_change=False)
        if call is None:  # erased, or nothing to ship to: there is nothing to write
            return None
        answer = await self._tell(task, call)
        if isinstance(answer, Stop):
            return answer
        if isinstance(answer, Refused):
            return await self._caller.failed(task, refusal(answer))
        await self._caller.record.outcome(task.job, _updated(task, wanted), task.what)
        return None

    async def _tell(self, task: Task, call: Call) -> dict[str, Any] | Refused | Stop:
        """A refused phone never stops a correction: it is made without."""
        answer = await self._caller.tell(task, *call)
        if not isinstance(answer, Refused):
            return answer
        document, variables = call
        address = variables.get("input", {}).get("shippingAddress", {})
        if "phone" not in address or _PHONES.isdisjoint(one.kind for one in answer.user_errors):
            return answer
        bare = {key: value for key, value in address.items() if key != "phone"}
        without = {"input": {**variables["input"], "shippingAddress": bare}}
        return await self._caller.tell(task, document, without)

    async def _call(self, task: Task, wanted: Correction) -> Call | None:
        if wanted.reference is None:
            return "tags_add", {"id": task.gid, "tags": list(wanted.tags)}
        part = await self._personal(task, wanted, wanted.reference)
        return ("order_update", {"input": {"id": task.gid, **part}}) if part else None

    async def _personal(
        self, task: Task, wanted: Correction, reference: VaultReference
    ) -> dict[str, Any] | None:
        ids = order_of(task.job.stream_id)
        if wanted.kind == "address":
            address = await self._buyers.address(*ids, reference)
            return {"shippingAddress": address} if address else None
        note = await self._buyers.note(*ids, reference)
        return {"note": note} if note is not None else None


def _updated(task: Task, wanted: Correction) -> ShopifyOrderUpdated:
    shop_id, order_id = order_of(task.job.stream_id)
    return ShopifyOrderUpdated(
        shop_id=shop_id,
        order_id=order_id,
        store=task.job.store,
        shopify_order_id=task.gid,
        change=wanted.kind,
        snapshot_version=wanted.snapshot_version,
        content=wanted.content,
    )
