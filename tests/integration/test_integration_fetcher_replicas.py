"""Several fetchers on one database: one poller per shop; a dead one's shops go to the others."""

import asyncio
import base64
import json
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from secrets import token_bytes
from typing import Any

import asyncpg
import httpx
import pytest

from connections.grants import to_credential
from console.migrate.actions import migrate_database
from devstack.databases import Database
from eventstore import ANY_VERSION, Append
from eventstore.postgres import connect
from fetcher.polling.assignment import LOCK_SPACE
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import shop_stream
from runtime.clock import utc_now
from tiktok.calls import App
from tiktok.tokens import TokenClient
from vault.keys import MasterKeys
from vault.postgres import PostgresVault

APP = App("key", "replica-secret")
KEY = bytes(range(32))
SHOPS = tuple(str(7_495_514_739_500_000_000 + n) for n in range(6))
LIMIT_S = 60.0
HELD = """
    SELECT pid, count(*) AS shops FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = $1::integer::oid
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    GROUP BY pid ORDER BY pid
"""


@dataclass
class Field:
    """A simulated TikTok, a database with connected shops, and fetchers on them."""

    database: Database
    tiktok: str
    http: httpx.AsyncClient
    pool: "asyncpg.Pool[asyncpg.Record]"
    fetchers: list[Process] = field(default_factory=list)
    placed: int = 0

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"{self.tiktok}{path}", json=body)
        return answer.raise_for_status().json()

    async def connect_shops(self) -> None:
        vault = PostgresVault(self.pool, MasterKeys({"k1": KEY}, "k1"), utc_now, token_bytes)
        for shop_id in SHOPS:
            body = {"name": "Replica", "region": "US"}
            shop = await self.control("PUT", f"/_sim/shops/{shop_id}", body)
            await vault.put_credential("tiktok_shop", shop_id, {"cipher": shop["cipher"]})
        grant = await self.control("POST", "/_sim/grants", {"shop_ids": SHOPS})
        tokens = TokenClient(self.http, APP, clock=utc_now, base_url=self.tiktok)
        granted = to_credential(await tokens.get(grant["auth_code"]))
        await vault.put_credential("tiktok_grant", "grant", granted)
        async with connect(self.database.app_dsn) as store:
            await store.append([_connected(shop_id) for shop_id in SHOPS])

    async def start(self) -> Process:
        variables = {
            "KAFKA_BOOTSTRAP": "127.0.0.1:9",
            "DATABASE_URL": self.database.app_dsn,
            "TIKTOK_API_URL": self.tiktok,
            "TIKTOK_AUTH_URL": self.tiktok,
            "TIKTOK_APP_KEY": APP.key,
            "TIKTOK_APP_SECRET": APP.secret,
            "VAULT_KEYS": json.dumps({"k1": base64.b64encode(KEY).decode()}),
            "VAULT_KEY_ID": "k1",
            "POLL_INTERVAL_S": "0.2",
            "LOG_LEVEL": "ERROR",
        }
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fetcher"),
            env={**os.environ, **variables},
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        self.fetchers.append(process)
        return process

    async def place(self) -> None:
        """A new order in every shop."""
        self.placed += 1
        for n, shop_id in enumerate(SHOPS):
            number = str(580_000_000_000_000_000 + self.placed * 100 + n)
            order = {"id": number, "status": "UNPAID", "create_time": int(time.time())}
            await self.control("POST", f"/_sim/orders?shop_id={shop_id}", [order])

    async def told(self) -> int:
        found: int = await self.pool.fetchval(
            "SELECT count(*) FROM eventstore.event WHERE name = 'OrderFetched'"
        )
        return found

    async def all_fetched(self) -> bool:
        return await self.told() == self.placed * len(SHOPS)

    async def shares(self) -> list[int]:
        """How many shops each replica holds."""
        rows = await self.pool.fetch(HELD, LOCK_SPACE)
        return sorted(row["shops"] for row in rows)

    async def checkpoints(self) -> dict[str, Any]:
        rows = await self.pool.fetch("SELECT shop_id, epoch, watermark FROM fetcher.poll")
        return {row["shop_id"]: (row["epoch"], row["watermark"]) for row in rows}

    async def stop(self) -> None:
        for process in self.fetchers:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                await process.wait()


def _connected(shop_id: str) -> Append:
    now = utc_now()
    event = events.ShopConnected(
        shop_id=shop_id,
        name="Replica",
        region="US",
        grant_id="grant",
        window_begins_at=now - timedelta(days=1),
        connected_at=now,
        connected_by="test",
    )
    new = NewEvent(fact_id("test", shop_id), event, now, Trace("test"))
    return Append(shop_stream(shop_id), ANY_VERSION, (new,))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def simulator() -> AsyncIterator[str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.tiktok"),
        *("--app-key", APP.key, "--app-secret", APP.secret),
        stdout=PIPE,
    )
    assert process.stdout is not None
    said = (await process.stdout.readline()).decode()
    try:
        yield said.removeprefix("listening on ").strip()
    finally:
        process.kill()
        await process.wait()


@pytest.fixture
async def replicas(database: Database) -> AsyncIterator[Field]:
    await migrate_database(database.admin_dsn)
    async with AsyncExitStack() as stack:
        tiktok = await stack.enter_async_context(simulator())
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=30.0))
        pool = await stack.enter_async_context(
            asyncpg.create_pool(database.admin_dsn, min_size=1, max_size=2)
        )
        made = Field(database, tiktok, http, pool)
        stack.push_async_callback(made.stop)
        await made.connect_shops()
        yield made


async def has_shares(replicas: Field, *wanted: int) -> bool:
    return await replicas.shares() == list(wanted)


async def test_a_killed_replica_s_shops_are_taken_over_and_nothing_is_fetched_twice(
    replicas: Field,
) -> None:
    first = await replicas.start()
    await until(lambda: has_shares(replicas, 6))
    await replicas.start()
    await until(lambda: has_shares(replicas, 3, 3))
    await replicas.place()
    await until(replicas.all_fetched)
    before = await replicas.checkpoints()

    first.kill()
    await first.wait()
    await replicas.place()
    await until(lambda: has_shares(replicas, 6))
    await until(replicas.all_fetched)
    after = await replicas.checkpoints()
    taken_over = {shop for shop in SHOPS if after[shop][0] > before[shop][0]}
    assert len(taken_over) == 3
    assert all(after[shop][0] == before[shop][0] + 1 for shop in taken_over)
    assert all(after[shop][1] >= before[shop][1] for shop in SHOPS)

    await replicas.start()
    await until(lambda: has_shares(replicas, 3, 3))
    await replicas.place()
    await until(replicas.all_fetched)


async def test_a_replica_that_was_paused_past_its_lock_moves_no_checkpoint_of_its_successor(
    replicas: Field,
) -> None:
    paused = await replicas.start()
    await until(lambda: has_shares(replicas, 6))
    await replicas.place()
    await until(replicas.all_fetched)

    paused.send_signal(signal.SIGSTOP)
    await replicas.start()
    before = await replicas.checkpoints()

    async def all_are_taken_over() -> bool:
        checkpoints = await replicas.checkpoints()
        return all(checkpoints[shop][0] > before[shop][0] for shop in SHOPS)

    await until(all_are_taken_over)
    await replicas.place()
    await until(replicas.all_fetched)
    successor = await replicas.checkpoints()

    paused.send_signal(signal.SIGCONT)
    await until(lambda: has_shares(replicas, 3, 3))  # it is a replica like any other again
    await replicas.place()
    await until(replicas.all_fetched)
    after = await replicas.checkpoints()
    assert all(after[shop][0] in {successor[shop][0], successor[shop][0] + 1} for shop in SHOPS)
    assert all(after[shop][1] >= successor[shop][1] for shop in SHOPS)
