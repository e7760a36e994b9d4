"""A shopify-writer in a world, and what became of its orders in Shopify."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.world.adopting import Store
from tests.world.services import step_writer, writer_in
from tests.world.shopify import full_budget
from tests.world.story import ORDER_ID, connected
from tests.world.world import World
from tests.world.writer import VARIANT, a_draft

from inbox.memory import MemoryInbox
from jobs.owner import Owner
from ordersync_contracts.envelope import Recorded
from runtime.session import Lease
from shopify.webhooks import Webhook
from shopify_jobs.doubts import Doubts
from shopify_writer.app import WriterService
from shopify_writer.settings import WriterSettings
from shopify_writer.webhooks.inbox import LAYOUT
from simulators.shopify import in_process
from simulators.shopify.in_process import DOMAIN, Json, custom_id, line

SETTINGS: dict[str, Any] = {
    "shopify_client_id": "client",
    "shopify_client_secret": "secret",
    "shopify_old_client_secret": "secret of last month",
}


class WriterWorld(World):
    """One shopify-writer at work."""

    @property
    def service(self) -> WriterService:
        """The service as it runs now."""
        service: WriterService = self.process().service.parts
        return service

    @property
    def owner(self) -> Owner:
        """The worker's claim on its jobs."""
        return self.process().owner

    @property
    def inbox(self) -> MemoryInbox[Webhook]:
        """The webhooks that were taken."""
        return self.kept(MemoryInbox[Webhook], LAYOUT)

    @property
    def doubts(self) -> Doubts:
        """How long absence is not believed."""
        return Doubts.by(self.settings(WriterSettings))

    def use(self, **changed: Any) -> WriterService:
        """The service built anew, with other connections or settings where said."""
        self.process().service = step_writer(writer_in(self, **changed))
        return self.service

    async def draft(self, **changes: Any) -> Recorded:
        """A draft is decided and its record arrives."""
        (recorded,) = await self.say(a_draft(**changes))
        await self.hear()
        return recorded

    async def place(self, order_id: str) -> str:
        """An order of ours stands in Shopify and nobody knows of it; its gid."""
        given: Json = {"sourceIdentifier": order_id, "metafields": custom_id(order_id)}
        return await self.shopify.sim.create(lineItems=[line(variantId=None)], **given)

    async def inputs(self) -> list[Any]:
        """What each order that stands in Shopify was created from, oldest first."""
        return [shown["input"]["order"] for shown in await self.shopify.orders()]

    async def names(self, order_id: str = ORDER_ID) -> list[str]:
        """The order's events, without "ShopifyOrder" before their names."""
        history = await self.history(order_id)
        return [recorded.name.removeprefix("ShopifyOrder") for recorded in history]

    async def last(self, order_id: str = ORDER_ID) -> Any:
        """The order's last event."""
        return (await self.history(order_id))[-1].event

    async def standing(self) -> tuple[str, str]:
        """Gid and name of the one order that stands in Shopify."""
        (shown,) = await self.shopify.orders()
        return shown["order"]["id"], shown["order"]["name"]

    async def made(self, order_id: str = ORDER_ID) -> int:
        """How many orders stand in Shopify for this one."""
        return len(await self.shopify.orders(order_id))


@pytest.fixture
async def world() -> AsyncIterator[WriterWorld]:
    """A connected shop whose store may be written to, and one worker."""
    async with WriterWorld.open("shopify-writer", **SETTINGS) as world:
        mug = {"id": VARIANT, "sku": "MUG-BLUE-11", "title": "Blue", "price": "18.50"}
        await world.shopify.behave(variants=[mug], unique_metafield="drop")
        await world.say(*connected())
        yield world


@pytest.fixture
def lease() -> Lease:
    held = Lease(10.0, lambda: 0.0)
    held.extend(0.0)
    return held


@pytest.fixture
async def store() -> AsyncIterator[Store]:
    """A store where another connector may have been, and a writer beside it."""
    async with in_process.running() as sim:
        yield Store(sim, await full_budget(lambda: 0.0, DOMAIN))
