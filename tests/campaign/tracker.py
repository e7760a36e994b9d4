"""A status-tracker on the campaign's store: ``python -m tests.campaign.tracker '<setup>'``."""

import asyncio
import sys
from functools import partial

import asyncpg
from tests.campaign.settings import STORE, TOKEN, WriterSetup

from connections.budgeted import BudgetedShopify
from eventstore.postgres import connect
from jobs import (
    BudgetQueue,
    PostgresBudget,
    PostgresJobs,
    WorkerSettings,
    new_owner_id,
    open_owner,
    run_worker,
)
from runtime.clock import utc_now
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from shopify.transport import Timeouts, open_http
from status_tracker import app
from status_tracker.settings import TrackerSettings
from status_tracker.tracking import KINDS
from vault import MemoryVault
from vault.keys import MasterKeys


async def work(setup: WriterSetup) -> None:
    """As ``status_tracker.app.main`` wires it, without Kafka."""
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
        queue = BudgetQueue(PostgresBudget(pool, new_owner_id()))
        shopify = BudgetedShopify(client, queue, utc_now)
        job_store = PostgresJobs(pool, utc_now)
        settings = TrackerSettings.model_construct(absent_after_s=setup.absent_after_s)
        vault = MemoryVault(MasterKeys({"k": bytes(32)}, "k"), utc_now)
        parts = app.build(store, vault, shopify, job_store, utc_now, settings)
        await run_worker(
            job_store,
            partial(open_owner, setup.dsn),
            KINDS,
            parts[1].perform,
            settings=WorkerSettings(concurrency=setup.concurrency),
        )


if __name__ == "__main__":
    asyncio.run(work(WriterSetup.from_json(sys.argv[1])))
