"""A status-tracker on the campaign's store: ``python -m tests.campaign.tracker '<setup>'``."""

import asyncio
import sys
from functools import partial
from secrets import token_bytes

import asyncpg
from prometheus_client import CollectorRegistry
from tests.campaign.settings import STORE, TOKEN, WriterSetup
from tests.world.writer import nobody_lags

from connections.budgeted import BudgetedShopify
from connections.waits import Waits
from eventstore.marks import MemoryMarks
from eventstore.postgres import connect
from httpclient.transport import Timeouts
from jobs.budget_queue import BudgetQueue
from jobs.budget_stores import PostgresBudget
from jobs.owner import open_owner
from jobs.postgres import PostgresJobs
from runtime.clock import Clocks, boottime, utc_now
from runtime.randomness import system_chance, system_id
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from shopify.transport import open_http
from status_tracker.app import Connections, build
from status_tracker.settings import TrackerSettings
from vault.keys import MasterKeys
from vault.memory import MemoryVault


async def work(setup: WriterSetup) -> None:
    """The whole service, without Kafka: the queue is there already."""
    clocks = Clocks()
    async with (
        connect(setup.dsn) as store,
        asyncpg.create_pool(setup.dsn, min_size=1, max_size=6) as pool,
        open_http() as http,
    ):
        client = ShopifyClient(
            http,
            StaticTokens({STORE: TOKEN}),
            clock=utc_now,
            base_url=setup.shopify_url,
            timeouts=Timeouts.within(setup.call_deadline_s),
        )
        queue = BudgetQueue(PostgresBudget(pool, system_id()), clocks.monotonic)
        connections = Connections(
            store,
            MemoryVault(MasterKeys({"k": bytes(32)}, "k"), utc_now, token_bytes),
            BudgetedShopify(client, queue, clocks.wall, clocks.monotonic),
            PostgresJobs(pool, utc_now),
            partial(open_owner, setup.dsn, clock=boottime),
            MemoryMarks(utc_now),
            nobody_lags,
        )
        settings = TrackerSettings.model_construct(
            absent_after_s=setup.absent_after_s, concurrency=setup.concurrency, waits=Waits()
        )
        service = build(
            connections, settings, clocks, system_id, system_chance, CollectorRegistry()
        )
        await service.tasks["work"]()


if __name__ == "__main__":
    asyncio.run(work(WriterSetup.from_json(sys.argv[1])))
