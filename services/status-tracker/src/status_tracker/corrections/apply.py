"""Bringing corrections into Shopify: address, note, tags. Setting them twice changes nothing."""

from dataclasses import dataclass
from typing import Any

from jobs.job import Job
from mapping.address import to_address
from ordersync_contracts.events import VaultReference
from ordersync_contracts.streams import order_of
from runtime.session import Lease
from shopify.answers import Refused
from shopify_jobs.buyers import Buyers
from shopify_jobs.failures import Failure
from shopify_jobs.known import Known
from shopify_jobs.left_out import Input, LeftOut
from status_tracker.calls import Caller, Stop
from status_tracker.change import Change
from status_tracker.corrections.domain import Correction
from vault.keys import VaultProblem


@dataclass(frozen=True, slots=True, repr=False)
class _Personal:
    """An address or a note as ``orderUpdate`` takes it, and what TikTok gave no value for."""

    given: Input
    absent: tuple[str, ...] = ()


class Corrections:
    """Applies corrections, one write for each."""

    def __init__(self, caller: Caller, buyers: Buyers) -> None:
        self._caller = caller
        self._buyers = buyers

    async def apply(self, wanted: Correction, job: Job, known: Known, lease: Lease) -> Stop | None:
        """Write it; what was erased meanwhile leaves nothing to write."""
        change = Change(job, known, lease, wanted.kind, wanted.snapshot_version, wanted.content)
        try:
            return await self._apply(wanted, change)
        except VaultProblem:
            return await self._caller.failed(change, Failure("recipient_unavailable"))

    async def _apply(self, wanted: Correction, change: Change) -> Stop | None:
        if wanted.reference is None:
            tags = {"id": change.gid, "tags": list(wanted.tags)}
            answer = await self._caller.write(change, "tags_add", tags)
            return await self._ended(change, wanted, answer)
        personal = await self._personal(change, wanted.reference)
        return await self._write(change, wanted, personal) if personal is not None else None

    async def _write(self, change: Change, wanted: Correction, personal: _Personal) -> Stop | None:
        """A refused part never stops a correction: it is made without (``shopify_jobs.left_out``).

        Each further write leaves out more than the one before, so that they end.
        """
        left_out = LeftOut()
        while True:
            sent, refused = left_out.take_from(personal.given)
            update = {"input": {"id": change.gid, **sent}}
            answer = await self._caller.write(change, "order_update", update)
            errors = answer.user_errors if isinstance(answer, Refused) else ()
            more = left_out.and_also(sent, errors)
            if more is None or not more.take_from(personal.given)[0]:
                without = tuple(sorted({*personal.absent, *refused}))
                return await self._ended(change, wanted, answer, without)
            left_out = more

    async def _ended(
        self,
        change: Change,
        wanted: Correction,
        answer: dict[str, Any] | Refused | Stop,
        left_out: tuple[str, ...] = (),
    ) -> Stop | None:
        if isinstance(answer, Stop):
            return answer
        if isinstance(answer, Refused):
            return await self._caller.refused(change, answer)
        return await self._caller.updated(change, wanted.snapshot_version, left_out=left_out)

    async def _personal(self, change: Change, reference: VaultReference) -> _Personal | None:
        buyer = await self._buyers.read(*order_of(change.job.stream_id), reference)
        if change.kind == "note":
            return _Personal({"note": buyer.message}) if buyer.message is not None else None
        address = to_address(buyer.recipient) if buyer.recipient is not None else None
        if address is None or not address.fields:
            return None
        return _Personal({"shippingAddress": dict(address.fields)}, address.left_out)
