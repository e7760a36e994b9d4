"""The protocol by which one order is created exactly once.

Intent first (ShopifyOrderRequested, with the expected version) → look up by the id metafield →
``orderCreate`` once, no network retry → append the outcome. An unknown outcome is *in doubt*: it
is looked up, and absence is believed only when the id lookup and the search both say so
``absent_after`` the call's deadline. Never is a create repeated blindly.

Which request may still be carried out is what the stream says, whoever asks: the newest without an
outcome, from when it was recorded. The create itself is not sent later than its deadline after
that, and an outcome is appended only to the request that it is of.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import structlog

from jobs.interface import JobStore
from jobs.job import Job
from jobs.outcomes import Finished, InDoubt, Outcome, Parked, Retry
from lifecycle.order import At, Order
from ordersync_contracts.events import (
    OrderEvent,
    ShopifyOrderCreated,
    ShopifyOrderFailed,
    ShopifyOrderRequested,
)
from ordersync_contracts.ids import fact_id, outcome_id
from ordersync_contracts.reasons import PAUSES
from runtime.clock import Clock, Monotonic
from runtime.session import Lease
from shopify.answers import Answer
from shopify.calls import Calls
from shopify_jobs.buyers import Buyers
from shopify_jobs.deadline import Deadline
from shopify_jobs.doubts import Doubts
from shopify_jobs.failures import Failure, Unknown, failure
from shopify_jobs.known import Known, OrderStreams
from shopify_jobs.left_out import LeftOut
from shopify_jobs.pauses import Pauses
from shopify_jobs.retries import Retries, outcome
from shopify_writer import domain
from shopify_writer.creation import lookup
from shopify_writer.creation.once import Found, NotMade, found_or_created
from shopify_writer.creation.order_create import Wanted
from shopify_writer.creation.order_input import digest, to_variables
from shopify_writer.creation.outcomes import REFUSALS
from shopify_writer.domain import Attempt, InShopify
from shopify_writer.standing import is_open, lacks_its_id, standing
from vault.keys import VaultProblem

log = structlog.get_logger()
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
    boot: Monotonic
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
                return Parked(reason_code, is_open=known.order.is_in_flight or None)
            case domain.Later(due_at, reason_code):
                return Retry(due_at, reason_code, is_settled=True)
            case domain.Refuse(reason_code, draft):
                refused = Attempt(draft, domain.attempts(known.order) + 1)
                return await self._refused(known, job, refused, Failure(reason_code))
            case domain.Resolve(request):
                return await self._resolve(known, job, request, lease)
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
        deadline = Deadline(self.doubts.call_deadline, self.boot)
        if not await self.orders.unless_moved(known, intent, key):
            return None
        known = known.and_then(intent)
        wanted, guard = Wanted(draft, buyer), deadline.guarded(lease)
        match await found_or_created(
            self.shopify, self.job_store, job, wanted, guard, is_unmarked=lacks_its_id(known.order)
        ):
            case Found(there, how):
                return await self._created(known, job, intent, there, how)
            case NotMade(why, document):
                return await self._failed(known, job, intent, why, document)
            case Unknown():
                return InDoubt(self.doubts.soon(self.clock()))

    async def _resolve(
        self, known: Known, job: Job, request: At[ShopifyOrderRequested], lease: Lease
    ) -> Outcome | None:
        """Find out what became of a request; absence takes time to be believed."""
        intent, now = request.event, self.clock()
        found = await lookup.by_id(self.shopify, intent.store, intent.order_id)
        if isinstance(found, lookup.Absent):
            left = self.doubts.absent_in(known.recorded_at(request.version), job)
            if left:
                return InDoubt(self.doubts.look_at(left, now))
            found = await lookup.by_search(self.shopify, intent.store, intent.order_id)
        match found:
            case InShopify():
                return await self._created(known, job, intent, found, "found")
            case lookup.NotAnswered(answer):
                return await self._unanswered(known, intent.store, answer)
            case lookup.Absent():
                return await self._absent(known, job, intent, lease)

    async def _absent(
        self, known: Known, job: Job, intent: ShopifyOrderRequested, lease: Lease
    ) -> Outcome | None:
        """It was never created: concluded by the job's owner alone, on the stream as it was read.

        None when that has moved on: read again, and look again.
        """
        lease.check()
        await self.job_store.owned(job)
        failed = self._failure(known, intent, Failure("not_created"))
        is_recorded = await self.orders.unless_moved(known, failed, f"{job.id}:{job.attempt}")
        return _after(failed) if is_recorded else None

    async def _unanswered(self, known: Known, store: str, answer: Answer) -> Outcome:
        """The doubt stays. A store that turns us away is paused; another is asked again later.

        One that the shop has left has no pause whose end would be seen: it is asked by the hour.
        """
        why = failure(answer, REFUSALS)
        log.warning("order.not_looked_up", stream=known.stream, reason=why.reason_code)
        if why.reason_code in PAUSES and known.shop.has_left(store):
            return InDoubt(self.clock() + self.retries.waits.cause)
        if why.reason_code in PAUSES:
            waits_for = await self.pauses.halt(known.shop, store, why, lookup.BY_ID)
            if waits_for is not None:
                return Parked(waits_for, is_open=True)
        return InDoubt(self.doubts.later(self.clock()))

    async def _created(
        self, known: Known, job: Job, intent: ShopifyOrderRequested, there: InShopify, how: str
    ) -> Outcome:
        def judge(order: Order) -> tuple[UUID, OrderEvent] | None:
            return standing(order, domain.created(order, intent, there, how))

        told = await self.orders.tell(known, judge)
        made = told.fact.event if told.fact is not None else None
        if isinstance(made, ShopifyOrderCreated):
            self.on_created(made, known.stream)
        if made is not None or told.state.stands:
            return Finished()
        log.warning("order.still_found", stream=known.stream, gid=there.shopify_order_id)
        if await self._stands_again(known, job, intent, there):
            return Finished()
        return Retry(self.doubts.later(self.clock()), _UNSEEN)

    async def _stands_again(
        self, known: Known, job: Job, intent: ShopifyOrderRequested, there: InShopify
    ) -> bool:
        """Whether what is known as deleted is there, and that is recorded.

        A lookup lags behind what was deleted, so it is believed as late as an absence is, and only
        beside a direct read.
        """
        removed, gid = known.order.removed, there.shopify_order_id
        if removed is None or self.doubts.absent_in(known.recorded_at(removed.version), job):
            return False
        if not await lookup.is_there(self.shopify, intent.store, gid):
            return False
        event_id = fact_id("stands_again", intent.store, gid, str(removed.version))

        def judge(order: Order) -> tuple[UUID, OrderEvent] | None:
            again = domain.created(order, intent, there, "found")
            return (event_id, again) if order.removed == removed and not order.stands else None

        return (await self.orders.tell(known, judge)).fact is not None

    async def _failed(
        self, known: Known, job: Job, intent: ShopifyOrderRequested, why: Failure, document: str
    ) -> Outcome | None:
        """Nothing came of this very request; None when it is no longer the one that is open."""
        failed = self._failure(known, intent, why)
        job_and_draft = f"{job.id}:{failed.draft_version}"
        event_id = outcome_id(job_and_draft, failed.attempt, failed.type_name())

        def judge(order: Order) -> tuple[UUID, OrderEvent] | None:
            return (event_id, failed) if is_open(order, intent) else None

        if (await self.orders.tell(known, judge)).fact is None:
            return None
        code = why.reason_code
        if code in PAUSES and not await self.pauses.halt(known.shop, intent.store, why, document):
            return Retry(self.doubts.later(self.clock()), code, is_settled=True)
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
    """What becomes of the job whose attempt ended so: no request is open any more."""
    code, next_at = failed.reason_code, failed.next_attempt_at
    again = Retry(next_at, code, is_settled=True) if next_at is not None else None
    return outcome(code, again, Parked(code, is_open=False))
