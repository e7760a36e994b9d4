"""What both control interfaces under `/_sim/` do: JSON in; a refusal is 400 or 404 with `error`."""

import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Handler: TypeAlias = Callable[[Request], Awaitable[Response | bytes]]
"""Answers a control request; bytes are JSON."""


class NotThere(LookupError):
    """What a control request is about does not exist."""


class BadRequest(ValueError):
    """A control request that cannot be read."""


def routes(
    handlers: Iterable[tuple[str, str, Handler]], bad: tuple[type[Exception], ...]
) -> list[Route]:
    """Of (method, path, handler), for Starlette; what is `bad` is answered with 400."""
    return [Route(path, _answering(run, bad), methods=[method]) for method, path, run in handlers]


async def read_json(request: Request, absent: bytes = b"") -> object:
    """The body, or `absent` for an empty one. Raises BadRequest."""
    try:
        return json.loads(await request.body() or absent)
    except ValueError:
        raise BadRequest("body: not JSON") from None


async def read_object(request: Request, absent: bytes = b"") -> dict[str, Any]:
    """The same, which must be an object."""
    given = await read_json(request, absent)
    if not isinstance(given, dict):
        raise BadRequest("body: send a JSON object")
    return given


def _answering(
    run: Handler, bad: tuple[type[Exception], ...]
) -> Callable[[Request], Awaitable[Response]]:
    refusals: tuple[type[Exception], ...] = (BadRequest, *bad)

    async def answer(request: Request) -> Response:
        try:
            answered = await run(request)
        except NotThere as missing:
            return JSONResponse({"error": str(missing)}, 404)
        except refusals as refused:
            return JSONResponse({"error": str(refused)}, 400)
        if isinstance(answered, bytes):
            return Response(answered, media_type="application/json")
        return answered

    return answer
