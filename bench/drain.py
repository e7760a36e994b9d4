"""``bench drain``: automatic sync switched on over many waiting orders, with live orders meanwhile.

All services run as in production on a stack of their own, the store on plan ``unlimited``. Waiting
orders are fetched and judged before the switch. From then on one order a second happens in the
TikTok simulator, with its notification; its latency ends when ShopifyOrderCreated is recorded.
"""

import asyncio
import os
import re
import time
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from bench import orders
from bench.latency import waiting_order
from bench.mapping_service import switched
from bench.peers.processes import Processes
from bench.result import Result
from bench.say import say
from bench.servers import BenchServers
from bench.size import Size
from bench.stack import Admin, Stack, brought_up, created_between
from bench.waiting import at_least, until
from devstack.settings import SHOPIFY_DOMAIN
from eventstore import postgres
from eventstore.store import EventStore
from ordersync_contracts.streams import order_stream

SERVICES: Final = ("relay", "fetcher", "mapper", "shopify_writer", "status_tracker", "console")
LIVE_EVERY_S: Final = 1.0
_LIMIT_S: Final = 3_000.0
_LOOK_S: Final = 0.5
_PAGE: Final = 500
_FIRST_LIVE: Final = 577_000_000_000_000_000
_OF_TIKTOK: Final = re.compile(r'\{"input": ?\{"order": ?\{.*?"sourceIdentifier": ?"(\d+)"')


@dataclass
class Live:
    """The orders that happen meanwhile: by id, when TikTok had each."""

    had_at: dict[str, datetime] = field(default_factory=dict)

    async def happen(self, stack: Stack) -> None:
        """For ever: the next order, once a second."""
        due = time.monotonic()
        while True:
            raw = waiting_order(_FIRST_LIVE + len(self.had_at))
            self.had_at[raw["id"]] = datetime.now(UTC)
            posted = await stack.http.post(
                f"{stack.env['TIKTOK_API_URL']}/_sim/orders",
                params={"shop_id": orders.SHOP_ID},
                json=[raw],
            )
            posted.raise_for_status()
            due += LIVE_EVERY_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def streams(self) -> list[str]:
        """The streams of all of them."""
        return [order_stream(orders.SHOP_ID, order_id) for order_id in self.had_at]


async def run(_: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """Fill, switch on, inject until all is drained; then look for what is there twice."""
    count = size.drain_orders
    async with AsyncExitStack() as opened:
        stack = await opened.enter_async_context(brought_up())
        admin = await asyncpg.connect(stack.admin_dsn)
        opened.push_async_callback(admin.close)
        store = await opened.enter_async_context(postgres.connect(stack.env["DATABASE_URL"]))
        await stack.reset_shopify()
        opened.enter_context(_services(stack))
        await _fill(store, admin, count)
        live = Live()
        took = await _drain(stack, store, admin, live, count)
        latencies = await _latencies(admin, live)
        copies = await _copies(stack)
        details = {"latencies_s": latencies}
    figures: dict[str, float] = {
        "orders": count,
        "orders_per_s": round(count / took, 1),
        "live_orders": len(latencies),
        **{f"live_{name}_s": value for name, value in _spread(latencies).items()},
    }
    counters: dict[str, float] = {
        "created": sum(1 for n in copies.values() if n),
        "missing": count + len(latencies) - len(copies),
        "duplicates": sum(n - 1 for n in copies.values()),
    }
    return Result("drain", {}, figures, counters), details


def _services(stack: Stack) -> Processes:
    """All services, started; ended with the stack."""
    port = urlsplit(stack.env["TIKTOK_WEBHOOK_URL"]).port
    own = {"LOG_LEVEL": "WARNING", "TIKTOK_WEBHOOK_PORT": str(port)}
    services = Processes(stack.folder, {**os.environ, **stack.env, **own})
    for name in SERVICES:
        services.start(name, name)
    return services


async def _fill(store: EventStore, admin: Admin, count: int) -> None:
    """``count`` orders that only lack a wish."""
    await switched(store, 1, on=False)
    for first in range(1, count + 1, _PAGE):
        numbers = range(first, min(first + _PAGE, count + 1))
        await store.append([orders.append_order(n) for n in numbers])

    async def waiting() -> int:
        found: int = await admin.fetchval(
            "SELECT count(*) FROM mapper.waiting WHERE waits_for = 'wish'"
        )
        return found

    await until(waiting, at_least(count), limit_s=_LIMIT_S, look_s=_LOOK_S)
    say(f"drain: {count} orders wait")


async def _drain(stack: Stack, store: EventStore, admin: Admin, live: Live, count: int) -> float:
    """Seconds from the switch to the last waiting order; live ones go on until then."""
    injecting = asyncio.create_task(live.happen(stack))
    began = time.perf_counter()
    await switched(store, 2, on=True)
    try:
        first, last = orders.stream(1), orders.stream(count)
        await until(
            lambda: created_between(admin, first, last),
            at_least(count),
            limit_s=_LIMIT_S,
            look_s=_LOOK_S,
            say_every_s=15.0,
        )
        took = time.perf_counter() - began
    finally:
        injecting.cancel()
        await asyncio.gather(injecting, return_exceptions=True)
    streams = live.streams()
    await until(
        lambda: created_between(admin, min(streams), max(streams)),
        at_least(len(streams)),
        limit_s=_LIMIT_S,
        look_s=_LOOK_S,
    )
    return took


async def _latencies(admin: Admin, live: Live) -> list[float]:
    rows = await admin.fetch(
        "SELECT stream_id, min(recorded_at) AS at FROM eventstore.event "
        "WHERE name = 'ShopifyOrderCreated' AND stream_id = ANY($1) GROUP BY stream_id",
        live.streams(),
    )
    created = {row["stream_id"]: row["at"] for row in rows}
    return [
        round((created[order_stream(orders.SHOP_ID, order_id)] - at).total_seconds(), 3)
        for order_id, at in live.had_at.items()
    ]


def _spread(latencies: list[float]) -> dict[str, float]:
    ranked = sorted(latencies)
    return {
        "p50": ranked[len(ranked) // 2],
        "p99": ranked[min(len(ranked) - 1, len(ranked) * 99 // 100)],
        "max": ranked[-1],
    }


async def _copies(stack: Stack) -> Counter[str]:
    """How many Shopify orders there are of each TikTok order; read in pieces."""
    found: Counter[str] = Counter()
    shop = {"shop": SHOPIFY_DOMAIN}
    async with stack.http.stream(
        "GET", f"{stack.shopify}/_sim/orders", params=shop, timeout=600.0
    ) as answer:
        rest = ""
        async for text in answer.aiter_text():
            rest += text
            end = 0
            for match in _OF_TIKTOK.finditer(rest):
                found[match[1]] += 1
                end = match.end()
            rest = rest[end:]
    return found
