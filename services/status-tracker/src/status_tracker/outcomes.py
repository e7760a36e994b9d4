"""Shopify's answer → what it means for a delivery status. Pure."""

from dataclasses import dataclass
from typing import Final

from shopify import answers
from shopify.denials import DenialKind

_DENIALS: Final = {
    DenialKind.SCOPE: "missing_scope",
    DenialKind.PROTECTED_DATA: "missing_scope",
    DenialKind.FORBIDDEN: "missing_scope",
    DenialKind.FROZEN: "shop_frozen",
    DenialKind.LOCKED: "shop_frozen",
    DenialKind.SECURITY: "security_rejection",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """It cannot be applied as it is; Shopify's own words only as code and field."""

    reason_code: str
    shopify_code: str = ""
    field: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """Certainly not done, and it passes: again, not before ``wait_s``."""

    reason_code: str
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether the change was made."""


def meaning(answer: answers.Answer, *, is_change: bool) -> Failure | Again | Unknown:
    """What an answer that is not Done means; a read that did not answer has done nothing."""
    match answer:
        case answers.InDoubt() if is_change:
            return Unknown()
        case answers.InDoubt() | answers.Unreachable():
            return Again("shopify_unavailable")
        case answers.Throttled():
            return Again("throttled", answer.retry_after_s)
        case _:
            return _failure(answer, answer.request_id or "")


def _failure(answer: answers.Answer, request_id: str) -> Failure:
    match answer:
        case answers.Unauthorized():
            code = _DENIALS.get(answer.kind, "token_invalid")
            return Failure(code, answer.kind.value, ",".join(answer.scopes), request_id)
        case answers.Refused():
            error = answer.user_errors[0]
            field = ".".join(error.field)
            return Failure("fulfillment_refused", error.code or "", field, request_id)
        case answers.Invalid():
            return Failure("invalid_request", answer.code, ",".join(answer.paths), request_id)
        case _:
            return Failure("fulfillment_refused", request_id=request_id)
