"""The signed API: every real path but the token host's."""

import json
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from simulators.tiktok import gate
from simulators.tiktok.call import SellerCall, ShopCall, Work
from simulators.tiktok.endpoints import routes
from simulators.tiktok.envelope import Refused, bad_parameter, failure, success, to_json
from simulators.tiktok.gate import SignedRequest
from simulators.tiktok.world import World


async def answer(world: World, request: Request) -> Response:
    """The answer to a call, whatever is wrong with it."""
    request_id = world.request_ids.take()
    try:
        body = await request.body()
        world.orders.release_holds()
        data = success(_data(world, request, body), request_id)
    except Refused as refused:
        return _json(failure(refused.code, refused.message, request_id), refused.http)
    return _json(data, 200)


def _data(world: World, request: Request, body: bytes) -> bytes:
    path = request.scope["path"]
    route, ids = routes.find(request.method, path)
    query = dict(request.query_params)
    signed = SignedRequest(path, query, request.headers, body)
    grant = gate.check_caller(world, signed)
    limited = ""
    if route.seller is not None:
        gate.check_no_shop(query)
        work = route.seller(SellerCall(world, grant))
    else:
        shop = gate.check_shop(world, grant, query)
        limited = shop.id
        work = _shop_work(route, ShopCall(world, shop, ids, query, _parsed(body)))
    world.limits.take(limited, route.operation)
    done = work()
    return done if isinstance(done, bytes) else to_json(done)


def _shop_work(route: routes.Route, call: ShopCall) -> Work:
    if route.shop is None:
        raise Refused(36009003, 500, "Internal error.")
    return route.shop(call)


def _parsed(body: bytes) -> Mapping[str, object]:
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        raise bad_parameter("Invalid request body: not JSON.") from None
    if not isinstance(parsed, dict):
        raise bad_parameter("Invalid request body: must be an object.")
    return parsed


def _json(body: bytes, status: int) -> Response:
    return Response(body, status, media_type="application/json")
