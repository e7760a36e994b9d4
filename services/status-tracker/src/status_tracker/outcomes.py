"""Shopify's answer → what it means for a later change. Pure."""

from dataclasses import dataclass
from typing import Final

from shopify import answers
from shopify.refusals import RefusalKind
from shopify_jobs.failures import DENIALS

_REFUSALS: Final = {
    RefusalKind.SHOP_DORMANT: "shop_frozen",
    RefusalKind.TOO_MANY_ATTEMPTS: "throttled",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """It is not applied; Shopify's own words only as code and field.

    ``wait_s``: how long Shopify wants to be left alone, 0 when it did not say.
    """

    reason_code: str
    shopify_code: str = ""
    field: str = ""
    request_id: str = ""
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether the change was made."""


def meaning(answer: answers.Answer, *, is_change: bool) -> Failure | Unknown:
    """What an answer that is not Done means; a read that did not answer has done nothing."""
    request_id = answer.request_id or ""
    match answer:
        case answers.Unclear() if is_change:
            return Unknown()
        case answers.Unclear() | answers.Unreachable():
            return Failure("shopify_unavailable", request_id=request_id)
        case answers.Throttled():
            return Failure("throttled", request_id=request_id, wait_s=answer.retry_after_s)
        case _:
            return _failure(answer, request_id)


def _failure(answer: answers.Answer, request_id: str) -> Failure:
    match answer:
        case answers.Unauthorized():
            code = DENIALS[answer.kind]
            return Failure(code, answer.kind.value, ",".join(answer.scopes), request_id)
        case answers.Refused():
            return refusal(answer)
        case answers.Invalid():
            return Failure("invalid_request", answer.code, ",".join(answer.paths), request_id)
        case _:
            return Failure("update_refused", request_id=request_id)


def refusal(answer: answers.Refused, otherwise: str = "update_refused") -> Failure:
    """Why Shopify refused it; ``otherwise`` for what has no reason of its own."""
    error = next((one for one in answer.user_errors if one.kind in _REFUSALS), None)
    decisive = error or answer.user_errors[0]
    return Failure(
        _REFUSALS.get(decisive.kind, otherwise),
        decisive.code or "",
        ".".join(decisive.field),
        answer.request_id or "",
    )
