"""Shopify's answer → why a job did not succeed, or that nobody knows. Pure.

``DenialKind``: shopify.dev "Status and error codes" of the Admin API.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shopify.answers import (
    Answer,
    DefinitionMissing,
    Invalid,
    Refused,
    Throttled,
    Unauthorized,
    Unclear,
)
from shopify.denials import DenialKind
from shopify.refusals import RefusalKind

DENIALS: Final[Mapping[DenialKind, str]] = {
    DenialKind.TOKEN: "token_invalid",
    DenialKind.TOKEN_MISSING: "token_invalid",
    DenialKind.SCOPE: "missing_scope",
    DenialKind.PROTECTED_DATA: "protected_data",
    DenialKind.FORBIDDEN: "turned_away",
    DenialKind.OFFLINE_TOKEN: "offline_token_required",
    DenialKind.FROZEN: "shop_frozen",
    DenialKind.LOCKED: "shop_frozen",
    DenialKind.SECURITY: "security_rejection",
    DenialKind.STORE_UNKNOWN: "token_invalid",
    DenialKind.STORE_MOVED: "token_invalid",
}
"""Why Shopify turned a call away → the reason code; of every kind there is one."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why nothing was done; Shopify's own words only as code and field.

    ``wait_s``: how long Shopify wants to be left alone, 0 when it did not say. ``scopes``: the
    permissions that were missing, where Shopify named them.
    """

    reason_code: str
    shopify_code: str = ""
    field: str = ""
    request_id: str = ""
    wait_s: float = 0.0
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody can say whether it was done."""


@dataclass(frozen=True, slots=True)
class Refusals:
    """The reason codes of what Shopify refuses, which differ from job to job.

    ``reasons``: refusals that have a code of their own. ``otherwise``: the code of all others.
    """

    reasons: Mapping[RefusalKind, str]
    otherwise: str


def meaning(answer: Answer, refusals: Refusals) -> Failure | Unknown:
    """What it means for a change that its answer is not Done."""
    return Unknown() if isinstance(answer, Unclear) else failure(answer, refusals)


def failure(answer: Answer, refusals: Refusals) -> Failure:
    """Why a call that certainly changed nothing did not succeed: a read, or not executed."""
    request_id = answer.request_id or ""
    match answer:
        case Refused():
            return _refused(answer, refusals)
        case Unauthorized():
            named = ",".join(answer.scopes)
            code, kind = DENIALS[answer.kind], answer.kind.value
            return Failure(code, kind, named, request_id, scopes=answer.scopes)
        case Invalid():
            return Failure("invalid_request", answer.code, ",".join(answer.paths), request_id)
        case Throttled():
            return Failure("throttled", request_id=request_id, wait_s=answer.retry_after_s)
        case DefinitionMissing():
            return Failure("definition_missing", request_id=request_id)
        case _:
            return Failure("shopify_unavailable", request_id=request_id)


def _refused(answer: Refused, refusals: Refusals) -> Failure:
    """By the first error that has a reason of its own, else by the first."""
    errors = answer.user_errors
    decisive = next((error for error in errors if error.kind in refusals.reasons), errors[0])
    return Failure(
        refusals.reasons.get(decisive.kind, refusals.otherwise),
        decisive.code or "",
        ".".join(decisive.field),
        answer.request_id or "",
    )
