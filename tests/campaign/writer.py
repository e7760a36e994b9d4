"""One writer: the shopify-writer's own parts on a queue, with bad luck and perhaps a planted bug.

``python -m tests.campaign.writer '<WriterSetup as JSON>'`` works until it is ended.
"""

import asyncio
import sys
from datetime import timedelta
from functools import partial
from secrets import token_bytes

import asyncpg
from tests.campaign.chaos import Dice, StruckCalls, StruckRecord, struck_effects
from tests.campaign.plants import PLANTS
from tests.campaign.settings import STORE, TOKEN, WriterSetup

from connections.budgeted import BudgetedShopify
from eventstore.postgres import connect
from jobs import (
    BudgetQueue,
    PostgresBudget,
    PostgresJobs,
    WorkerSettings,
    open_owner,
    run_worker,
)
from runtime.backoff import Backoff
from runtime.clock import Clocks, boottime, monotonic, utc_now
from runtime.randomness import system_chance, system_id
from runtime.session import SessionTimes
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from shopify.transport import Timeouts, open_http
from shopify_writer.creation import attempt, retries
from shopify_writer.creation.admission import Admission
from shopify_writer.creation.attempt import Doubts, Writer
from shopify_writer.creation.intake import CREATE_ORDER
from shopify_writer.creation.recording import Record
from shopify_writer.store_pauses import StorePauses
from vault import MemoryVault
from vault.keys import MasterKeys


def hurry() -> None:
    """Waits of a test's length: they change when things are tried again, not whether."""
    for module, name, value in (
        (retries, "WAITS", Backoff(first=0.2, longest=2.0)),
        (attempt, "_LOOK_AGAIN", timedelta(seconds=0.3)),
    ):
        setattr(module, name, value)


async def work(setup: WriterSetup) -> None:
    """As ``shopify_writer.app.main`` wires it, without Kafka: the queue is there already."""
    dice = Dice(setup.seed, setup.chances, setup.only_at)
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
        budget = PostgresBudget(pool, system_id())
        shopify = BudgetedShopify(
            StruckCalls(client, dice), BudgetQueue(budget, monotonic), utc_now, monotonic
        )
        job_store = struck_effects(PostgresJobs(pool, utc_now), dice)
        writer = Writer(
            StruckRecord(Record(store, utc_now), dice),
            MemoryVault(MasterKeys({"k": bytes(32)}, "k"), utc_now, token_bytes),
            shopify,
            StorePauses(store, shopify, job_store, utc_now),
            job_store,
            utc_now,
            doubts=Doubts(
                timedelta(seconds=setup.absent_after_s), timedelta(seconds=setup.call_deadline_s)
            ),
            digest_key=bytes(32),
        )
        times = SessionTimes(setup.ping_s, setup.lease_s, setup.idle_timeout_s)
        settings = WorkerSettings(
            Backoff(first=0.2, longest=1.0),
            concurrency=setup.concurrency,
            poll=0.2,
            recover=0.3,
        )
        await run_worker(
            job_store,
            partial(open_owner, setup.dsn, times=times, clock=boottime),
            (CREATE_ORDER,),
            Admission(writer.perform, shopify, budget, utc_now).perform,
            settings=settings,
            clocks=Clocks(),
            new_id=system_id,
            chance=system_chance,
        )


def main() -> None:
    """Plant what is to be planted, and work."""
    setup = WriterSetup.from_json(sys.argv[1])
    hurry()
    if setup.plant:
        PLANTS[setup.plant]()
    asyncio.run(work(setup))


if __name__ == "__main__":
    main()
