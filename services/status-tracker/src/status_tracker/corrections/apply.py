"""Bringing corrections into Shopify: address, note, tags. Setting them twice changes nothing."""

from typing import Any, Final

from jobs.job import Job
from mapping.address import to_address
from ordersync_contracts.events import VaultReference
from ordersync_contracts.streams import order_of
from runtime.session import Lease
from shopify.answers import Refused
from shopify.refusals import RefusalKind
from shopify_jobs.buyers import Buyers
from shopify_jobs.failures import Failure
from shopify_jobs.known import Known
from status_tracker.calls import Caller, Change, Stop
from status_tracker.corrections.domain import Correction
from vault.keys import VaultProblem

Write = tuple[str, dict[str, Any]]
"""A document and its variables; for an address or a note, personal data that is never logged."""

_PHONES: Final = frozenset({RefusalKind.PHONE_INVALID, RefusalKind.PHONE_TAKEN})


class Corrections:
    """Applies corrections, one write for each."""

    def __init__(self, caller: Caller, buyers: Buyers) -> None:
        self._caller = caller
        self._buyers = buyers

    async def apply(self, wanted: Correction, job: Job, known: Known, lease: Lease) -> Stop | None:
        """Write it; what was erased meanwhile leaves nothing to write."""
        change = Change(job, known, lease, wanted.kind, wanted.snapshot_version, wanted.content)
        try:
            write = await self._write_of(change, wanted)
        except VaultProblem:
            failure = Failure("recipient_unavailable")
            return await self._caller.failed(change, failure, is_answered=False)
        if write is None:
            return None
        answer = await self._write(change, write)
        if isinstance(answer, Stop):
            return answer
        if isinstance(answer, Refused):
            return await self._caller.refused(change, answer)
        return await self._caller.updated(change, wanted.snapshot_version)

    async def _write(self, change: Change, write: Write) -> dict[str, Any] | Refused | Stop:
        """A refused phone never stops a correction: it is made without."""
        answer = await self._caller.write(change, *write)
        if not isinstance(answer, Refused):
            return answer
        document, variables = write
        address = variables.get("input", {}).get("shippingAddress", {})
        if "phone" not in address or _PHONES.isdisjoint(error.kind for error in answer.user_errors):
            return answer
        bare = {key: value for key, value in address.items() if key != "phone"}
        without = {"input": {**variables["input"], "shippingAddress": bare}}
        return await self._caller.write(change, document, without)

    async def _write_of(self, change: Change, wanted: Correction) -> Write | None:
        if wanted.reference is None:
            return "tags_add", {"id": change.gid, "tags": list(wanted.tags)}
        part = await self._personal(change, wanted.reference)
        return ("order_update", {"input": {"id": change.gid, **part}}) if part else None

    async def _personal(self, change: Change, reference: VaultReference) -> dict[str, Any] | None:
        buyer = await self._buyers.read(*order_of(change.job.stream_id), reference)
        if change.kind == "note":
            return {"note": buyer.message} if buyer.message is not None else None
        address = to_address(buyer.recipient) if buyer.recipient is not None else None
        return {"shippingAddress": address.fields} if address and address.fields else None
