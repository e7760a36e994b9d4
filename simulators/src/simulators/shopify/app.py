"""The simulator as an ASGI app."""

import contextlib
import time
from collections.abc import AsyncIterator, Callable

import httpx
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from simulators.entrance import Entrance
from simulators.observer import Observe
from simulators.randomness import SYSTEM, Randomness
from simulators.shopify.control import Control
from simulators.shopify.faulted import FaultedShopify
from simulators.shopify.graphql_endpoint import GraphqlEndpoint
from simulators.shopify.oauth import TokenEndpoint
from simulators.shopify.observed import Observed
from simulators.shopify.settings import Settings
from simulators.shopify.world import World

_GRAPHQL = "/graphql.json"


def build_app(
    settings: Settings,
    *,
    now: Callable[[], float] = time.time,
    webhook_transport: httpx.AsyncBaseTransport | None = None,
    randomness: Randomness = SYSTEM,
    observe: Observe | None = None,
) -> ASGIApp:
    """A simulator without stores; `now` gives unix seconds, `randomness` ids, tokens and dice.

    `webhook_transport` replaces the network for webhooks; `observe` hears of every changed order.
    """
    world = World(settings, now, webhook_transport, randomness)
    tokens = TokenEndpoint(world)
    path, install = "/admin/oauth/access_token", "/admin/oauth/authorize"
    routes = [
        *Control(world, tokens).routes(),
        Route(path, tokens.answer, methods=["POST"]),
        Route(install, tokens.install, methods=["GET"]),
        Route(f"/{{domain}}{install}", tokens.install, methods=["GET"]),
        Route(f"/{{domain}}{path}", tokens.answer, methods=["POST"]),
    ]
    others = Starlette(routes=routes, lifespan=lambda _: _running(world))
    paths = _Paths(GraphqlEndpoint(world), others)
    app = paths if observe is None else Observed(paths, world, observe)
    return Entrance(app, faults=world.faults, log=world.log, platform=FaultedShopify(world))


@contextlib.asynccontextmanager
async def _running(world: World) -> AsyncIterator[None]:
    yield
    await world.webhooks.outbox.close()


class _Paths:
    """GraphQL goes straight to its endpoint: it is called thousands of times a second."""

    def __init__(self, graphql: ASGIApp, others: ASGIApp) -> None:
        self._graphql = graphql
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        is_graphql = scope["type"] == "http" and scope["path"].endswith(_GRAPHQL)
        await (self._graphql if is_graphql else self._others)(scope, receive, send)
