"""A campaign: orders, writers, faults and strikes, until the queue is empty; then the verdict."""

import asyncio
import random
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

import asyncpg
import httpx
from tests.campaign.crew import Crew
from tests.campaign.judge import Verdict, judge
from tests.campaign.orders import Queue, connect_shop, stream_of
from tests.campaign.settings import CALM, STORE, TOKEN, Chances, WriterSetup
from tests.campaign.story import story
from tests.system.shopify_side import Entry

from devstack.databases import Database
from eventstore.postgres import MIGRATIONS as EVENTS
from eventstore.postgres import connect
from jobs.postgres import MIGRATIONS as EFFECTS
from jobs.postgres import PostgresJobs
from ordersync_contracts.envelope import Recorded
from runtime.clock import utc_now
from runtime.migrations import migrate

Fault = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """What happens in a campaign. ``lags``: seconds until an order is found, by id and search."""

    seed: int
    orders: int
    writers: int = 4
    unique_metafield: str = "drop"
    chances: Chances = CALM
    only_at: str = ""
    only_first: bool = False
    plant: str = ""
    faults: Sequence[Fault] = ()
    lags: tuple[float, float] = (0.3, 1.0)
    limit_s: float = 120.0
    paused_s: tuple[float, float] = (2.5, 4.5)


async def run(plan: Plan, database: Database, shopify_url: str) -> Verdict:
    """Run it on an empty database and a simulator of its own."""
    await migrate(database.admin_dsn, [EVENTS, EFFECTS])
    async with (
        httpx.AsyncClient(base_url=shopify_url, timeout=30) as simulator,
        connect(database.app_dsn) as store,
        asyncpg.create_pool(database.app_dsn, min_size=1, max_size=2) as pool,
    ):
        await _prepare(simulator, plan)
        await connect_shop(store)
        queue = Queue(store, PostgresJobs(pool, utc_now), plan.orders)
        await queue.fill()
        setup = WriterSetup(
            database.app_dsn,
            shopify_url,
            0,
            0,
            chances=plan.chances,
            only_at=plan.only_at,
            plant=plan.plant,
        )
        crew = Crew(
            setup,
            plan.writers,
            random.Random(plan.seed),
            plan.paused_s,
            plan.only_first,
            partial(_all_done, pool) if plan.only_first else None,
        )
        async with crew.at_work():
            over = partial(_is_over, pool, simulator, crew, queue)
            await _until_over(over, crew, plan.limit_s)
            in_shopify = await _settled(simulator)  # what a writer that woke up still sends
        errors = [line for line in crew.output if "error" in line.lower()]
        if errors and not plan.plant:
            sys.stdout.write("".join(errors[:10]))
        histories = await queue.histories()
        verdict = judge(queue.order_ids, in_shopify, histories, setup.absent_after)
        if not plan.plant:
            await _print_wrong(simulator, verdict, histories)
        stats = (await simulator.get("/_sim/stats", params={"shop": STORE})).json()
        return replace(
            verdict,
            kills=crew.kills,
            stops=crew.stops,
            requests=sum(stats["requests"].values()),
            throttled=stats["throttled"],
        )


async def _prepare(simulator: httpx.AsyncClient, plan: Plan) -> None:
    shop = {
        "plan": "unlimited",
        "token": TOKEN,
        "unique_metafield": plan.unique_metafield,
        "lookup_lag_s": plan.lags[0],
        "search_lag_s": plan.lags[1],
    }
    (await simulator.put(f"/_sim/shops/{STORE}", json=shop)).raise_for_status()
    await define_the_id(simulator)
    (await simulator.put("/_sim/faults", json=list(plan.faults))).raise_for_status()


async def define_the_id(simulator: httpx.AsyncClient) -> None:
    definition = {
        "name": "TikTok Shop order ID",
        "namespace": "$app",
        "key": "tiktok_order_id",
        "type": "id",
        "ownerType": "ORDER",
    }
    mutation = (
        "mutation D($d: MetafieldDefinitionInput!) { metafieldDefinitionCreate(definition: $d)"
        " { createdDefinition { id } userErrors { code } } }"
    )
    answer = await simulator.post(
        f"/{STORE}/admin/api/2026-10/graphql.json",
        json={"query": mutation, "variables": {"d": definition}},
        headers={"X-Shopify-Access-Token": TOKEN},
    )
    answer.raise_for_status()


_UNDONE: Final = "SELECT count(*) FROM effects.job WHERE state <> 'done'"


async def _until_over(over: Callable[[], Awaitable[bool]], crew: Crew, limit_s: float) -> None:
    """Nothing is left to do, or the limit: what is missing then counts as lost."""
    with suppress(TimeoutError):
        async with asyncio.timeout(limit_s):
            while not await over():
                crew.check()
                await asyncio.sleep(0.2)


async def _is_over(
    pool: "asyncpg.Pool[asyncpg.Record]", simulator: httpx.AsyncClient, crew: Crew, queue: Queue
) -> bool:
    """With a planted bug it is over as soon as that shows: an empty queue does not say that nobody
    is still at it. When all is done and it has not shown, no strike hit: new orders come."""
    is_idle = not crew.standing and await _all_done(pool)
    if not crew.setup.plant:
        return is_idle
    verdict = judge(
        queue.order_ids, await _orders(simulator), await queue.histories(), crew.setup.absent_after
    )
    has_shown = bool(verdict.doubled or verdict.believed_early)
    if is_idle and not has_shown:
        await queue.fill()
    return has_shown


async def _print_wrong(
    simulator: httpx.AsyncClient, verdict: Verdict, histories: Mapping[str, tuple[Recorded, ...]]
) -> None:
    """Print what happened to each order that is wrong: a run that failed may not fail again."""
    asked = (await simulator.get("/_sim/requests")).json()["requests"]
    for order_id in verdict.doubled + verdict.lost + verdict.misrecorded + verdict.believed_early:
        sys.stdout.write("\n".join(story(order_id, histories[stream_of(order_id)], asked)) + "\n")


async def _all_done(pool: "asyncpg.Pool[asyncpg.Record]") -> bool:
    return not await pool.fetchval(_UNDONE)


async def _orders(simulator: httpx.AsyncClient) -> list[Entry]:
    orders: list[Entry] = (await simulator.get("/_sim/orders", params={"shop": STORE})).json()[
        "orders"
    ]
    return orders


async def _settled(simulator: httpx.AsyncClient) -> list[Entry]:
    """The orders in Shopify when no late one has come for a while."""
    orders: list[Entry] = []
    for _ in range(20):
        now = await _orders(simulator)
        if len(now) == len(orders):
            break
        orders = now
        await asyncio.sleep(3.5)  # longer than any fault's delay: how late a commit can be
    return orders
