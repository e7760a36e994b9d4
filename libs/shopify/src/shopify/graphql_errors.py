"""Top-level GraphQL errors: reading them, and what their codes mean (table in ``graphql_rules``).

Messages, ``value`` and ``explanation`` echo whole variables, so none of them is kept. A problem's
path comes from our own input and is.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from shopify.answers import (
    Answer,
    CallFacts,
    DefinitionMissing,
    DoubtReason,
    Invalid,
    Refused,
    Throttled,
    Unauthorized,
    Unclear,
)
from shopify.cost import WAIT_WITHOUT_COST_S
from shopify.denials import DenialKind, read_denial
from shopify.refusals import RefusalKind, UserError

UNKNOWN_CODE = "none"

_CODE = re.compile(r"[A-Za-z_]{1,60}")
_STATIC_VALIDATION = re.compile(r"[a-z]+(?:[A-Z][a-z]*)+")
_OUR_BUGS = frozenset(
    {"INVALID_VARIABLE", "MAX_COST_EXCEEDED", "MAX_INPUT_SIZE_EXCEEDED", "BAD_REQUEST"}
)


@dataclass(frozen=True)
class GraphQLError:
    """One entry of ``errors``. ``path``: in the answer; ``problems``: paths in the variables."""

    code: str
    path: tuple[str, ...]
    problems: tuple[str, ...]
    message: str = field(repr=False)


def read_errors(body: dict[str, Any]) -> tuple[GraphQLError, ...]:
    """Return the errors of a body; a lone text or an entry of any other shape counts as one."""
    errors = body.get("errors")
    if not errors:
        return ()
    return tuple(map(_read_error, errors if isinstance(errors, list) else [errors]))


def answer_errors(errors: tuple[GraphQLError, ...], call: CallFacts) -> Answer:
    """Return the answer for errors that arose before anything ran; a doubtful one prevails."""
    answers = [_answer(error, call) for error in errors]
    return next((answer for answer in answers if isinstance(answer, Unclear)), answers[0])


def _read_error(error: object) -> GraphQLError:
    entry: dict[str, Any] = error if isinstance(error, dict) else {"message": str(error)}
    extensions = entry.get("extensions")
    extensions = extensions if isinstance(extensions, dict) else {}
    code = str(extensions.get("code", UNKNOWN_CODE))
    return GraphQLError(
        code=code if _CODE.fullmatch(code) else UNKNOWN_CODE,
        path=_texts(entry.get("path")),
        problems=_problem_paths(extensions.get("problems")),
        message=str(entry.get("message", "")),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _problem_paths(problems: object) -> tuple[str, ...]:
    entries = problems if isinstance(problems, list) else []
    return tuple(
        ".".join(_texts(entry.get("path"))) for entry in entries if isinstance(entry, dict)
    )


def _answer(error: GraphQLError, call: CallFacts) -> Answer:
    rule = _BY_CODE.get(error.code)
    if rule is not None:
        return rule(error, call)
    if error.code in _OUR_BUGS or _STATIC_VALIDATION.fullmatch(error.code):
        return Invalid(error.code, error.problems, call=call)
    return Unclear(DoubtReason.GRAPHQL_ERROR, error.code, call=call)


def _throttled(_: GraphQLError, call: CallFacts) -> Answer:
    wait = WAIT_WITHOUT_COST_S if call.cost is None else call.cost.wait_s()
    return Throttled(wait, call=call)


def _denied(error: GraphQLError, call: CallFacts) -> Answer:
    kind, scopes = read_denial(error.message)
    return Unauthorized(kind, scopes, call=call)


def _inactive(_: GraphQLError, call: CallFacts) -> Answer:
    return Unauthorized(DenialKind.FROZEN, call=call)


def _not_found(error: GraphQLError, call: CallFacts) -> Answer:
    if "metafield definition" in error.message.casefold():
        return DefinitionMissing(call=call)
    return Refused((UserError(error.code, error.path, RefusalKind.NOT_FOUND),), call=call)


_BY_CODE: dict[str, Callable[[GraphQLError, CallFacts], Answer]] = {
    "THROTTLED": _throttled,
    "ACCESS_DENIED": _denied,
    "SHOP_INACTIVE": _inactive,
    "NOT_FOUND": _not_found,
    "RESOURCE_NOT_FOUND": _not_found,
}
