"""The protocol by which one order is created exactly once.

Intent first (ShopifyOrderRequested, with the expected version) → look up by the id metafield →
``orderCreate`` once, no network retry → append the outcome. An unknown outcome is *in doubt*: it
is looked up, and absence is believed only when the id lookup and the search both say so
``absent_after`` the call's deadline. Never is a create repeated blindly.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from contracts.events import ShopifyOrderDraft, ShopifyOrderRequested
from contracts.reasons import Retry as ReasonRetry
from contracts.reasons import reason
from effects import Effects, Finished, InDoubt, Job, Outcome, Parked, Retry
from lifecycle.order import At
from runtime.clock import Clock
from runtime.session import Lease
from shopify.client import ShopifyClient
from shopify_writer import domain, lookup, outcomes
from shopify_writer.buyers import read_buyer
from shopify_writer.creation import create_order
from shopify_writer.domain import Attempt, Failure, InShopify
from shopify_writer.order_input import Buyer, LeftOut, digest, to_variables
from shopify_writer.recording import Known, Record
from shopify_writer.retries import next_attempt_at
from vault.interface import Vault

_ROUNDS: Final = 10
_LOOK_AGAIN: Final = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Doubts:
    """``absent_after``: how long after a call's deadline its absence is believed."""

    absent_after: timedelta
    call_deadline: timedelta = timedelta(seconds=30)

    @property
    def settled_after(self) -> timedelta:
        """From when no request was written any more: one may still arrive until its deadline."""
        return self.call_deadline + self.absent_after


class Writer:
    """Carries out the jobs of the shopify-writer."""

    def __init__(
        self,
        record: Record,
        vault: Vault,
        shopify: ShopifyClient,
        effects: Effects,
        clock: Clock,
        *,
        doubts: Doubts,
        digest_key: bytes,
    ) -> None:
        self._record = record
        self._vault = vault
        self._shopify = shopify
        self._effects = effects
        self._clock = clock
        self._doubts = doubts
        self._digest_key = digest_key

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """Bring one order as far as it goes now; what becomes of the job is the answer."""
        for _ in range(_ROUNDS):
            known = await self._record.read(job.stream_id)
            outcome = await self._step(known, job, lease)
            if outcome is not None:
                return outcome
        return Retry(self._clock() + _LOOK_AGAIN, "contention")

    async def _step(self, known: Known, job: Job, lease: Lease) -> Outcome | None:
        """None when the order changed before the intent was recorded: read again."""
        match domain.next_step(known.order, known.shop, self._clock()):
            case domain.Nothing():
                return Finished()
            case domain.Wait(reason_code):
                return Parked(reason_code)
            case domain.Refuse(reason_code, draft):
                step = Attempt(draft, domain.attempts(known.order) + 1)
                return await self._failed(known, job, step, Failure(reason_code))
            case domain.Resolve(request):
                return await self._resolve(known, job, request)
            case step:
                return await self._attempt(known, job, step, lease)

    async def _attempt(self, known: Known, job: Job, step: Attempt, lease: Lease) -> Outcome | None:
        draft = step.draft.event
        buyer = await read_buyer(self._vault, draft)
        variables, _ = to_variables(draft, buyer, LeftOut())
        intent = domain.requested(
            step, f"{job.id}:{step.number}", digest(variables, self._digest_key)
        )
        if not await self._record.intend(known, intent, f"{job.id}:{step.number}"):
            return None
        found = await lookup.by_id(self._shopify, draft.store, draft.order_id)
        match found:
            case InShopify():
                return await self._created(known, intent, found, "found")
            case lookup.NotAnswered(answer):
                return await self._failed(known, job, step, outcomes.failure(answer))
            case lookup.Absent():
                return await self._create(known, job, step, intent, buyer, lease)

    async def _create(
        self,
        known: Known,
        job: Job,
        step: Attempt,
        intent: ShopifyOrderRequested,
        buyer: Buyer,
        lease: Lease,
    ) -> Outcome:
        await self._effects.sending(job)
        match await create_order(self._shopify, step.draft.event, buyer, lease.check):
            case InShopify() as there:
                return await self._created(known, intent, there, "created")
            case Failure() as failure:
                return await self._failed(known, job, step, failure)
            case outcomes.Unknown():
                return InDoubt(self._clock() + _LOOK_AGAIN)

    async def _resolve(self, known: Known, job: Job, request: At[ShopifyOrderRequested]) -> Outcome:
        """Find out what became of a request; absence takes time to be believed."""
        intent = request.event
        found = await lookup.by_id(self._shopify, intent.store, intent.order_id)
        if isinstance(found, InShopify):
            return await self._created(known, intent, found, "found")
        believable_at = self._believable_at(known, job, request)
        if isinstance(found, lookup.NotAnswered) or self._clock() < believable_at:
            return InDoubt(max(self._clock() + _LOOK_AGAIN, min(believable_at, self._later())))
        searched = await lookup.by_search(self._shopify, intent.store, intent.order_id)
        match searched:
            case InShopify():
                return await self._created(known, intent, searched, "found")
            case lookup.NotAnswered():
                return InDoubt(self._later())
            case lookup.Absent():
                return await self._not_created(known, job, intent)

    def _believable_at(
        self, known: Known, job: Job, request: At[ShopifyOrderRequested]
    ) -> datetime:
        """When absence may be believed; at once for a job that never got as far as sending."""
        if job.in_doubt_since is None:
            return known.recorded_at(request)
        return job.in_doubt_since + self._doubts.settled_after

    def _later(self) -> datetime:
        return self._clock() + self._doubts.absent_after / 2

    async def _not_created(self, known: Known, job: Job, intent: ShopifyOrderRequested) -> Outcome:
        return await self._record_failure(
            known, job, intent, intent.attempt, Failure("not_created")
        )

    async def _created(
        self, known: Known, intent: ShopifyOrderRequested, there: InShopify, outcome: str
    ) -> Outcome:
        await self._record.created(known, domain.created(known.order, intent, there, outcome))
        return Finished()

    async def _failed(self, known: Known, job: Job, step: Attempt, failure: Failure) -> Outcome:
        return await self._record_failure(known, job, step.draft.event, step.number, failure)

    async def _record_failure(
        self,
        known: Known,
        job: Job,
        about: ShopifyOrderRequested | ShopifyOrderDraft,
        number: int,
        failure: Failure,
    ) -> Outcome:
        now = self._clock()
        next_at = next_attempt_at(failure.reason_code, number, known.series_began_at(now), now)
        failed = domain.failed(known.order.draft, about, number, failure, next_at)
        await self._record.failed(known, failed, str(job.id))
        if next_at is not None:
            return Retry(next_at, failure.reason_code)
        if reason(failure.reason_code).retry is ReasonRetry.WAITS:
            return Parked(failure.reason_code)
        return Finished()
