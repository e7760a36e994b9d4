"""How Shopify words a fault, and what a request is aimed at.

`status` 200 puts the `code` into a GraphQL error (`INTERNAL_SERVER_ERROR`); `ACCESS_DENIED`
names a scope, as Shopify does. Any other status is an HTTP error. `throttle` is THROTTLED with HTTP
200, or with `status` 429 the HTTP layer's refusal.
`partial`: the root field is null, `errors[].path` names it, and it was executed.
"""

import json
from collections.abc import Mapping
from typing import Any

from starlette.types import Scope

from simulators.entrance import Target
from simulators.exchange import Answer
from simulators.fault_rules import Fault
from simulators.faults import Effect
from simulators.shopify.engine.errors import RequestRefused
from simulators.shopify.gate import address_of, text_error
from simulators.shopify.refusal import EFFECTS
from simulators.shopify.world import World

_TEXTS = {
    402: "Unavailable Shop",
    403: "Forbidden",
    423: "Locked",
    429: "Exceeded order API rate limit, please try again in a minute.",
    430: "Shopify Security Rejection",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
_INTERNAL = "INTERNAL_SERVER_ERROR"
_SAYS_INTERNAL = "Internal error. Looks like something went wrong on our end."
_DENIES = "Access denied. Required access: `write_orders` access scope."
_EMPTY = {"maximumAvailable": 2000.0, "currentlyAvailable": 0, "restoreRate": 100.0}


class FaultedShopify:
    """Shopify's side of `simulators.faults`."""

    effects: Mapping[str, Effect] = EFFECTS

    def __init__(self, world: World) -> None:
        self._world = world

    def target(self, scope: Scope, body: bytes) -> Target:
        """Path, first root field, store."""
        address = address_of(scope)
        return Target(scope["path"], self._operation(body), address.domain if address else None)

    def _operation(self, body: bytes) -> str | None:
        try:
            request = json.loads(body)
            operation = self._world.documents.operation(
                request["query"], request.get("operationName")
            )
        except (ValueError, KeyError, TypeError, AttributeError, RequestRefused):
            return None
        return next(iter(operation.root_names), None)

    def refusal(self, fault: Fault) -> Answer:
        """Nothing was executed. Also a refusal of Shopify's outermost servers has an id."""
        answer = self._refusal(fault)
        request_id = (b"x-request-id", self._world.randomness.new_id().encode())
        return Answer(answer.status, (*answer.headers, request_id), answer.body)

    def _refusal(self, fault: Fault) -> Answer:
        if fault.kind == "throttle" and fault.status in (None, 200):
            return _graphql({"errors": [_error("Throttled", fault.code or "THROTTLED")]}, _EMPTY)
        status = fault.status or (429 if fault.kind == "throttle" else 503)
        if status == 200:
            said = _DENIES if fault.code == "ACCESS_DENIED" else _SAYS_INTERNAL
            return _graphql({"errors": [_error(said, fault.code or _INTERNAL)]}, None)
        answer = text_error(status, _TEXTS.get(status, "Error"))
        if fault.code is not None:
            body = {"errors": [_error(_TEXTS.get(status, "Error"), fault.code)]}
            answer = Answer.json(status, json.dumps(body).encode())
        wait = str(fault.delay_s if fault.delay_s is not None else 2.0).encode()
        extra = ((b"retry-after", wait),) if status == 429 else ()
        return Answer(answer.status, (*answer.headers, *extra), answer.body)

    def partial(self, fault: Fault, answer: Answer) -> Answer:
        """The answer with every root field taken out."""
        result: dict[str, Any] = json.loads(answer.body)
        roots = list(result.get("data") or {})
        result["data"] = dict.fromkeys(roots)
        code = fault.code or _INTERNAL
        result["errors"] = [{**_error(_SAYS_INTERNAL, code), "path": [root]} for root in roots]
        return Answer(200, answer.headers, json.dumps(result).encode())


def _error(message: str, code: int | str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code}}


def _graphql(result: dict[str, Any], bucket: dict[str, Any] | None) -> Answer:
    if bucket is not None:
        cost = {"requestedQueryCost": 10, "actualQueryCost": None, "throttleStatus": bucket}
        result = {**result, "extensions": {"cost": cost}}
    return Answer.json(200, json.dumps(result).encode())
