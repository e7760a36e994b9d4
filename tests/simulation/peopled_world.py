"""A small world in which people do what they do in a history: its services are stepped by hand."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

import httpx
from simulation.life import ACTS
from simulation.life.commands import Commands
from simulation.life.people import connect_shop
from simulation.outside import Outside
from simulation.plan import Json, order_id, shop_id, store_domain
from tests.world.services import nothing_waits
from tests.world.shopify import full_budget_of
from tests.world.world import World
from tests.world.writer import nobody_lags

from console import projection
from console.memory import MemoryRows
from console.orders.bulk_runs import MemoryBulkRuns
from ordersync_contracts.streams import order_stream, shop_stream
from simulators.shopify.settings import Settings

SHOP, STORE = shop_id(1), store_domain(1)
ORDER = {"shop_id": SHOP, "store": STORE, "order_id": order_id(1)}
WEEK_S = 7 * 86_400
WEBHOOKS = "https://shopify.ordersync.example/webhooks/shopify"
_APP = Settings()
SETTINGS: Json = {
    "tiktok_api_url": "http://sim",
    "tiktok_auth_url": "http://sim",
    "shopify_simulator_url": "http://sim",
    "shopify_webhook_url": WEBHOOKS,
    "shopify_client_id": _APP.client_id,
    "shopify_client_secret": _APP.client_secret,
}


@dataclass
class PeopledWorld:
    """One shop and store, connected and linked by `connect_shop`; nothing is synced by itself."""

    world: World
    outside: Outside

    async def act(self, kind: str, **given: Json) -> Any:
        """The act of this kind; what it answers."""
        return await ACTS[kind].perform(self.outside, given)

    async def place(self, number: int = 1, **given: Json) -> str:
        """An order is placed, and known to us; its id."""
        of_it = {**ORDER, "order_id": order_id(number), **given}
        assert await self.act("place_order", **of_it)
        await self.world.come_to_rest()
        return order_id(number)

    async def rest(self) -> None:
        """Everybody gets round to everything, the rows too."""
        await self.world.come_to_rest()
        commands = self.outside.ordersync
        await projection.catch_up(commands.store, commands.rows)

    async def turns(self, count: int) -> None:
        """Everybody gets round to everything, so often."""
        for _ in range(count):
            for process in self.world.processes.values():
                await process.take_turn()

    async def stands(self, number: int = 1, store: str = STORE) -> int:
        """How often the order stands in the store."""
        shown = await self.outside.store(store).orders()
        return sum(order["order"]["sourceIdentifier"] == order_id(number) for order in shown)

    async def names(self, stream: str = "") -> list[str]:
        """The events of a stream, the shop's unless another is named."""
        return [each.name for each in await self.world.store.read(stream or shop_stream(SHOP))]

    async def asked(self, number: int = 1) -> list[Any]:
        """The requests to sync an order."""
        history = await self.world.store.read(order_stream(SHOP, order_id(number)))
        return [each.event for each in history if each.name == "SyncRequested"]

    async def pass_webhooks_on(self) -> None:
        """What Shopify sent reaches the shopify-writer."""
        endpoint = self.world.process("shopify-writer").service.parts.endpoints["webhooks"]
        sent, self.world.shopify.sim.inbox.requests[:] = (
            [*self.world.shopify.sim.inbox.requests],
            [],
        )
        async with httpx.AsyncClient(transport=httpx.ASGITransport(endpoint)) as http:
            for request in sent:
                answer = await http.post(
                    str(request.url), content=request.content, headers=request.headers
                )
                answer.raise_for_status()


class Publisher:
    """Publishes to a world's Kafka."""

    def __init__(self, world: World) -> None:
        self.send = world.kafka.send


def installed(world: World) -> Any:
    """What `Commands.on` takes of an installation."""

    @asynccontextmanager
    async def open_publisher(client_id: str) -> AsyncIterator[Publisher]:
        yield Publisher(world)

    opened: Callable[..., AbstractAsyncContextManager[Publisher]] = open_publisher
    return SimpleNamespace(
        loop=SimpleNamespace(time=world.clock.monotonic),
        new_id=world.new_id,
        tiktok=world.tiktok.sim,
        shopify=world.shopify.sim,
        told_settings=world.settings,
        cluster=SimpleNamespace(open_publisher=opened, lag=nobody_lags),
        stores=SimpleNamespace(
            events=world.store,
            vault=world.vault,
            rows=world.kept(MemoryRows),
            jobs=SimpleNamespace(bulk_seconds=nothing_waits),
            bulk_runs=world.kept(MemoryBulkRuns, world.clock.wall),
        ),
    )


@asynccontextmanager
async def peopled(*services: str) -> AsyncIterator[PeopledWorld]:
    """With these services, all that sync an order unless some are named."""
    at_work = services or ("fetcher", "mapper", "shopify-writer", "status-tracker")
    async with World.open(*at_work, **SETTINGS) as world:
        commands = Commands.on(cast("Any", installed(world)))
        outside = Outside(world.tiktok.sim, world.shopify.sim, world.tiktok.sim.time, commands)
        for number in (1, 2):
            await full_budget_of(world.shopify.budget, store_domain(number))
        await connect_shop(outside, 1, outside.now() - WEEK_S)
        yield PeopledWorld(world, outside)
