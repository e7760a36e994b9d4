"""Shopify's answer → what it means for the order: there, not there and why, or unknown. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from shopify.answers import Refused
from shopify.refusals import RefusalKind
from shopify_jobs.failures import Failure, Refusals, Unknown, failure
from shopify_jobs.left_out import LeftOut

REFUSALS: Final = Refusals(
    {
        RefusalKind.TOO_MANY_ATTEMPTS: "too_many_attempts",
        RefusalKind.VARIANT_MISSING: "variant_deleted",
        RefusalKind.INVENTORY_CLAIM_FAILED: "stock_claim_failed",
        RefusalKind.SHOP_DORMANT: "shop_frozen",
    },
    otherwise="shopify_refused",
)


@dataclass(frozen=True, slots=True)
class TryWithout:
    """Shopify refused a part that the order can do without: a buyer's data never stops an order."""

    left_out: LeftOut


def after_refusal(
    answer: Refused, left_out: LeftOut, sent: Mapping[str, Any]
) -> TryWithout | Unknown | Failure:
    """What a refusal of ``orderCreate`` leads to; ``sent`` is the order that was refused.

    A taken id means that an order of ours may be there: unknown, so it is looked up. A refusal of
    anything but the buyer's data that has a reason of its own is told at once.
    """
    kinds = {error.kind for error in answer.user_errors}
    if RefusalKind.ID_TAKEN in kinds:
        return Unknown()
    others = {error.kind for error in answer.user_errors if not error.parts}
    without = left_out.and_also(sent, answer.user_errors)
    if without is None or others & REFUSALS.reasons.keys():
        return failure(answer, REFUSALS)
    return TryWithout(without)
