"""One TikTok order on its way: mapper, writer and tracker in one world, Shopify's simulator."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.world import faults
from tests.world.shopify import Fault
from tests.world.world import World

from ordersync_contracts import events
from ordersync_contracts.events import Event
from simulators.shopify.in_process import TEE

SERVICES = ("mapper", "shopify-writer", "status-tracker")
Step = str
FATES: Mapping[Step, Fault] = {
    "create lost before": faults.lost_before,
    "create lost after": faults.lost_after,
    "create late": faults.late,
}
STEPS = ("address", "cancel", "map", "take in", "write", "track", "apply", "wait", *FATES)


class OneOrder:
    """A world with one TikTok order in it, and what TikTok says of it now."""

    def __init__(self, world: World, first: events.OrderFetched) -> None:
        self.world = world
        self.snapshot = first
        self.address = ""
        self._changes = 0

    async def step(self, step: Step) -> None:
        """One thing happens."""
        match step:
            case "address" | "cancel":
                await self.change(step)
            case "map":
                await self.world.process("mapper").hear()
            case "take in":
                await self.world.process("shopify-writer").hear()
            case "track":
                await self.world.process("status-tracker").hear()
            case "write":
                await self.world.work(by="shopify-writer")
            case "apply":
                await self.world.work(by="status-tracker")
            case "wait":
                await self.world.pass_time(timedelta(minutes=2))
            case fate:
                self.world.shopify.faults["order_create"] = [FATES[fate]]

    async def change(self, what: str) -> None:
        """TikTok changes the order."""
        self.world.now += timedelta(seconds=1)
        self._changes += 1
        changes: dict[str, Any] = {"updated_at": self.world.now, "asked_at": self.world.now}
        if what == "cancel":
            changes["status"] = "CANCELLED"
        else:
            self.address = f"{self._changes} Planted Parkway"
            changes["recipient"] = await self.world.keep_buyer(line1=self.address)
        self.snapshot = self.snapshot.model_copy(update=changes)
        await self.world.say(self.snapshot)


async def begin(world: World, first: events.OrderFetched, shop: tuple[Event, ...]) -> OneOrder:
    """The shop is connected, its product linked, and the order is fetched."""
    await world.say(*shop)
    await world.link(first.lines[0].sku_id, TEE)
    order = OneOrder(world, first)
    await order.change("address")
    return order


async def live(
    steps: list[Step], first: events.OrderFetched, shop: tuple[Event, ...]
) -> tuple[OneOrder, list[dict[str, Any]]]:
    """The order after these steps and all that follows; the orders that Shopify has then."""
    async with World.open(*SERVICES, now=first.updated_at) as world:
        order = await begin(world, first, shop)
        for step in steps:
            await order.step(step)
        await world.come_to_rest()
        return order, [shown["order"] for shown in await world.shopify.orders()]
