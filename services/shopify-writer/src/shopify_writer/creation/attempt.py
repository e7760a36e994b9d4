"""The protocol by which one order is created exactly once.

Intent first (ShopifyOrderRequested, with the expected version) → look up by the id metafield →
``orderCreate`` once, no network retry → append the outcome. An unknown outcome is *in doubt*: it
is looked up, and absence is believed only when the id lookup and the search both say so
``absent_after`` the call's deadline. Never is a create repeated blindly.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jobs import Finished, InDoubt, Job, JobStore, Outcome, Parked, Retry
from lifecycle.order import At
from ordersync_contracts.events import ShopifyOrderFailed, ShopifyOrderRequested
from runtime.clock import Clock
from runtime.session import Lease
from shopify.calls import Calls
from shopify_writer import domain
from shopify_writer.creation import lookup, outcomes
from shopify_writer.creation.buyers import Buyers
from shopify_writer.creation.order_create import Wanted, create_order
from shopify_writer.creation.order_input import LeftOut, digest, to_variables
from shopify_writer.creation.recording import Known, Record
from shopify_writer.creation.retries import after, next_attempt_at
from shopify_writer.domain import Attempt, Failure, InShopify
from shopify_writer.store_pauses import PAUSES, StorePauses
from vault import Vault, VaultProblem

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
        shopify: Calls,
        stores: StorePauses,
        job_store: JobStore,
        clock: Clock,
        *,
        doubts: Doubts,
        digest_key: bytes,
    ) -> None:
        self._record = record
        self._buyers = Buyers(vault)
        self._shopify = shopify
        self._stores = stores
        self._job_store = job_store
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
        """None when the order changed before anything was recorded: read again."""
        match domain.next_step(known.order, known.shop, self._clock()):
            case domain.Nothing():
                return Finished()
            case domain.Wait(reason_code):
                return Parked(reason_code)
            case domain.Later(due_at, reason_code):
                return Retry(due_at, reason_code)
            case domain.Refuse(reason_code, draft):
                refused = Attempt(draft, domain.attempts(known.order) + 1)
                return await self._refused(known, job, refused, Failure(reason_code))
            case domain.Resolve(request):
                return await self._resolve(known, job, request)
            case step:
                return await self._attempt(known, job, step, lease)

    async def _attempt(self, known: Known, job: Job, step: Attempt, lease: Lease) -> Outcome | None:
        draft = step.draft.event
        try:
            buyer = await self._buyers.read(draft)
        except VaultProblem:
            return await self._refused(known, job, step, Failure("recipient_unavailable"))
        variables, _ = to_variables(draft, buyer, LeftOut())
        key = f"{job.id}:{step.draft.version}:{step.number}"
        intent = domain.requested(step, key, digest(variables, self._digest_key))
        if not await self._record.decided(known, intent, key):
            return None
        match await lookup.by_id(self._shopify, draft.store, draft.order_id):
            case InShopify() as found:
                return await self._created(known, job, intent, found, "found")
            case lookup.NotAnswered(answer):
                return await self._failed(known, job, intent, outcomes.failure(answer))
            case lookup.Absent():
                return await self._create(known, job, intent, Wanted(draft, buyer), lease)

    async def _create(
        self, known: Known, job: Job, intent: ShopifyOrderRequested, wanted: Wanted, lease: Lease
    ) -> Outcome:
        await self._job_store.sending(job)
        match await create_order(self._shopify, wanted, lease.check):
            case InShopify() as there:
                return await self._created(known, job, intent, there, "created")
            case Failure() as failure:
                return await self._failed(known, job, intent, failure)
            case outcomes.Unknown():
                return InDoubt(self._clock() + _LOOK_AGAIN)

    async def _resolve(self, known: Known, job: Job, request: At[ShopifyOrderRequested]) -> Outcome:
        """Find out what became of a request; absence takes time to be believed."""
        intent = request.event
        found = await lookup.by_id(self._shopify, intent.store, intent.order_id)
        if isinstance(found, lookup.Absent):
            believable_at = self._believable_at(known, job, request)
            if self._clock() < believable_at:
                soon = self._clock() + _LOOK_AGAIN
                return _look_again(job, max(soon, min(believable_at, self._later())))
            found = await lookup.by_search(self._shopify, intent.store, intent.order_id)
        match found:
            case InShopify():
                return await self._created(known, job, intent, found, "found")
            case lookup.NotAnswered():
                return _look_again(job, self._later())
            case lookup.Absent():
                return await self._failed(known, job, intent, Failure("not_created"))

    def _believable_at(
        self, known: Known, job: Job, request: At[ShopifyOrderRequested]
    ) -> datetime:
        """When absence may be believed; at once for a job that never got as far as sending."""
        if job.in_doubt_since is None:
            return known.recorded_at(request)
        return job.in_doubt_since + self._doubts.settled_after

    def _later(self) -> datetime:
        return self._clock() + self._doubts.absent_after / 2

    async def _created(
        self,
        known: Known,
        job: Job,
        intent: ShopifyOrderRequested,
        there: InShopify,
        outcome: str,
    ) -> Outcome:
        created = domain.created(known.order, intent, there, outcome)
        is_new = await self._record.created(known, created)
        if is_new or (await self._record.read(known.stream)).order.stands:
            return Finished()
        # It was deleted in Shopify, and the lookup does not know yet.
        return _look_again(job, self._later())

    async def _failed(
        self, known: Known, job: Job, intent: ShopifyOrderRequested, failure: Failure
    ) -> Outcome:
        failed = self._failure(known, intent, failure)
        await self._record.failed(known, failed, str(job.id))
        has_changed = failure.reason_code in PAUSES and not await self._stores.pause(
            known.shop, failure.reason_code
        )
        return Retry(self._later(), failure.reason_code) if has_changed else after(failed)

    async def _refused(
        self, known: Known, job: Job, step: Attempt, failure: Failure
    ) -> Outcome | None:
        """Nothing was asked of Shopify, so this is a decision on the order as it was read."""
        failed = self._failure(known, domain.requested(step, "", ""), failure)
        is_recorded = await self._record.decided(known, failed, str(job.id))
        return after(failed) if is_recorded else None

    def _failure(
        self, known: Known, intent: ShopifyOrderRequested, failure: Failure
    ) -> ShopifyOrderFailed:
        now = self._clock()
        began_at = known.series_began_at(now)
        return domain.failed(
            intent, failure, next_attempt_at(failure, intent.attempt, began_at, now)
        )


def _look_again(job: Job, due_at: datetime) -> Outcome:
    """Ask again later. A job that sent nothing stays without doubt."""
    return InDoubt(due_at) if job.in_doubt else Retry(due_at, "shopify_unavailable")
