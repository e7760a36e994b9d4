"""Shopify's webhooks on PostgreSQL: from the simulator's door to the events and the page."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime

import httpx
import pytest
from tests.integration.database_access import Pool
from tests.world.story import NOW, ORDER_ID, SHOP_ID, STORE
from tests.world.writer import a_writer

from console.orders.timeline import timeline
from devstack.databases import Database
from eventstore.journal import Journal
from eventstore.postgres import MIGRATIONS as EVENTS
from eventstore.postgres import PostgresEventStore, connect
from inbox.postgres import PostgresInbox
from ordersync_contracts import events
from ordersync_contracts.ids import created_id
from ordersync_contracts.streams import order_stream
from runtime.clock import Clocks
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from shopify.transport import open_http
from shopify.webhooks import Webhook
from shopify_writer.app import WriterService
from shopify_writer.tables import MIGRATIONS
from shopify_writer.webhooks.endpoint import PATH
from shopify_writer.webhooks.inbox import LAYOUT
from simulators.shopify.app import build_app
from simulators.shopify.settings import Settings

MIGRATED = [EVENTS, MIGRATIONS]
STREAM = order_stream(SHOP_ID, ORDER_ID)
GID = "gid://shopify/Order/5001"


def clock() -> datetime:
    return NOW


@dataclass
class Joined:
    """The simulator of Shopify, the door of the writer, and the work behind it."""

    store: PostgresEventStore
    inbox: PostgresInbox[Webhook]
    opened: AsyncExitStack
    service: WriterService = field(init=False)
    sim: httpx.AsyncClient = field(init=False)

    async def open(self) -> None:
        http = await self.opened.enter_async_context(open_http())
        self.service = a_writer(
            ShopifyClient(http, StaticTokens({}), clock=clock),
            Clocks(clock, lambda: 0.0),
            store=self.store,
            inbox=self.inbox,
            shopify_client_id="simulator-client",
            shopify_client_secret="simulator-secret",
        )
        door = httpx.ASGITransport(self.service.endpoints["webhooks"])
        app = build_app(Settings(), webhook_transport=door)
        self.sim = await self.opened.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sim")
        )
        made = await self.sim.put(f"/_sim/shops/{STORE}", json={})
        assert made.is_success

    async def send(self, **webhook: object) -> list[int]:
        uri = f"http://door{PATH}"
        given = {"shop": STORE, "uri": uri, **webhook}
        answer = await self.sim.post("/_sim/webhook", json=given)
        return [delivery["status"] for delivery in answer.json()["deliveries"]]


@pytest.fixture
async def joined(database: Database, pool: Pool) -> AsyncIterator[Joined]:
    async with AsyncExitStack() as opened, connect(database.app_dsn) as store:
        made = Joined(store, PostgresInbox(pool, LAYOUT), opened)
        await made.open()
        yield made


async def test_an_order_deleted_in_the_simulator_is_shown_as_deleted(joined: Joined) -> None:
    created = events.ShopifyOrderCreated(
        shop_id=SHOP_ID, order_id=ORDER_ID, outcome="created", store=STORE, shopify_order_id=GID
    )
    event_id = created_id(STORE, GID)
    await Journal(joined.store, "test", clock).fact(STREAM, event_id, created)
    assert await joined.send(topic="ORDERS_DELETE", payload={"id": 5001}) == [200]
    await joined.service.rounds["carry-out"]()
    found = [entry.title for entry in timeline(await joined.store.read(STREAM))]
    assert found == ["In Shopify", "Deleted in Shopify"]


async def test_a_webhook_the_simulator_signs_wrongly_is_refused(joined: Joined) -> None:
    for topic in ("customers/data_request", "customers/redact", "shop/redact", "app/uninstalled"):
        assert await joined.send(topic=topic, payload={}, signed=False) == [401]
    assert not await joined.inbox.take(NOW, (), 10)
