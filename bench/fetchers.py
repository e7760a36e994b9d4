"""Fetcher processes on a simulated TikTok Shop and a database with connected shops.

For ``bench fetching`` and for ``tests/integration``; Kafka is not needed.
"""

import asyncio
import base64
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_bytes
from typing import Any, Final

import asyncpg
import httpx
from tests.system.simulator_process import running_simulator

from connections.grants import to_credential
from connections.opening import Pool
from console.migrate.actions import migrate_database
from devstack.databases import Database
from eventstore.postgres import connect
from eventstore.store import ANY_VERSION, Append
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import shop_stream
from runtime.clock import utc_now
from tiktok.calls import App
from tiktok.tokens import TokenClient
from vault.keys import MasterKeys
from vault.postgres import PostgresVault

APP: Final = App("key", "secret")
_KEY: Final = bytes(range(32))


@dataclass
class Fetchers:
    """``variables`` are the environment's of every fetcher that is started."""

    database: Database
    tiktok: str
    http: httpx.AsyncClient
    pool: Pool
    variables: dict[str, str]
    processes: list[Process] = field(default_factory=list)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = await self.http.request(method, f"{self.tiktok}{path}", json=body)
        return answer.raise_for_status().json()

    async def connect_shops(self, shop_ids: Sequence[str], since: timedelta) -> None:
        """Authorised by one grant, and their orders count from ``since`` ago."""
        vault = PostgresVault(self.pool, MasterKeys({"k1": _KEY}, "k1"), utc_now, token_bytes)
        for shop_id in shop_ids:
            body = {"name": "Bench", "region": "US"}
            shop = await self.control("PUT", f"/_sim/shops/{shop_id}", body)
            await vault.put_credential("tiktok_shop", shop_id, {"cipher": shop["cipher"]})
        grant = await self.control("POST", "/_sim/grants", {"shop_ids": shop_ids})
        tokens = TokenClient(self.http, APP, clock=utc_now, base_url=self.tiktok)
        granted = to_credential(await tokens.get(grant["auth_code"]))
        await vault.put_credential("tiktok_grant", "grant", granted)
        now = utc_now()
        async with connect(self.database.app_dsn) as store:
            await store.append([_connected(shop_id, now, since) for shop_id in shop_ids])

    async def start(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "fetcher"),
            env={**os.environ, **self.variables},
            stdout=DEVNULL,
            stderr=DEVNULL,
        )
        self.processes.append(process)
        return process

    async def kill(self) -> None:
        for process in self.processes:
            if process.returncode is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
                await process.wait()

    async def count(self, what: str = "*") -> int:
        """How many OrderFetched there are, or how many different ``what``."""
        found: int = await self.pool.fetchval(
            f"SELECT count({what}) FROM eventstore.event WHERE name = 'OrderFetched'"
        )
        return found


@asynccontextmanager
async def fetchers(database: Database, **variables: str) -> AsyncIterator[Fetchers]:
    """None is running yet, no shop is connected; ``variables`` are added to the usual ones."""
    await migrate_database(database.admin_dsn)
    async with AsyncExitStack() as stack:
        tiktok = await stack.enter_async_context(
            running_simulator("tiktok", "--app-key", APP.key, "--app-secret", APP.secret)
        )
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=60.0))
        pool = await stack.enter_async_context(
            asyncpg.create_pool(database.admin_dsn, min_size=1, max_size=2)
        )
        usual = {
            "KAFKA_BOOTSTRAP": "127.0.0.1:9",
            "DATABASE_URL": database.app_dsn,
            "TIKTOK_API_URL": tiktok,
            "TIKTOK_AUTH_URL": tiktok,
            "TIKTOK_APP_KEY": APP.key,
            "TIKTOK_APP_SECRET": APP.secret,
            "VAULT_KEYS": json.dumps({"k1": base64.b64encode(_KEY).decode()}),
            "VAULT_KEY_ID": "k1",
            "LOG_LEVEL": "ERROR",
        }
        made = Fetchers(database, tiktok, http, pool, usual | variables)
        stack.push_async_callback(made.kill)
        yield made


def _connected(shop_id: str, now: datetime, since: timedelta) -> Append:
    event = events.ShopConnected(
        shop_id=shop_id,
        name="Bench",
        region="US",
        grant_id="grant",
        window_begins_at=now - since,
        connected_at=now - since,
        connected_by="bench",
    )
    new = NewEvent(fact_id("bench", shop_id), event, now, Trace("bench"))
    return Append(shop_stream(shop_id), ANY_VERSION, (new,))
