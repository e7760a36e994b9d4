"""One order, looked up and created if it is not there: at most one call that may have worked."""

from dataclasses import dataclass
from typing import Final, Literal

from jobs.interface import JobStore
from jobs.job import Job
from shopify.body import Guard
from shopify.calls import Calls
from shopify_jobs.deadline import TooLate
from shopify_jobs.failures import Failure, Unknown, failure
from shopify_writer.creation import lookup
from shopify_writer.creation.order_create import Wanted, create_order
from shopify_writer.creation.outcomes import REFUSALS
from shopify_writer.creation.permissions import judged
from shopify_writer.domain import InShopify

CREATE: Final = "order_create"
CALLS: Final = (lookup.BY_ID, CREATE)
"""What one attempt asks of Shopify."""


@dataclass(frozen=True, slots=True)
class Found:
    """It is there: ``how`` says whether this attempt created it or found it."""

    there: InShopify
    how: Literal["created", "found"]


@dataclass(frozen=True, slots=True)
class NotMade:
    """It was certainly not created: why, and the call that said so."""

    why: Failure
    document: str


async def found_or_created(
    shopify: Calls,
    job_store: JobStore,
    job: Job,
    wanted: Wanted,
    guard: Guard,
    *,
    is_unmarked: bool,
) -> Found | NotMade | Unknown:
    """``guard``: raises in the step that writes the create's bytes when it may not be sent.

    ``is_unmarked``: an order of ours for it is known to have stood without its id.
    """
    store = wanted.draft.store
    order_id = wanted.draft.order_id
    match await lookup.before_create(shopify, store, order_id, is_unmarked=is_unmarked):
        case InShopify() as there:
            return Found(there, "found")
        case lookup.NotAnswered(answer):
            return NotMade(failure(answer, REFUSALS), lookup.BY_ID)
    await job_store.sending(job)
    match await _created(shopify, wanted, guard):
        case InShopify() as made:
            return Found(made, "created")
        case Failure() as why:
            return NotMade(await judged(shopify, store, why), CREATE)
        case Unknown() as unknown:
            return unknown


async def _created(shopify: Calls, wanted: Wanted, guard: Guard) -> InShopify | Failure | Unknown:
    try:
        return await create_order(shopify, wanted, guard)
    except TooLate:
        return Failure("not_sent_in_time")
