"""`POST /admin/api/{version}/graphql.json`: token, budget, execution, answer."""

import json
from collections.abc import Mapping
from typing import Any

from starlette.types import Receive, Scope, Send

from simulators.exchange import Answer, read_body
from simulators.shopify.engine.cost import MAX_QUERY_COST
from simulators.shopify.engine.documents import Operation, Plan
from simulators.shopify.engine.errors import Json, RequestRefused
from simulators.shopify.engine.variables import Variables
from simulators.shopify.gate import (
    BAD_TOKEN,
    address_of,
    headers_of,
    store_of,
    text_error,
    version_of,
)
from simulators.shopify.refusal import refused_with
from simulators.shopify.session import Session
from simulators.shopify.world import World

_JSON = (b"content-type", b"application/json; charset=utf-8")
_NO_QUERY = {"errors": {"query": "Required parameter missing or invalid"}}


class GraphqlEndpoint:
    """An ASGI app."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        body = await read_body(receive)
        if body is None:
            return
        answer = self.answer(scope, body)
        length = (b"content-length", str(len(answer.body)).encode())
        request_id = (b"x-request-id", self._world.randomness.new_id().encode())
        headers = [*answer.headers, length, request_id]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    def answer(self, scope: Scope, body: bytes) -> Answer:
        """The whole request, from headers and body to the answer."""
        address = address_of(scope)
        store = store_of(self._world, address)
        version = version_of(scope["path"].split("/")[-2])
        if store is None or version is None or scope["method"] != "POST":
            return text_error(404, "Not Found")
        token = headers_of(scope).get(b"x-shopify-access-token", b"").decode("latin-1")
        grant = store.grants.find(token, self._world.now())
        if grant is None:
            return text_error(401, BAD_TOKEN)
        try:
            request = json.loads(body)
        except ValueError:
            return text_error(400, "Bad Request")
        if not isinstance(request, dict) or not isinstance(request.get("query"), str):
            return Answer(400, (_JSON,), json.dumps(_NO_QUERY).encode())
        session = self._world.session(store, grant, version, refused_with(scope))
        result = self._run(session, request)
        served = (b"x-shopify-api-version", version.encode())
        text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
        return Answer(200, (_JSON, served), text.encode())

    def _run(self, session: Session, request: Mapping[str, Any]) -> Json:
        try:
            operation = self._world.documents.operation(
                request["query"], request.get("operationName")
            )
            session.store.usage.note_request(operation.root_names)
            given = request.get("variables") or {}
            variables = operation.read_variables(given if isinstance(given, dict) else {})
            return _paid(session, operation, variables)
        except RequestRefused as refused:
            return {"errors": refused.errors}


def _paid(session: Session, operation: Operation, variables: Variables) -> Json:
    plan, bucket = operation.plan(variables), session.store.bucket
    requested = plan.requested(variables)
    if requested > MAX_QUERY_COST:
        return _refused_cost(session, requested, _too_dear(requested))
    if not bucket.take(requested, session.at):
        session.store.usage.throttled += 1
        return _refused_cost(session, requested, _THROTTLED)
    return _executed(session, plan, variables, requested)


def _executed(session: Session, plan: Plan, variables: Variables, requested: int) -> Json:
    data, errors = plan.execute(session, variables)
    actual = plan.actual(data, requested)
    store = session.store
    store.bucket.give_back(requested - actual)
    store.usage.note_points(actual, store.bucket, session.at)
    result: Json = {"data": data}
    if errors:
        result["errors"] = errors
    result["extensions"] = {"cost": _cost(session, requested, actual)}
    if session.search:
        result["extensions"]["search"] = session.search
    return result


def _cost(session: Session, requested: int, actual: int | None) -> Json:
    return {
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": session.store.bucket.status(session.at),
    }


def _refused_cost(session: Session, requested: int, error: Json) -> Json:
    return {"errors": [error], "extensions": {"cost": _cost(session, requested, None)}}


_THROTTLED: Json = {
    "message": "Throttled",
    "extensions": {
        "code": "THROTTLED",
        "documentation": "https://shopify.dev/api/usage/rate-limits",
    },
}


def _too_dear(requested: int) -> Json:
    limit = f"exceeds the single query max cost limit ({MAX_QUERY_COST})"
    return {
        "message": f"Query cost is {requested}, which {limit}",
        "extensions": {"code": "MAX_COST_EXCEEDED", "cost": requested, "maxCost": MAX_QUERY_COST},
    }
