"""Shopify's answer → what it means for the order: there, not there and why, or unknown. Pure."""

from dataclasses import dataclass
from typing import Final

from shopify.answers import (
    Answer,
    DefinitionMissing,
    Done,
    Invalid,
    Refused,
    Throttled,
    Unauthorized,
    Unclear,
    Unreachable,
)
from shopify.refusals import RefusalKind, UserError
from shopify_jobs.failures import DENIALS
from shopify_writer.creation.order_input import LeftOut
from shopify_writer.domain import Failure

LEAVES_OUT: Final = {
    RefusalKind.PHONE_TAKEN: "phone",
    RefusalKind.PHONE_INVALID: "phone",
    RefusalKind.EMAIL_TAKEN: "customer",
    RefusalKind.EMAIL_INVALID: "customer",
    RefusalKind.ADDRESS_INVALID: "address",
}
"""A refused part of the buyer's data never stops an order: it is created without that part."""

_REASONS: Final = {
    RefusalKind.TOO_MANY_ATTEMPTS: "too_many_attempts",
    RefusalKind.VARIANT_MISSING: "variant_deleted",
    RefusalKind.INVENTORY_CLAIM_FAILED: "stock_claim_failed",
    RefusalKind.SHOP_DORMANT: "shop_frozen",
}


@dataclass(frozen=True, slots=True)
class TryWithout:
    """Shopify refused a part that the order can do without."""

    left_out: LeftOut


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether the order was created."""


def failure(answer: Answer) -> Failure:
    """Why a call that certainly created nothing did not succeed."""
    request_id = answer.request_id or ""
    match answer:
        case Refused():
            error = _decisive(answer.user_errors)
            return Failure(
                _REASONS.get(error.kind, "shopify_refused"),
                error.code or "",
                ".".join(error.field),
                request_id,
            )
        case Unauthorized():
            code = DENIALS[answer.kind]
            return Failure(code, answer.kind.value, ",".join(answer.scopes), request_id)
        case Invalid():
            return Failure("invalid_request", answer.code, ",".join(answer.paths), request_id)
        case Throttled():
            return Failure("throttled", request_id=request_id, wait_s=answer.retry_after_s)
        case _:
            return Failure(_unavailable(answer), request_id=request_id)


def _unavailable(answer: Answer) -> str:
    match answer:
        case DefinitionMissing():
            return "definition_missing"
        case Done() | Unclear() | Unreachable():
            return "shopify_unavailable"
        case _:
            return "shopify_refused"


def _decisive(errors: tuple[UserError, ...]) -> UserError:
    """The first error that has a reason of its own, else the first."""
    return next((error for error in errors if error.kind in _REASONS), errors[0])


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
    return failure(answer)
