"""A shopify-writer in a world, and what became of its orders in Shopify."""

from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.world.services import step_writer, writer_in
from tests.world.story import BUYER, NOW, ORDER_ID, SHOP_ID, STORE
from tests.world.world import World

from inbox.memory import MemoryInbox
from jobs.owner import Owner
from mapping.recipient import Recipient
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event
from runtime.session import Lease
from shopify.webhooks import Webhook
from shopify_jobs.doubts import Doubts
from shopify_writer.app import WriterService
from shopify_writer.settings import WriterSettings
from shopify_writer.webhooks.inbox import LAYOUT
from simulators.shopify.in_process import Json, custom_id, line

VARIANT = "gid://shopify/ProductVariant/1"
SETTINGS: dict[str, Any] = {
    "shopify_client_id": "client",
    "shopify_client_secret": "secret",
    "shopify_old_client_secret": "secret of last month",
}


def a_draft(**changes: Any) -> events.ShopifyOrderDraft:
    """One mug at 18.50 with its tax, shipped for 4.99: 24.97 in all."""
    draft = events.ShopifyOrderDraft(
        shop_id=SHOP_ID,
        order_id=ORDER_ID,
        store=STORE,
        snapshot_version=1,
        settings_version=3,
        placed_at=NOW - timedelta(hours=3),
        paid_at=NOW - timedelta(hours=2),
        currency="USD",
        total=Decimal("24.97"),
        lines=(
            events.DraftLine(
                variant_id=VARIANT,
                title="Stoneware mug 11 oz",
                variant_title="Blue",
                sku="MUG-BLUE-11",
                sku_id="2729382476852921560",
                quantity=1,
                unit_price=Decimal("18.50"),
                taxes=(
                    events.DraftTax(
                        title="Sales tax", rate=Decimal("0.08"), amount=Decimal("1.48")
                    ),
                ),
                line_ids=("577086512123755121",),
            ),
        ),
        shipping_lines=(
            events.DraftShippingLine(title="Standard shipping", price=Decimal("4.99")),
        ),
        attributes=(
            events.Attribute(key="Channel", value="TikTok Shop - Harbor & Pine"),
            events.Attribute(key="TikTok Shop Order ID", value=ORDER_ID),
            events.Attribute(key="Shipping Method", value="TikTok Shipping"),
        ),
        tags=("TikTok Shop",),
    )
    return draft.model_copy(update=changes)


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

    async def made(self, order_id: str = ORDER_ID) -> int:
        """How many orders stand in Shopify for this one."""
        return len(await self.shopify.orders(order_id))


@pytest.fixture
async def world(connected: Callable[..., Sequence[Event]]) -> AsyncIterator[WriterWorld]:
    """A connected shop whose store may be written to, and one worker."""
    async with WriterWorld.open("shopify-writer", **SETTINGS) as world:
        mug = {"id": VARIANT, "sku": "MUG-BLUE-11", "title": "Blue", "price": "18.50"}
        await world.shopify.behave(variants=[mug], unique_metafield="drop")
        await world.say(*connected())
        yield world


@pytest.fixture
def draft() -> Callable[..., events.ShopifyOrderDraft]:
    """Makes the draft of one mug, 24.97 in all; keywords change fields."""
    return a_draft


@pytest.fixture
def recipient() -> Recipient:
    return BUYER


@pytest.fixture
def lease() -> Lease:
    held = Lease(10.0, lambda: 0.0)
    held.extend(0.0)
    return held
