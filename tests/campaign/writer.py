"""One writer: the whole shopify-writer on a queue, with bad luck and perhaps a planted bug.

``python -m tests.campaign.writer '<WriterSetup as JSON>'`` works until it is ended.
"""

import asyncio
import sys
from functools import partial

import asyncpg
from tests.campaign.chaos import Dice, StruckCalls, StruckStore, struck_jobs
from tests.campaign.plants import PLANTS
from tests.campaign.settings import STORE, TOKEN, WriterSetup
from tests.world.writer import a_writer

from eventstore.postgres import connect
from httpclient.transport import Timeouts
from jobs.budget_stores import PostgresBudget
from jobs.owner import open_owner
from jobs.postgres import PostgresJobs
from runtime.clock import Clocks, boottime
from runtime.randomness import system_id
from runtime.session import SessionTimes
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from shopify.transport import open_http


async def work(setup: WriterSetup) -> None:
    """The service as it is built, without Kafka: the queue is there already."""
    dice, clocks = Dice(setup.seed, setup.chances, setup.only_at), Clocks()
    times = SessionTimes(setup.ping_s, setup.lease_s, setup.idle_timeout_s)
    async with (
        connect(setup.dsn) as store,
        asyncpg.create_pool(setup.dsn, min_size=1, max_size=6) as pool,
        open_http() as http,
    ):
        client = ShopifyClient(
            http,
            StaticTokens({STORE: TOKEN}),
            clock=clocks.wall,
            base_url=setup.shopify_url,
            timeouts=Timeouts.within(setup.call_deadline_s),
        )
        service = a_writer(
            StruckCalls(client, dice),
            clocks,
            store=StruckStore(store, dice),
            job_store=struck_jobs(PostgresJobs(pool, clocks.wall), dice),
            budget=PostgresBudget(pool, system_id()),
            open_owner=partial(open_owner, setup.dsn, times=times, clock=boottime),
            **setup.settings(),
        )
        await service.tasks["work"]()


def main() -> None:
    """Plant what is to be planted, and work."""
    setup = WriterSetup.from_json(sys.argv[1])
    if setup.plant:
        PLANTS[setup.plant]()
    asyncio.run(work(setup))


if __name__ == "__main__":
    main()
