"""How much of a store's budget is used under a backlog, per paid plan, with no THROTTLED answer.

Two writers and a status-tracker, three processes, work on one store whose bucket is empty at the
start; now and then a live order comes in between the bulk ones. Points are what the simulator
counted; the window is long enough that its ends do not matter.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, uuid5

import asyncpg
import httpx
from tests.campaign.campaign import define_the_id
from tests.campaign.orders import Queue, connect_shop, draft, stream_of
from tests.campaign.settings import SHOP_ID, STORE, TOKEN, WriterSetup
from tests.system.simulator_process import running_simulator

from bench.result import Result
from bench.say import say
from bench.servers import BenchServers, database
from bench.size import Size
from eventstore.postgres import MIGRATIONS as EVENTS
from eventstore.postgres import connect
from eventstore.store import Append, EventStore
from jobs.job import NewJob
from jobs.postgres import MIGRATIONS as EFFECTS
from jobs.postgres import PostgresJobs
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from runtime.clock import utc_now
from runtime.migrations import migrate

PLANS = {"basic": (100, 2_000), "advanced": (200, 4_000), "plus": (1_000, 20_000)}
POINTS_AN_ORDER = 11
LIVE_EVERY_S = 3.0
Http = httpx.AsyncClient
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@dataclass(frozen=True)
class Measured:
    used_of_restored: float
    throttled: int
    orders_a_second: float
    live_delay_s: float
    deliveries: int


async def run(servers: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    window_s = 12.0 if size.quick else 60.0
    measured = {}
    for plan in ("basic", "plus") if size.quick else PLANS:
        say(f"budget: plan {plan}, {window_s:.0f} s")
        async with database(servers.postgres) as own, running_simulator("shopify") as url:
            measured[plan] = await measure(plan, window_s, own, url)
    figures: dict[str, float] = {}
    counters: dict[str, float] = {}
    for plan, plan_measured in measured.items():
        figures[f"{plan}_used_of_restored"] = round(plan_measured.used_of_restored, 4)
        figures[f"{plan}_orders_a_second"] = round(plan_measured.orders_a_second, 2)
        figures[f"{plan}_live_delay_max_s"] = round(plan_measured.live_delay_s, 2)
        counters[f"{plan}_throttled"] = plan_measured.throttled
        counters[f"{plan}_deliveries"] = plan_measured.deliveries
    return Result("budget", figures=figures, counters=counters), {"window_s": window_s}


async def measure(plan: str, window_s: float, database: Any, url: str) -> Measured:
    restore, _ = PLANS[plan]
    await migrate(database.admin_dsn, [EVENTS, EFFECTS])
    setup = WriterSetup(
        database.app_dsn, url, 0, 0, call_deadline_s=20, absent_after_s=20, concurrency=48
    )
    setup = replace(setup, lease_s=10.0, idle_timeout_s=20.0, ping_s=1.0)
    async with (
        Http(base_url=url, timeout=60) as simulator,
        connect(database.app_dsn) as store,
        asyncpg.create_pool(database.app_dsn, min_size=1, max_size=4) as pool,
    ):
        job_store = PostgresJobs(pool, utc_now)
        await simulator.put(f"/_sim/shops/{STORE}", json={"plan": plan, "token": TOKEN})
        await define_the_id(simulator)
        orders = int(restore * (window_s + 30) / POINTS_AN_ORDER)
        await connect_shop(store)
        await Queue(store, job_store, orders, "bulk").fill()
        deliveries = await deliver(simulator, store, job_store, int(restore * window_s / 60 * 0.15))
        await drain(simulator)
        async with at_work(setup):
            return await watch(simulator, store, pool, window_s, restore, deliveries)


async def watch(
    simulator: Http, store: EventStore, pool: Pool, window_s: float, restore: float, deliveries: int
) -> Measured:
    """Begins when the first orders are there."""
    while (await point(simulator))["orders"] < 20:  # noqa: ASYNC110 - the condition asks another
        await asyncio.sleep(0.05)
    await asyncio.sleep(3.0)
    first = await point(simulator)
    delays, number = [], 0
    while (await point(simulator))["at"] < first["at"] + window_s:
        number += 1
        delays.append(await live_order(store, PostgresJobs(pool, utc_now), pool, number))
        await asyncio.sleep(max(0.0, LIVE_EVERY_S - delays[-1]))
    last = await point(simulator)
    seconds = last["at"] - first["at"]
    done = await pool.fetchval(
        "SELECT count(*) FROM effects.job WHERE kind <> 'create-order' AND state = 'done'"
    )
    return Measured(
        (last["used"] - first["used"]) / (restore * seconds),
        last["throttled"],
        (last["orders"] - first["orders"]) / seconds,
        max(delays),
        min(int(done), deliveries),
    )


async def live_order(store: EventStore, job_store: PostgresJobs, pool: Pool, number: int) -> float:
    """A live order comes in; seconds until it stands in Shopify and is recorded."""
    loop = asyncio.get_running_loop()
    order_id = str(599_000_000_000_000_000 + number)
    event_id = uuid5(NAMESPACE_URL, order_id)
    new = NewEvent(event_id, draft(order_id, "live"), utc_now(), Trace("bench", "bench"))
    began = loop.time()
    await store.append([Append(stream_of(order_id), 0, (new,))])
    job = NewJob(event_id, stream_of(order_id), 1, STORE, "create-order", utc_now())
    await job_store.enqueue([job])
    while await pool.fetchval("SELECT state FROM effects.job WHERE id = $1", event_id) != "done":  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    return loop.time() - began


async def point(simulator: Http) -> dict[str, Any]:
    stats = (await simulator.get("/_sim/stats", params={"shop": STORE})).json()
    orders = stats["requests"].get("orderCreate", 0)
    return {**stats["points"][-1], "throttled": stats["throttled"], "orders": orders}


async def drain(simulator: Http) -> None:
    """Another caller takes what the bucket holds, in requests of 900 points."""
    calls = 90
    while calls > 0:
        tags = " ".join(
            f't{n}: tagsAdd(id: "gid://shopify/Order/1", tags: ["x"]) {{ userErrors {{ field }} }}'
            for n in range(calls)
        )
        answer = await simulator.post(
            f"/{STORE}/admin/api/2026-10/graphql.json",
            json={"query": f"mutation Drain {{ {tags} }}"},
            headers={"X-Shopify-Access-Token": TOKEN},
        )
        left = answer.json()["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"]
        calls = min(90, int(left // 10))


async def deliver(simulator: Http, store: EventStore, job_store: PostgresJobs, count: int) -> int:
    """Orders that stand already and are on their way: work for the status-tracker."""
    ids = [str(600_000_000_000_000_000 + n) for n in range(count)]
    planted = await simulator.post(
        "/_sim/orders",
        params={"shop": STORE},
        json={"orders": [raw_order(order_id) for order_id in ids]},
    )
    gids = [order["id"] for order in planted.raise_for_status().json()["orders"]]
    now = datetime.now(UTC)
    for order_id, gid in zip(ids, gids, strict=True):
        stream = stream_of(order_id)
        created = events.ShopifyOrderCreated(
            shop_id=SHOP_ID, order_id=order_id, outcome="created", store=STORE, shopify_order_id=gid
        )
        moved = events.DeliveryStatusChanged(
            shop_id=SHOP_ID,
            order_id=order_id,
            status="in_transit",
            happened_at=now,
            carrier="USPS",
            tracking_number=f"94{order_id}",
        )
        history = [
            NewEvent(uuid5(NAMESPACE_URL, f"{stream}{n}"), event, now, Trace("bench", "bench"))
            for n, event in enumerate((created, moved))
        ]
        await store.append([Append(stream, 0, tuple(history))])
        job = NewJob(history[1].id, stream, 2, STORE, "apply-delivery", now)
        await job_store.enqueue([job])
    return count


def raw_order(order_id: str) -> dict[str, Any]:
    line = {
        "title": "Mug",
        "quantity": 1,
        "requiresShipping": True,
        "priceSet": {"shopMoney": {"amount": "18.50", "currencyCode": "USD"}},
    }
    return {"order": {"currency": "USD", "sourceIdentifier": order_id, "lineItems": [line]}}


@asynccontextmanager
async def at_work(setup: WriterSetup) -> "AsyncIterator[None]":
    """Two writers and a status-tracker until the block ends."""
    programs = ("writer", "writer", "tracker")
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", f"tests.campaign.{program}", setup.to_json()),
            stdout=asyncio.subprocess.DEVNULL,
        )
        for program in programs
    ]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            await process.wait()
