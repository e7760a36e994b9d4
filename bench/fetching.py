"""``bench fetching``: TikTok calls, webhook answers, idle shops, an outage caught up under kill -9.

The simulator and the fetcher are processes of their own; PostgreSQL is real; Kafka is not needed.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import random
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from secrets import token_bytes
from typing import Any, Final

import aiohttp
import asyncpg
import httpx
import psutil

from bench.result import Result
from bench.servers import BenchServers, database
from bench.size import Size
from connections.grants import to_credential
from console.migrate.actions import migrate_database
from devstack.databases import Database
from devstack.ports import free_ports
from eventstore import ANY_VERSION, Append
from eventstore.postgres import connect
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import shop_stream
from runtime.clock import utc_now
from tiktok.calls import App
from tiktok.tokens import TokenClient
from vault.keys import MasterKeys
from vault.postgres import PostgresVault

KEY, SECRET = "bench", "bench-secret"
VAULT_KEY: Final = bytes(range(32))
FIRST_SHOP: Final = 7_495_514_739_500_000_000
_LIMIT_S: Final = 900.0


@dataclass
class Field:
    """A simulator, a database with connected shops, and fetcher processes on them."""

    of: Database
    tiktok: str
    http: httpx.AsyncClient
    pool: "asyncpg.Pool[asyncpg.Record]"
    webhook_port: int
    fetcher: asyncio.subprocess.Process | None = None
    more: dict[str, str] = field(default_factory=dict)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"{self.tiktok}{path}", json=body)
        return answer.raise_for_status().json()

    async def start(self) -> None:
        variables = {
            "KAFKA_BOOTSTRAP": "127.0.0.1:9",
            "DATABASE_URL": self.of.app_dsn,
            "TIKTOK_API_URL": self.tiktok,
            "TIKTOK_AUTH_URL": self.tiktok,
            "TIKTOK_APP_KEY": KEY,
            "TIKTOK_APP_SECRET": SECRET,
            "TIKTOK_WEBHOOK_PORT": str(self.webhook_port),
            "VAULT_KEYS": json.dumps({"k1": base64.b64encode(VAULT_KEY).decode()}),
            "VAULT_KEY_ID": "k1",
            "LOG_LEVEL": "ERROR",
        }
        self.fetcher = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "fetcher",
            env={**os.environ, **variables, **self.more},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )

    async def kill(self) -> None:
        if self.fetcher is not None and self.fetcher.returncode is None:
            self.fetcher.send_signal(signal.SIGKILL)
            await self.fetcher.wait()

    async def stored(self) -> int:
        found: int = await self.pool.fetchval(
            "SELECT count(DISTINCT stream_id) FROM eventstore.event WHERE name = 'OrderFetched'"
        )
        return found

    async def searches(self) -> list[dict[str, Any]]:
        requests = (await self.control("GET", "/_sim/requests"))["requests"]
        return [one for one in requests if one["path"].endswith("/orders/search")]

    async def polls(self) -> list[dict[str, Any]]:
        return [one for one in await self.searches() if not _is_sweep(one)]

    async def sweeps(self) -> list[dict[str, Any]]:
        return [one for one in await self.searches() if _is_sweep(one)]

    async def connect_shops(self, count: int) -> None:
        vault = PostgresVault(self.pool, MasterKeys({"k1": VAULT_KEY}, "k1"), utc_now, token_bytes)
        ids = [str(FIRST_SHOP + n) for n in range(count)]
        for shop_id in ids:
            body = {"name": "Bench", "region": "US"}
            shop = await self.control("PUT", f"/_sim/shops/{shop_id}", body)
            await vault.put_credential("tiktok_shop", shop_id, {"cipher": shop["cipher"]})
        grant = await self.control("POST", "/_sim/grants", {"shop_ids": ids})
        client = TokenClient(self.http, App(KEY, SECRET), clock=utc_now, base_url=self.tiktok)
        tokens = to_credential(await client.get(grant["auth_code"]))
        await vault.put_credential("tiktok_grant", "bench", tokens)
        now = utc_now()
        async with connect(self.of.app_dsn) as store:
            await store.append([_connected(shop_id, now) for shop_id in ids])
        await self.pool.executemany(
            "INSERT INTO fetcher.poll (shop_id, watermark, covered_from, reconciled_to, swept_at) "
            "VALUES ($1, $2, $3, $2, $2)",
            [(shop_id, now, now - timedelta(days=40)) for shop_id in ids],
        )


def _connected(shop_id: str, now: datetime) -> Append:
    event = events.ShopConnected(
        shop_id=shop_id,
        name="Bench",
        region="US",
        grant_id="bench",
        window_begins_at=now - timedelta(days=40),
        connected_at=now - timedelta(days=40),
        connected_by="bench",
    )
    new = NewEvent(fact_id("bench", shop_id), event, now, Trace("bench"))
    return Append(shop_stream(shop_id), ANY_VERSION, (new,))


@asynccontextmanager
async def opened(servers: BenchServers, shops: int, **more: str) -> AsyncIterator[Field]:
    (tiktok, webhook) = free_ports(2)
    simulator = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulators.tiktok", "--port", str(tiktok)),
        *("--app-key", KEY, "--app-secret", SECRET),
        stdout=asyncio.subprocess.PIPE,
    )
    assert simulator.stdout is not None
    await simulator.stdout.readline()
    try:
        async with (
            database(servers.postgres) as of,
            httpx.AsyncClient(timeout=60.0) as http,
        ):
            await migrate_database(of.admin_dsn)
            async with asyncpg.create_pool(of.admin_dsn, min_size=1, max_size=2) as pool:
                made = Field(of, f"http://127.0.0.1:{tiktok}", http, pool, webhook, more=more)
                await made.connect_shops(shops)
                try:
                    yield made
                finally:
                    await made.kill()
    finally:
        simulator.terminate()
        await simulator.wait()


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


async def _until(condition: Any, every_s: float = 0.25) -> None:
    deadline = time.monotonic() + _LIMIT_S
    while not await condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {_LIMIT_S:.0f} s")
        await asyncio.sleep(every_s)


async def calls_per_thousand(servers: BenchServers) -> dict[str, float]:
    """1,000 orders in ten lots, polled every second, nobody notified; one sweep of them apart."""
    async with opened(servers, 1, POLL_INTERVAL_S="1", SWEEP_INTERVAL_S="20") as here:
        await here.start()
        await _until(lambda: _any(here.searches()))
        before = len(await here.polls())
        for lot in range(10):
            now = int(time.time())
            new = [order(580_000_000_000_000_000 + lot * 100 + n, now) for n in range(100)]
            path = f"/_sim/orders?shop_id={FIRST_SHOP}"
            await here.control("POST", path, new)
            await asyncio.sleep(1.0)
        await _until(lambda: _equal(here.stored(), 1000))
        polls = len(await here.polls()) - before
        await _until(lambda: _any(here.sweeps()))
        await asyncio.sleep(5.0)  # to its end: the next one begins 20 s after this one
        return {
            "polling_calls_per_1000_orders": polls,
            "sweep_calls_per_1000_open_orders": len(await here.sweeps()),
        }


def _is_sweep(request: dict[str, Any]) -> bool:
    """A sweep asks by status, a poll by update time."""
    return "order_status" in request["body"]


async def _any(found: Any) -> bool:
    return bool(await found)


async def _reached(here: Field, orders: int) -> bool:
    return await here.stored() >= orders


async def _equal(found: Any, wanted: int) -> bool:
    return bool(await found == wanted)


async def webhook_answers(servers: BenchServers, seconds: float) -> dict[str, float]:
    """Milliseconds from POST to answer at 200 notifications a second."""
    async with opened(servers, 1) as here:
        await here.start()
        url = f"http://127.0.0.1:{here.webhook_port}/webhooks/tiktok"
        await _until(lambda: _answers(here.http, url))
        took: list[float] = []

        async def one(number: int) -> None:
            raw = _notification(number)
            text = KEY.encode() + raw
            digest = hmac.new(SECRET.encode(), text, hashlib.sha256)
            signature = digest.hexdigest()
            began = time.perf_counter()
            async with client.post(url, data=raw, headers={"Authorization": signature}) as answer:
                assert answer.status == 200, f"HTTP {answer.status}"
            took.append((time.perf_counter() - began) * 1000)

        began = time.perf_counter()
        async with aiohttp.ClientSession() as client, asyncio.TaskGroup() as tasks:
            for number in range(int(200 * seconds)):
                await asyncio.sleep(max(0.0, began + number / 200 - time.perf_counter()))
                tasks.create_task(one(number))
        took.sort()
        return {
            "webhook_median_ms": round(statistics.median(took), 2),
            "webhook_p99_ms": round(took[int(len(took) * 0.99)], 2),
            "webhooks_per_s": round(len(took) / (time.perf_counter() - began)),
        }


def _notification(number: int) -> bytes:
    said = {
        "type": 1,
        "tts_notification_id": str(7_380_000_000_000_000_000 + number),
        "shop_id": str(FIRST_SHOP),
        "timestamp": int(time.time()),
        "data": {"order_id": str(number), "order_status": "AWAITING_SHIPMENT"},
    }
    return json.dumps(said).encode()


async def _answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(url)).status_code == 405
    except httpx.HTTPError:
        return False


async def idle_shops(servers: BenchServers, shops: int, seconds: float) -> dict[str, float]:
    """Memory of one process that polls many shops, and how long each waits from poll to poll."""
    async with opened(servers, shops) as here:
        await here.start()
        assert here.fetcher is not None
        await _until(partial(_polls_all, here, shops))
        await asyncio.sleep(10.0)
        await here.control("POST", "/_sim/reset")
        process = psutil.Process(here.fetcher.pid)
        before = sum(process.cpu_times()[:2])
        await asyncio.sleep(seconds)
        took = sum(process.cpu_times()[:2]) - before
        searches = await here.searches()
        by_shop: dict[str, list[float]] = {}
        for one in searches:
            by_shop.setdefault(one["query"]["shop_cipher"], []).append(one["at"])
        gaps = sorted(b - a for polls in by_shop.values() for a, b in pairwise(polls))
        return {
            "idle_shops": shops,
            "idle_shops_polled": len(by_shop),
            "idle_gap_median_s": round(statistics.median(gaps), 2),
            "idle_gap_p99_s": round(gaps[int(len(gaps) * 0.99)], 2),
            "idle_gap_longest_s": round(gaps[-1], 2),
            "idle_cpu_ms_per_poll": round(took * 1000 / len(searches), 2),
            "idle_memory_mb": round(process.memory_info().rss / 2**20),
        }


async def _polls_all(here: Field, shops: int) -> bool:
    return len({one["query"]["shop_cipher"] for one in await here.searches()}) == shops


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
            path = f"/_sim/orders?shop_id={FIRST_SHOP}&as_given=true"
            await here.control("POST", path, lot)
        away = datetime.fromtimestamp(now, UTC) - timedelta(days=30)
        await here.pool.execute("UPDATE fetcher.poll SET watermark = $1", away)
        began = time.perf_counter()
        for _ in range(kills):
            await here.start()
            target = await here.stored() + dice.randint(1, orders // kills)
            await _until(partial(_reached, here, min(target, orders)), 0.1)
            await here.kill()
        await here.start()
        await _until(lambda: _equal(here.stored(), orders), 1.0)
        took = time.perf_counter() - began
        told = await here.pool.fetchval(
            "SELECT count(*) FROM eventstore.event WHERE name = 'OrderFetched'"
        )
        return {
            "outage_orders": orders,
            "outage_events": told,
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
