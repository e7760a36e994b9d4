"""The protocol by which one order is created exactly once.

Intent first (ShopifyOrderRequested, with the expected version) → look up by the id metafield →
``orderCreate`` once, no network retry → append the outcome. An unknown outcome is *in doubt*: it
is looked up, and absence is believed only when the id lookup and the search both say so
``absent_after`` the call's deadline. Never is a create repeated blindly.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import structlog

from jobs.interface import JobStore
from jobs.job import Job
from jobs.outcomes import Finished, InDoubt, Outcome, Parked, Retry
from lifecycle.order import At
from ordersync_contracts.events import (
    ShopifyOrderCreated,
    ShopifyOrderFailed,
    ShopifyOrderRequested,
)
from ordersync_contracts.ids import created_id, outcome_id
from ordersync_contracts.reasons import PAUSES
from runtime.clock import Clock
from runtime.session import Lease
from shopify.answers import Answer
from shopify.calls import Calls
from shopify_jobs.buyers import Buyers
from shopify_jobs.doubts import Doubts, again
from shopify_jobs.failures import Failure, Unknown, failure
from shopify_jobs.known import Known, OrderStreams
from shopify_jobs.left_out import LeftOut
from shopify_jobs.pauses import Pauses
from shopify_jobs.retries import Retries, outcome
from shopify_writer import domain
from shopify_writer.creation import lookup
from shopify_writer.creation.order_create import Wanted, create_order
from shopify_writer.creation.order_input import digest, to_variables
from shopify_writer.creation.outcomes import REFUSALS
from shopify_writer.creation.permissions import judged
from shopify_writer.domain import Attempt, InShopify
from vault.keys import VaultProblem

log = structlog.get_logger()
CALLS: Final = (lookup.BY_ID, "order_create")
"""What one attempt asks of Shopify."""
_ROUNDS: Final = 10
_UNSEEN: Final = "shopify_unavailable"
"""Why a job that sent nothing asks again: the lookup said nothing, or too early."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """Carries out the jobs of the shopify-writer; ``on_created`` is told of each new order."""

    orders: OrderStreams
    buyers: Buyers
    shopify: Calls
    pauses: Pauses
    job_store: JobStore
    doubts: Doubts
    retries: Retries
    clock: Clock
    digest_key: bytes = field(repr=False)
    on_created: Callable[[ShopifyOrderCreated, str], None]

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        """Bring one order as far as it goes now; what becomes of the job is the answer."""
        for _ in range(_ROUNDS):
            known = await self.orders.read(job.stream_id)
            ended = await self._step(known, job, lease)
            if ended is not None:
                return ended
        return Retry(self.doubts.soon(self.clock()), "contention")

    async def _step(self, known: Known, job: Job, lease: Lease) -> Outcome | None:
        """None when the order changed before anything was recorded: read again."""
        match domain.next_step(known.order, known.shop, self.clock()):
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
            buyer = await self.buyers.read(
                draft.shop_id, draft.order_id, draft.recipient, draft.message
            )
        except VaultProblem:
            return await self._refused(known, job, step, Failure("recipient_unavailable"))
        variables, _ = to_variables(draft, buyer, LeftOut())
        key = f"{job.id}:{step.draft.version}:{step.number}"
        intent = domain.requested(step, key, digest(variables, self.digest_key))
        if not await self.orders.unless_moved(known, intent, key):
            return None
        match await lookup.by_id(self.shopify, draft.store, draft.order_id):
            case InShopify() as found:
                return await self._created(known, job, intent, found, "found")
            case lookup.NotAnswered(answer):
                why = failure(answer, REFUSALS)
                return await self._failed(known, job, intent, why, lookup.BY_ID)
            case lookup.Absent():
                return await self._create(known, job, intent, Wanted(draft, buyer), lease)

    async def _create(
        self, known: Known, job: Job, intent: ShopifyOrderRequested, wanted: Wanted, lease: Lease
    ) -> Outcome:
        await self.job_store.sending(job)
        match await create_order(self.shopify, wanted, lease.check):
            case InShopify() as there:
                return await self._created(known, job, intent, there, "created")
            case Failure() as refused:
                why = await judged(self.shopify, wanted.draft.store, refused)
                return await self._failed(known, job, intent, why)
            case Unknown():
                return InDoubt(self.doubts.soon(self.clock()))

    async def _resolve(self, known: Known, job: Job, request: At[ShopifyOrderRequested]) -> Outcome:
        """Find out what became of a request; absence takes time to be believed."""
        intent = request.event
        found = await lookup.by_id(self.shopify, intent.store, intent.order_id)
        if isinstance(found, lookup.Absent):
            now = self.clock()
            believable_at = self.doubts.settled_at(job) or known.recorded_at(request.version)
            if now < believable_at:
                return again(job, self.doubts.look_at(believable_at, now), _UNSEEN)
            found = await lookup.by_search(self.shopify, intent.store, intent.order_id)
        match found:
            case InShopify():
                return await self._created(known, job, intent, found, "found")
            case lookup.NotAnswered(answer):
                return await self._unanswered(known, job, intent.store, answer)
            case lookup.Absent():
                return await self._failed(known, job, intent, Failure("not_created"))

    async def _unanswered(self, known: Known, job: Job, store: str, answer: Answer) -> Outcome:
        """The doubt stays. A store that turns us away is paused; another is asked again later."""
        why = failure(answer, REFUSALS)
        log.warning("order.not_looked_up", stream=known.stream, reason=why.reason_code)
        if why.reason_code in PAUSES:
            waits_for = await self.pauses.halt(known.shop, store, why, lookup.BY_ID)
            if waits_for is not None:
                return Parked(waits_for)
        return again(job, self.doubts.later(self.clock()), why.reason_code)

    async def _created(
        self, known: Known, job: Job, intent: ShopifyOrderRequested, there: InShopify, how: str
    ) -> Outcome:
        created = domain.created(known.order, intent, there, how)
        event_id = created_id(created.store, created.shopify_order_id)
        is_new = await self.orders.fact(known, event_id, created)
        if is_new:
            self.on_created(created, known.stream)
        if is_new or (await self.orders.read(known.stream)).order.stands:
            return Finished()
        # It was deleted in Shopify, and the lookup does not know yet.
        return again(job, self.doubts.later(self.clock()), _UNSEEN)

    async def _failed(
        self,
        known: Known,
        job: Job,
        intent: ShopifyOrderRequested,
        why: Failure,
        refused: str = "order_create",
    ) -> Outcome:
        failed = self._failure(known, intent, why)
        job_and_draft = f"{job.id}:{failed.draft_version}"
        event_id = outcome_id(job_and_draft, failed.attempt, failed.type_name())
        await self.orders.fact(known, event_id, failed)
        code = why.reason_code
        if code in PAUSES and not await self.pauses.halt(known.shop, intent.store, why, refused):
            return Retry(self.doubts.later(self.clock()), code)
        return _after(failed)

    async def _refused(self, known: Known, job: Job, step: Attempt, why: Failure) -> Outcome | None:
        """Nothing was asked of Shopify, so this is a decision on the order as it was read."""
        failed = self._failure(known, domain.requested(step, "", ""), why)
        is_recorded = await self.orders.unless_moved(known, failed, str(job.id))
        return _after(failed) if is_recorded else None

    def _failure(
        self, known: Known, intent: ShopifyOrderRequested, why: Failure
    ) -> ShopifyOrderFailed:
        now = self.clock()
        began_at = known.series_began_at(domain.series_of(known.order), now)
        next_at = self.retries.next_attempt_at(why, intent.attempt, began_at, now)
        return domain.failed(intent, why, next_at)


def _after(failed: ShopifyOrderFailed) -> Outcome:
    """What becomes of the job whose attempt ended so."""
    code, next_at = failed.reason_code, failed.next_attempt_at
    return outcome(code, Retry(next_at, code) if next_at is not None else None, Parked(code))
