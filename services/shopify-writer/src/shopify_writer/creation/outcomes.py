"""Shopify's answer → what it means for the order: there, not there and why, or unknown. Pure."""

from dataclasses import dataclass
from typing import Final

from shopify.answers import Refused
from shopify.refusals import RefusalKind
from shopify_jobs.failures import Failure, Refusals, Unknown, failure
from shopify_writer.creation.order_input import LeftOut

LEAVES_OUT: Final = {
    RefusalKind.PHONE_TAKEN: "phone",
    RefusalKind.PHONE_INVALID: "phone",
    RefusalKind.EMAIL_TAKEN: "customer",
    RefusalKind.EMAIL_INVALID: "customer",
    RefusalKind.ADDRESS_INVALID: "address",
}
"""A refused part of the buyer's data never stops an order: it is created without that part."""

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
    """Shopify refused a part that the order can do without."""

    left_out: LeftOut


def after_refusal(answer: Refused, left_out: LeftOut) -> TryWithout | Unknown | Failure:
    """What a refusal of ``orderCreate`` leads to.

    A taken id means that an order of ours may be there: unknown, so it is looked up.
    """
    for error in answer.user_errors:
        part = LEAVES_OUT.get(error.kind)
        if part is not None and part not in left_out.parts:
            return TryWithout(left_out.and_also(part))
        if error.kind is RefusalKind.ID_TAKEN:
            return Unknown()
    return failure(answer, REFUSALS)
