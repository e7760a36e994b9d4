"""Shopify's webhooks on PostgreSQL: from the simulator's door to the events and the page."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_bytes

import asyncpg
import httpx
import pytest
from prometheus_client import CollectorRegistry

from console.orders.timeline import timeline
from devstack.databases import Database
from eventstore.facts import append_fact
from eventstore.postgres import MIGRATIONS as EVENTS
from eventstore.postgres import PostgresEventStore, connect
from jobs import MemoryJobs
from ordersync_contracts import events
from ordersync_contracts.ids import created_id
from ordersync_contracts.streams import order_stream
from runtime.migrations import migrate
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from shopify.transport import open_http
from shopify.webhooks import CUSTOMER_REDACT, DATA_REQUEST, ORDER_DELETED, Signatures, Webhook
from shopify_writer.store_pauses import StorePauses
from shopify_writer.tables import MIGRATIONS
from shopify_writer.webhooks.endpoint import PATH, webhook_endpoint
from shopify_writer.webhooks.erasing import Erasing
from shopify_writer.webhooks.inbox import CLAIMED_FOR, Webhooks
from shopify_writer.webhooks.metrics import WebhookMetrics
from shopify_writer.webhooks.worker import WebhookWorker
from simulators.shopify.app import build_app
from simulators.shopify.settings import Settings
from vault import MasterKeys, MemoryVault

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
STORE = "harbor-and-pine.myshopify.com"
SHOP_ID, ORDER_ID = "7495514739512345678", "576461413038785752"
STREAM = order_stream(SHOP_ID, ORDER_ID)
GID = "gid://shopify/Order/5001"


def clock() -> datetime:
    return NOW


@pytest.fixture
async def pool(database: Database) -> "AsyncIterator[asyncpg.Pool[asyncpg.Record]]":
    await migrate(database.admin_dsn, [EVENTS, MIGRATIONS])
    async with asyncpg.create_pool(database.app_dsn, min_size=1, max_size=4) as made:
        yield made


@pytest.fixture
def inbox(pool: "asyncpg.Pool[asyncpg.Record]") -> Webhooks:
    return Webhooks(pool)


def said(topic: str = ORDER_DELETED, name: str = "e1") -> Webhook:
    return Webhook(f"{topic}:{name}", topic, STORE, NOW, (GID,), "77", "customer")


async def test_a_webhook_is_kept_once_and_comes_back_whole(inbox: Webhooks) -> None:
    assert await inbox.put(said(), NOW)
    assert not await inbox.put(said(), NOW + timedelta(hours=1))
    (taken,) = await inbox.take(NOW, 10)
    assert (taken.webhook, taken.received_at, taken.attempts) == (said(), NOW, 1)


async def test_two_takers_never_get_the_same_and_a_dead_ones_comes_back(inbox: Webhooks) -> None:
    for n in range(20):
        await inbox.put(said(name=str(n)), NOW)
    taken = await asyncio.gather(*(inbox.take(NOW, 10) for _ in range(3)))
    ids = [one.webhook.id for some in taken for one in some]
    assert len(ids) == len(set(ids)) == 20
    assert not await inbox.take(NOW + CLAIMED_FOR - timedelta(seconds=1), 10)
    again = await inbox.take(NOW + CLAIMED_FOR, 30)
    assert {one.attempts for one in again} == {2}


async def test_what_is_done_is_not_taken_again_and_is_forgotten_later(inbox: Webhooks) -> None:
    await inbox.put(said(), NOW)
    assert await inbox.done(said().id, NOW, "shopify-writer")
    assert not await inbox.done(said().id, NOW, "shopify-writer")
    assert not await inbox.take(NOW + timedelta(days=1), 10)
    assert await inbox.forget(NOW) == 0
    assert await inbox.forget(NOW + timedelta(seconds=1)) == 1


async def test_compliance_requests_are_listed_by_date_and_never_forgotten(inbox: Webhooks) -> None:
    await inbox.put(said(CUSTOMER_REDACT), NOW + timedelta(hours=1))
    await inbox.put(said(DATA_REQUEST), NOW)
    await inbox.put(said(ORDER_DELETED), NOW)
    found = await inbox.requests()
    assert [request.webhook.topic for request in found] == [DATA_REQUEST, CUSTOMER_REDACT]
    assert found[0].respond_by == NOW + timedelta(days=30)
    assert await inbox.done(found[0].webhook.id, NOW, "olga")
    assert not await inbox.done(found[0].webhook.id, NOW, "olga")
    left = await inbox.requests()
    assert [request.webhook.topic for request in left] == [CUSTOMER_REDACT]
    assert await inbox.forget(NOW + timedelta(days=90)) == 0


async def test_requests_for_data_are_left_to_a_person(inbox: Webhooks) -> None:
    await inbox.put(said(DATA_REQUEST), NOW)
    assert not await inbox.take(NOW + timedelta(days=1), 10)


@dataclass
class Joined:
    """The simulator of Shopify, the door of the writer, and the work behind it."""

    store: PostgresEventStore
    inbox: Webhooks
    opened: AsyncExitStack
    work: WebhookWorker = field(init=False)
    sim: httpx.AsyncClient = field(init=False)

    async def open(self) -> None:
        metrics = WebhookMetrics(CollectorRegistry())
        http = await self.opened.enter_async_context(open_http())
        client = ShopifyClient(http, StaticTokens({}), clock=clock)
        stores = StorePauses(self.store, client, MemoryJobs(clock), clock)
        vault = MemoryVault(MasterKeys({"k1": bytes(range(32))}, "k1"), clock, token_bytes)
        self.work = WebhookWorker(
            self.store, self.inbox, stores, Erasing(self.store, vault, clock), clock, metrics
        )
        door = webhook_endpoint(
            Signatures("simulator-client", "simulator-secret"),
            self.inbox,
            self.work.arrived,
            clock,
            metrics,
        )
        app = build_app(Settings(), webhook_transport=httpx.ASGITransport(door))
        self.sim = await self.opened.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://sim")
        )
        made = await self.sim.put(f"/_sim/shops/{STORE}", json={})
        assert made.is_success

    async def send(self, **webhook: object) -> list[int]:
        uri = f"http://door{PATH}"
        given = {"shop": STORE, "uri": uri, **webhook}
        answer = await self.sim.post("/_sim/webhook", json=given)
        return [one["status"] for one in answer.json()["deliveries"]]


@pytest.fixture
async def joined(database: Database, inbox: Webhooks) -> AsyncIterator[Joined]:
    async with AsyncExitStack() as opened, connect(database.app_dsn) as store:
        made = Joined(store, inbox, opened)
        await made.open()
        yield made


async def test_an_order_deleted_in_the_simulator_is_shown_as_deleted(joined: Joined) -> None:
    created = events.ShopifyOrderCreated(
        shop_id=SHOP_ID,
        order_id=ORDER_ID,
        outcome="created",
        store=STORE,
        shopify_order_id=GID,
    )
    event_id = created_id(STORE, GID)
    await append_fact(joined.store, STREAM, event_id, created, source="test", clock=clock)
    assert await joined.send(topic="ORDERS_DELETE", payload={"id": 5001}) == [200]
    await joined.work.some()
    assert [entry.title for entry in timeline(await joined.store.read(STREAM))] == [
        "In Shopify",
        "Deleted in Shopify",
    ]


async def test_a_webhook_the_simulator_signs_wrongly_is_refused(joined: Joined) -> None:
    for topic in ("customers/data_request", "customers/redact", "shop/redact", "app/uninstalled"):
        assert await joined.send(topic=topic, payload={}, signed=False) == [401]
    assert not await joined.inbox.take(NOW, 10)
