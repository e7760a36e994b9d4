"""Body of a 200 → answer.

Errors by code; anything not listed is ``Unclear(GRAPHQL_ERROR)``:

| ``errors[].extensions.code`` | answer |
|---|---|
| THROTTLED | ``Throttled``: (requested - available) / restore rate |
| ACCESS_DENIED | ``Unauthorized(SCOPE, OFFLINE_TOKEN, PROTECTED_DATA)``, else ``FORBIDDEN`` |
| SHOP_INACTIVE | ``Unauthorized(FROZEN)`` |
| NOT_FOUND about a metafield definition | ``DefinitionMissing`` |
| other NOT_FOUND, RESOURCE_NOT_FOUND | ``Refused(NOT_FOUND)`` |
| INVALID_VARIABLE, BAD_REQUEST, MAX_COST_EXCEEDED, MAX_INPUT_SIZE_EXCEEDED | ``Invalid`` |
| camelCase ones (undefinedField, missingRequiredArguments, …) | ``Invalid`` |
| INTERNAL_SERVER_ERROR, none, unknown | ``Unclear(GRAPHQL_ERROR)`` |

A query: any error counts as above, even beside data (a null beside an error is no absence); an
unknown search filter is ``Invalid(search_invalid_field)``, because Shopify ignores the filter and
returns other rows; no ``data`` is ``Unclear(NO_RESULT)``; else ``Done``.

A mutation:

| body | answer |
|---|---|
| no ``data``, or every root null; its errors are at the root or without a path | by code |
| any other null root | ``Unclear(GRAPHQL_ERROR)`` with errors, else ``Unclear(NO_RESULT)`` |
| user errors, but a ``…Create`` that returns its object | ``Unclear(RESULT_WITH_ERRORS)`` |
| user errors | ``Refused`` |
| no user errors, and no object either | ``Unclear(NO_RESULT)`` |
| else | ``Done``; errors below the root (it ran) become warnings ``partial:<code>`` |

Sources: shopify.dev "Status and error codes", "Rate limits"; Admin GraphQL 2026-10: every
mutation payload's ``userErrors``; error shapes as recorded on dev stores.
"""

from dataclasses import replace
from typing import Any

from shopify.answers import Answer, CallFacts, Done, DoubtReason, Invalid, Refused, Unclear
from shopify.documents import Document
from shopify.graphql_errors import GraphQLError, answer_errors, read_errors
from shopify.refusals import UserError, read_user_error


def classify_body(document: Document, body: dict[str, Any], call: CallFacts) -> Answer:
    """Return the answer that a 200 with this JSON object means. Pure."""
    errors = read_errors(body)
    data = body.get("data")
    data = data if isinstance(data, dict) else None
    if document.is_mutation:
        return _mutation(errors, data, call)
    return _query(errors, data, body, call)


def _query(
    errors: tuple[GraphQLError, ...],
    data: dict[str, Any] | None,
    body: dict[str, Any],
    call: CallFacts,
) -> Answer:
    if errors:
        return answer_errors(errors, call)
    if data is None:
        return Unclear(DoubtReason.NO_RESULT, call=call)
    ignored = _ignored_filters(body)
    if ignored:
        return Invalid("search_invalid_field", ignored, call=call)
    return Done(data, call=call)


def _mutation(
    errors: tuple[GraphQLError, ...], data: dict[str, Any] | None, call: CallFacts
) -> Answer:
    payloads = list((data or {}).values())
    if all(payload is None for payload in payloads) and _none_below_the_root(errors):
        return answer_errors(errors, call)
    if not all(isinstance(payload, dict) for payload in payloads) or not payloads:
        reason = DoubtReason.GRAPHQL_ERROR if errors else DoubtReason.NO_RESULT
        return Unclear(reason, _code_of(errors), call=call)
    return _executed(errors, data or {}, call)


def _none_below_the_root(errors: tuple[GraphQLError, ...]) -> bool:
    """Say whether there are errors, and none of them arose inside a mutation that already ran."""
    return bool(errors) and all(len(error.path) <= 1 for error in errors)


def _executed(errors: tuple[GraphQLError, ...], data: dict[str, Any], call: CallFacts) -> Answer:
    refusals = tuple(error for payload in data.values() for error in _user_errors(payload))
    if refusals:
        if any(root.endswith("Create") and _has_result(data[root]) for root in data):
            return Unclear(DoubtReason.RESULT_WITH_ERRORS, call=call)
        return Refused(refusals, data, call=call)
    if not all(_has_result(payload) for payload in data.values()):
        return Unclear(DoubtReason.NO_RESULT, _code_of(errors), call=call)
    partial = tuple(f"partial:{error.code}" for error in errors)
    return Done(data, call=replace(call, warnings=call.warnings + partial))


def _user_errors(payload: dict[str, Any]) -> list[UserError]:
    """Return the payload's user errors: ``userErrors``, or ``orderCancelUserErrors`` and such."""
    return [
        read_user_error(error)
        for name, value in payload.items()
        if name.endswith("serErrors") and isinstance(value, list)
        for error in value
        if isinstance(error, dict)
    ]


def _has_result(payload: dict[str, Any]) -> bool:
    results = [value for name, value in payload.items() if not name.endswith("serErrors")]
    return any(value is not None for value in results)


def _code_of(errors: tuple[GraphQLError, ...]) -> str | None:
    return errors[0].code if errors else None


def _ignored_filters(body: dict[str, Any]) -> tuple[str, ...]:
    """Return the search filters that Shopify says it did not understand and left out."""
    extensions = body.get("extensions")
    searches = extensions.get("search") if isinstance(extensions, dict) else None
    return tuple(
        str(warning.get("field", "?"))
        for search in searches or ()
        for warning in search.get("warnings") or ()
        if warning.get("code") == "invalid_field"
    )
