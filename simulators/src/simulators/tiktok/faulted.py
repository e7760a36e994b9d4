"""How TikTok Shop words a fault, and what its requests are aimed at."""

import math
from collections.abc import Mapping
from urllib.parse import parse_qs

from starlette.types import Scope

from simulators.entrance import Target
from simulators.exchange import Answer
from simulators.fault_rules import Fault
from simulators.faults import EFFECTS, Effect
from simulators.tiktok.endpoints import routes
from simulators.tiktok.envelope import Refused, failure
from simulators.tiktok.rate_limit import too_many_requests
from simulators.tiktok.world import World

_MESSAGES = {
    105002: "Expired credentials. The access token has expired.",
    106001: "Invalid credentials. The 'sign' query parameter is invalid.",
    36009003: "Internal error. Please try again.",
    36009007: "Request timed out.",
}
_TOKEN_PATHS = {"/api/v2/token/get": "token_get", "/api/v2/token/refresh": "token_refresh"}


class FaultedTikTok:
    """The `entrance.RecognisingPlatform` of TikTok Shop."""

    effects: Mapping[str, Effect] = EFFECTS

    def __init__(self, world: World) -> None:
        self._world = world

    def target(self, scope: Scope, _body: bytes, /) -> Target:
        """Operation: the route's name. Shop: the id behind shop_cipher."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        shop = self._world.shops.by_cipher(query.get("shop_cipher", [""])[0])
        path = scope["path"]
        return Target(path, _operation(scope["method"], path), None if shop is None else shop.id)

    def refusal(self, fault: Fault, /) -> Answer:
        """Any status and code; throttling is 429 with 36009002 and Retry-After."""
        if fault.kind != "throttle":
            return self._answer(fault.status or 503, fault.code or 36009003)
        refused = too_many_requests()
        wait = str(max(1, math.ceil(fault.delay_s or 1)))
        body = failure(fault.code or refused.code, refused.message, self._world.request_ids.take())
        return Answer.json(fault.status or refused.http, body, [("retry-after", wait)])

    def partial(self, fault: Fault, _answer: Answer, /) -> Answer:
        """Done, but the result could not be read: 200, 36009003, no data."""
        return self._answer(fault.status or 200, fault.code or 36009003)

    def _answer(self, status: int, code: int | str) -> Answer:
        message = _MESSAGES.get(int(code), "Refused.") if str(code).isdecimal() else "Refused."
        return Answer.json(status, failure(code, message, self._world.request_ids.take()))


def _operation(method: str, path: str) -> str | None:
    if path in _TOKEN_PATHS:
        return _TOKEN_PATHS[path]
    try:
        return routes.find(method, path)[0].operation
    except Refused:
        return None
