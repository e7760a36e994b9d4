"""``orderCreate``: at most one call that may have worked.

A further call is made only after an answer that certainly created nothing: throttled before
execution, or refused because of a part of the buyer's data that the order can do without. Each
further call leaves out more than the one before, so that they end.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mapping.recipient import Buyer
from ordersync_contracts.events import ShopifyOrderDraft
from shopify.answers import Answer, Done, Refused, Unclear
from shopify.calls import Calls
from shopify.orders import read_created
from shopify_jobs.failures import Failure, Unknown, failure
from shopify_jobs.left_out import LeftOut
from shopify_writer.creation import outcomes
from shopify_writer.creation.order_input import Variables, to_variables
from shopify_writer.domain import InShopify
from shopify_writer.throttling import ThrottleWait


@dataclass(frozen=True, slots=True, repr=False)
class Wanted:
    """The order to create, and the buyer's data it refers to."""

    draft: ShopifyOrderDraft
    buyer: Buyer


@dataclass(frozen=True, slots=True, repr=False)
class _Sent:
    """The order that Shopify was asked for, and what it was asked for without."""

    order: Variables
    missing: tuple[str, ...]


async def create_order(
    shopify: Calls, wanted: Wanted, guard: Callable[[], None]
) -> InShopify | Failure | Unknown:
    """The created order, why there is none, or that nobody knows.

    ``guard`` is called in the step that writes the request's bytes; what it raises ends the call
    with nothing executed.
    """
    draft, left_out, throttle = wanted.draft, LeftOut(), ThrottleWait()
    while True:
        variables, missing = to_variables(draft, wanted.buyer, left_out)
        call = partial(shopify.execute, draft.store, "order_create", variables, guard=guard)
        answer = await throttle.ask(call)
        verdict = _verdict(answer, left_out, _Sent(variables["order"], missing))
        if not isinstance(verdict, outcomes.TryWithout):
            return verdict
        left_out = verdict.left_out


def _verdict(
    answer: Answer, left_out: LeftOut, sent: _Sent
) -> InShopify | Failure | Unknown | outcomes.TryWithout:
    match answer:
        case Done():
            made = read_created(answer.data)
            return InShopify(made.id, made.name, made.processed_at, sent.missing)
        case Unclear():
            return Unknown()
        case Refused():
            return outcomes.after_refusal(answer, left_out, sent.order)
        case _:
            return failure(answer, outcomes.REFUSALS)
