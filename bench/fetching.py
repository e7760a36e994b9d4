"""``bench fetching``: TikTok calls, webhook answers, idle shops, an outage caught up under kill -9.

The simulator and the fetcher are processes of their own; PostgreSQL is real. Kafka is there for the
sweep alone, which waits while nobody can say how far the groups downstream are.
"""

import asyncio
import hashlib
import hmac
import json
import random
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, Final

import aiohttp
import httpx
import psutil

from bench.fetchers import APP, Fetchers, fetchers
from bench.result import Result
from bench.servers import BenchServers, database
from bench.size import Size
from bench.topics import make_topics
from bench.waiting import at_least, until
from devstack.ports import free_ports
from runtime.clock import utc_now

FIRST_SHOP: Final = 7_495_514_739_500_000_000
_ORDERS: Final = f"/_sim/orders?shop_id={FIRST_SHOP}"


@asynccontextmanager
async def opened(servers: BenchServers, shops: int, **variables: str) -> AsyncIterator[Fetchers]:
    """With shops whose history is read: whatever is fetched is what the bench adds."""
    (webhook,) = free_ports(1)
    variables = {"TIKTOK_WEBHOOK_PORT": str(webhook), **variables}
    async with database(servers.postgres) as of, fetchers(of, **variables) as here:
        ids = [str(FIRST_SHOP + n) for n in range(shops)]
        history, now = timedelta(days=40), utc_now()
        await here.connect_shops(ids, history)
        await here.pool.executemany(
            "INSERT INTO fetcher.poll (shop_id, watermark, covered_from, reconciled_to, swept_at) "
            "VALUES ($1, $2, $3, $2, $2)",
            [(shop_id, now, now - history) for shop_id in ids],
        )
        yield here


async def searches(here: Fetchers) -> list[dict[str, Any]]:
    requests = (await here.control("GET", "/_sim/requests"))["requests"]
    return [request for request in requests if request["path"].endswith("/orders/search")]


async def polls(here: Fetchers) -> list[dict[str, Any]]:
    return [search for search in await searches(here) if not _is_sweep(search)]


async def sweeps(here: Fetchers) -> list[dict[str, Any]]:
    return [search for search in await searches(here) if _is_sweep(search)]


async def stored(here: Fetchers) -> int:
    return await here.count("DISTINCT stream_id")


def order(number: int, at: int) -> dict[str, Any]:
    line = {
        "id": f"{number}1",
        "sku_id": "2729382476852921560",
        "seller_sku": "MUG-BLUE-11",
        "product_name": "Stoneware mug",
        "currency": "USD",
        "sale_price": "18.50",
        "display_status": "COMPLETED",
    }
    return {
        "id": str(number),
        "status": "COMPLETED",
        "create_time": at,
        "update_time": at,
        "delivery_time": at,
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "line_items": [line],
        "payment": {"currency": "USD", "total_amount": "18.50", "sub_total": "18.50"},
        "recipient_address": {"name": "Quilla Testwright", "region_code": "US"},
    }


async def calls_per_thousand(servers: BenchServers) -> dict[str, float]:
    """1,000 orders in ten lots, polled every second, nobody notified; one sweep of them apart."""
    await make_topics(servers.kafka, "")
    intervals = {"POLL_INTERVAL_S": "1", "SWEEP_INTERVAL_S": "20"}
    async with opened(servers, 1, KAFKA_BOOTSTRAP=servers.kafka, **intervals) as here:
        await here.start()
        await until(partial(searches, here))
        before = len(await polls(here))
        for lot in range(10):
            now = int(time.time())
            new = [order(580_000_000_000_000_000 + lot * 100 + n, now) for n in range(100)]
            await here.control("POST", _ORDERS, new)
            await asyncio.sleep(1.0)
        await until(partial(stored, here), lambda found: found == 1000)
        polled = len(await polls(here)) - before
        await until(partial(sweeps, here))
        await asyncio.sleep(5.0)  # to its end: the next one begins 20 s after this one
        return {
            "polling_calls_per_1000_orders": polled,
            "sweep_calls_per_1000_open_orders": len(await sweeps(here)),
        }


def _is_sweep(request: dict[str, Any]) -> bool:
    """A sweep asks by status, a poll by update time."""
    return "order_status" in request["body"]


async def webhook_answers(servers: BenchServers, seconds: float) -> dict[str, float]:
    """Milliseconds from POST to answer at 200 notifications a second."""
    async with opened(servers, 1) as here:
        await here.start()
        url = f"http://127.0.0.1:{here.variables['TIKTOK_WEBHOOK_PORT']}/webhooks/tiktok"
        await until(partial(_answers, here.http, url))
        took: list[float] = []

        async def notify(number: int) -> None:
            raw, headers = _notification(number)
            began = time.perf_counter()
            async with client.post(url, data=raw, headers=headers) as answer:
                assert answer.status == 200, f"HTTP {answer.status}"
            took.append((time.perf_counter() - began) * 1000)

        began = time.perf_counter()
        async with aiohttp.ClientSession() as client, asyncio.TaskGroup() as tasks:
            for number in range(int(200 * seconds)):
                await asyncio.sleep(max(0.0, began + number / 200 - time.perf_counter()))
                tasks.create_task(notify(number))
        took.sort()
        return {
            "webhook_median_ms": round(statistics.median(took), 2),
            "webhook_p99_ms": round(took[int(len(took) * 0.99)], 2),
            "webhooks_per_s": round(len(took) / (time.perf_counter() - began)),
        }


def _notification(number: int) -> tuple[bytes, dict[str, str]]:
    """What TikTok sends, and the header that signs it."""
    notification = {
        "type": 1,
        "tts_notification_id": str(7_380_000_000_000_000_000 + number),
        "shop_id": str(FIRST_SHOP),
        "timestamp": int(time.time()),
        "data": {"order_id": str(number), "order_status": "AWAITING_SHIPMENT"},
    }
    raw = json.dumps(notification).encode()
    digest = hmac.new(APP.secret.encode(), APP.key.encode() + raw, hashlib.sha256)
    return raw, {"Authorization": digest.hexdigest()}


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).status_code == 405
    except httpx.HTTPError:
        return False


async def idle_shops(servers: BenchServers, shops: int, seconds: float) -> dict[str, float]:
    """Memory of one process that polls many shops, and how long each waits from poll to poll."""
    async with opened(servers, shops) as here:
        fetcher = await here.start()
        await until(partial(_polls_all, here, shops))
        await asyncio.sleep(10.0)
        await here.control("POST", "/_sim/reset")
        process = psutil.Process(fetcher.pid)
        before = sum(process.cpu_times()[:2])
        await asyncio.sleep(seconds)
        took = sum(process.cpu_times()[:2]) - before
        found = await searches(here)
        by_shop: dict[str, list[float]] = {}
        for search in found:
            by_shop.setdefault(search["query"]["shop_cipher"], []).append(search["at"])
        gaps = sorted(b - a for times in by_shop.values() for a, b in pairwise(times))
        return {
            "idle_shops": shops,
            "idle_shops_polled": len(by_shop),
            "idle_gap_median_s": round(statistics.median(gaps), 2),
            "idle_gap_p99_s": round(gaps[int(len(gaps) * 0.99)], 2),
            "idle_gap_longest_s": round(gaps[-1], 2),
            "idle_cpu_ms_per_poll": round(took * 1000 / len(found), 2),
            "idle_memory_mb": round(process.memory_info().rss / 2**20),
        }


async def _polls_all(here: Fetchers, shops: int) -> bool:
    return len({search["query"]["shop_cipher"] for search in await searches(here)}) == shops


async def outage(servers: BenchServers, orders: int, kills: int) -> dict[str, float]:
    """30 days of orders caught up while the fetcher is killed at random; all of them, once."""
    dice = random.Random(5)
    async with opened(servers, 1, SWEEP_INTERVAL_S="100000") as here:
        now = int(time.time())
        for start in range(0, orders, 2000):
            lot = [
                order(590_000_000_000_000_000 + n, now - 3600 - int(n / orders * 29 * 86_400))
                for n in range(start, min(start + 2000, orders))
            ]
            await here.control("POST", f"{_ORDERS}&as_given=true", lot)
        away = datetime.fromtimestamp(now, UTC) - timedelta(days=30)
        await here.pool.execute("UPDATE fetcher.poll SET watermark = $1", away)
        began = time.perf_counter()
        for _ in range(kills):
            await here.start()
            target = await stored(here) + dice.randint(1, orders // kills)
            await until(partial(stored, here), at_least(min(target, orders)), look_s=0.1)
            await here.kill()
        await here.start()
        await until(partial(stored, here), lambda found: found == orders, look_s=1.0)
        took = time.perf_counter() - began
        return {
            "outage_orders": orders,
            "outage_events": await here.count(),
            "outage_kills": kills,
            "outage_orders_per_s": round(orders / took),
        }


async def run(servers: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """All four."""
    figures = await calls_per_thousand(servers)
    figures |= await webhook_answers(servers, 3.0 if size.quick else 20.0)
    idle = (100, 30.0) if size.quick else (1000, 90.0)
    figures |= await idle_shops(servers, *idle)
    figures |= await outage(servers, 5_000 if size.quick else 100_000, 3 if size.quick else 20)
    return Result("fetching", {}, figures, {}), {}
