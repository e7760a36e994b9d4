"""The token host, on the same address here: unsigned GETs with the secrets in the query.

Partner Center: Get Access Token, Refresh Access Token.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

from simulators.tiktok.envelope import (
    Refused,
    bad_credential,
    bad_parameter,
    failure,
    success,
    to_json,
)
from simulators.tiktok.signing import same
from simulators.tiktok.world import World


async def get_token(world: World, request: Request) -> Response:
    """GET /api/v2/token/get."""
    return _answer(world, request, "authorized_code", "auth_code", world.grants.exchange)


async def refresh_token(world: World, request: Request) -> Response:
    """GET /api/v2/token/refresh."""
    return _answer(world, request, "refresh_token", "refresh_token", world.grants.refresh)


def _answer(
    world: World,
    request: Request,
    grant_type: str,
    name: str,
    issue: Callable[[str], dict[str, object]],
) -> Response:
    request_id = world.request_ids.take()
    query = request.query_params
    try:
        if query.get("app_key") != world.settings.app_key:
            raise bad_credential("Invalid 'app_key' query parameter.")
        if not same(query.get("app_secret", ""), world.settings.app_secret):
            raise bad_credential("Invalid 'app_secret' query parameter.")
        if query.get("grant_type") != grant_type:
            raise bad_parameter(f"Invalid 'grant_type': must be {grant_type}.")
        body, status = to_json(issue(query.get(name, ""))), 200
        body = success(body, request_id, "success")
    except Refused as refused:
        body = failure(refused.code, refused.message, request_id)
        status = refused.http
    return Response(body, status, media_type="application/json")
