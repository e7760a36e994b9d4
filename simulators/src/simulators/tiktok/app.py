"""The simulator as an ASGI app."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

import httpx
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from simulators.entrance import Entrance
from simulators.observer import Observe, nobody
from simulators.randomness import SYSTEM, Randomness
from simulators.tiktok import api, token_host
from simulators.tiktok.control import Control
from simulators.tiktok.faulted import FaultedTikTok
from simulators.tiktok.generate.generator import Generator
from simulators.tiktok.settings import Settings
from simulators.tiktok.world import World

_HOLD_CHECK_S = 0.2
_ANY = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def build_app(
    settings: Settings,
    *,
    now: Callable[[], float] = time.time,
    webhook_transport: httpx.AsyncBaseTransport | None = None,
    randomness: Randomness = SYSTEM,
    observe: Observe = nobody,
) -> ASGIApp:
    """A simulator without orders, shops or tokens; `now` gives unix seconds.

    `webhook_transport` replaces the network for notifications (tests). `randomness`: its tokens
    and dice. `observe` is told of every change of an order. Without the ASGI lifespan everything
    works but holds, which then end only when somebody asks.
    """
    world = World(settings, now, webhook_transport, randomness, observe)
    generator = Generator(world)
    routes = [
        *Control(world, generator).routes(),
        Route("/api/v2/token/get", partial(token_host.get_token, world)),
        Route("/api/v2/token/refresh", partial(token_host.refresh_token, world)),
        Route("/{path:path}", partial(api.answer, world), methods=_ANY),
    ]
    app = Starlette(routes=routes, lifespan=lambda _: _running(world, generator))
    return Entrance(app, faults=world.faults, log=world.log, platform=FaultedTikTok(world))


@contextlib.asynccontextmanager
async def _running(world: World, generator: Generator) -> AsyncIterator[None]:
    holds = asyncio.create_task(_end_holds(world))
    yield
    holds.cancel()
    await generator.stop()
    await world.webhooks.outbox.close()


async def _end_holds(world: World) -> None:
    while True:
        await asyncio.sleep(_HOLD_CHECK_S)
        world.orders.release_holds()
