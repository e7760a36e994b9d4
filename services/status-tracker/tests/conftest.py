"""A status-tracker in a world, and what became of the order in Shopify."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from tests.world.story import connected, created
from tests.world.tracked import Case
from tests.world.world import World

from ordersync_contracts.events import Event
from simulators.shopify.in_process import Json, line

FULFIL = """mutation F($f: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $f) { fulfillment { id } userErrors { message } } }"""
TELL = """mutation T($e: FulfillmentEventInput!) {
  fulfillmentEventCreate(fulfillmentEvent: $e) {
    fulfillmentEvent { id } userErrors { message } } }"""


@dataclass(frozen=True)
class Parcel:
    """A fulfilment in Shopify, and its events in order: status and time."""

    id: str
    number: str
    events: list[tuple[str, str]]
    event_ids: list[str]


class TrackerWorld(World):
    """One status-tracker at work."""

    async def create(self, *skus: str) -> str:
        """An order of one unit of each SKU stands in Shopify; its gid."""
        lines = [line(variantId=None, sku=sku, quantity=1) for sku in skus or ("MUG-BLUE-11",)]
        return await self.shopify.sim.create(lineItems=lines)

    async def ordered(self) -> Json:
        """The newest order in Shopify."""
        return (await self.shopify.orders())[-1]

    async def parcels(self) -> list[Parcel]:
        """All fulfilments of the newest order, oldest first."""
        return [_parcel(shown) for shown in (await self.ordered())["fulfillments"]]

    async def fulfil(self) -> Parcel:
        """A person ships the whole newest order in Shopify."""
        open_orders = (await self.ordered())["order"]["fulfillmentOrders"]["nodes"]
        taken = [{"fulfillmentOrderId": open_order["id"]} for open_order in open_orders]
        made = await self.shopify.sim.ask(FULFIL, f={"lineItemsByFulfillmentOrder": taken})
        assert made["userErrors"] == []
        return (await self.parcels())[-1]

    async def tell(self, parcel: Parcel, status: str, happened_at: str) -> None:
        """A person tells a fulfilment what happened to it."""
        event = {"fulfillmentId": parcel.id, "status": status, "happenedAt": happened_at}
        made = await self.shopify.sim.ask(TELL, e=event)
        assert made["userErrors"] == []

    async def believe_at_once(self) -> None:
        """A planted tracker takes as absent what it does not see."""
        await self.reconfigure(absent_after_s=0.0, shopify_call_deadline_s=0.0)

    async def told(self, name: str) -> list[Any]:
        """The order's events of this name."""
        return [recorded.event for recorded in await self.history() if recorded.name == name]


def _parcel(shown: Json) -> Parcel:
    numbers = [tracking["number"] for tracking in shown["trackingInfo"]]
    told = shown["events"]["nodes"]
    return Parcel(
        shown["id"],
        numbers[0] if numbers else "",
        [(event["status"], event["happenedAt"]) for event in told],
        [event["id"] for event in told],
    )


@asynccontextmanager
async def standing(shop: Sequence[Event], *skus: str) -> AsyncIterator[TrackerWorld]:
    async with TrackerWorld.open("status-tracker") as world:
        await world.say(*shop, created(await world.create(*skus)))
        yield world


@pytest.fixture
async def world() -> AsyncIterator[TrackerWorld]:
    """A connected shop, and an order of one mug that stands in Shopify."""
    async with standing(connected()) as world:
        yield world


@pytest.fixture
async def world_of_two() -> AsyncIterator[TrackerWorld]:
    """The same with an order of a mug and a bowl."""
    async with standing(connected(), "MUG-BLUE-11", "BOWL-RED-6") as world:
        yield world


@pytest.fixture
async def empty() -> AsyncIterator[TrackerWorld]:
    """A tracker that knows of no shop, and a store without orders."""
    async with TrackerWorld.open("status-tracker") as world:
        yield world


@pytest.fixture
async def case(empty: Any) -> Case:
    """A shop that is connected to a store without orders."""
    await empty.say(*connected())
    return Case(empty)
