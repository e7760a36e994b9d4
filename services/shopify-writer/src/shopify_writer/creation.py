"""``orderCreate``: at most one call that may have worked.

A further call is made only after an answer that certainly created nothing: throttled before
execution, or refused because of a part of the buyer's data that the order can do without.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from contracts.events import ShopifyOrderDraft
from shopify.answers import Answer, Done, InDoubt, Refused, Throttled
from shopify.client import ShopifyClient
from shopify.orders import read_created
from shopify_writer import outcomes
from shopify_writer.domain import Failure, InShopify
from shopify_writer.order_input import Buyer, LeftOut, to_variables

_MAX_CALLS: Final = 24
_THROTTLE_PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class _Pause:
    """Throttled: nothing was executed; again after so many seconds."""

    seconds: float


_Verdict = InShopify | Failure | outcomes.Unknown | outcomes.TryWithout | _Pause


async def create_order(
    shopify: ShopifyClient, draft: ShopifyOrderDraft, buyer: Buyer, guard: Callable[[], None]
) -> InShopify | Failure | outcomes.Unknown:
    """The created order, why there is none, or that nobody knows.

    ``guard`` is called in the step that writes the request's bytes; what it raises ends the call
    with nothing executed.
    """
    left_out, patience_s = LeftOut(), _THROTTLE_PATIENCE_S
    for _ in range(_MAX_CALLS):
        variables, missing = to_variables(draft, buyer, left_out)
        answer = await shopify.execute(draft.store, "order_create", variables, guard=guard)
        match _verdict(answer, left_out, missing):
            case outcomes.TryWithout() as again:
                left_out = again.left_out
            case _Pause(seconds) if seconds <= patience_s:
                patience_s -= seconds
                await asyncio.sleep(seconds)
            case _Pause():
                break
            case verdict:
                return verdict
    return Failure("throttled")


def _verdict(answer: Answer, left_out: LeftOut, missing: tuple[str, ...]) -> _Verdict:
    match answer:
        case Done():
            made = read_created(answer.data)
            return InShopify(made.id, made.name, made.processed_at, missing)
        case InDoubt():
            return outcomes.Unknown()
        case Throttled():
            return _Pause(answer.retry_after_s)
        case Refused():
            return outcomes.after_refusal(answer, left_out)
        case _:
            return outcomes.failure(answer)
