"""A stack of its own for the pipeline: servers, simulators, tables and a connected shop."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import asyncpg
import httpx
from dotenv import dotenv_values

from bench import orders
from devstack.catalogue import shopify_variants
from devstack.settings import SHOPIFY_DOMAIN
from eventstore import postgres
from runtime.settings import DEVSTACK_ENV

_START_LIMIT_S = 180.0
Admin: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


@dataclass(frozen=True)
class Stack:
    """A running stack without services; ``env`` is what services are given."""

    folder: Path
    env: dict[str, str]
    http: httpx.AsyncClient

    @property
    def shopify(self) -> str:
        """The Shopify simulator's address."""
        return self.env["SHOPIFY_SIMULATOR_URL"]

    @property
    def admin_dsn(self) -> str:
        """The database, for the administrator."""
        return self.env["ADMIN_DATABASE_URL"]

    async def reset_shopify(self) -> None:
        """The store has no orders; its plan does not limit calls."""
        (await self.http.post(f"{self.shopify}/_sim/reset")).raise_for_status()
        plan = {"plan": "unlimited"}
        put = await self.http.put(f"{self.shopify}/_sim/shops/{SHOPIFY_DOMAIN}", json=plan)
        put.raise_for_status()

    async def created(self) -> int:
        """How often orderCreate was called since the reset."""
        stats = await self.http.get(f"{self.shopify}/_sim/stats", params={"shop": SHOPIFY_DOMAIN})
        return int(stats.raise_for_status().json()["requests"].get("orderCreate", 0))


async def created_between(admin: Admin, first: str, last: str) -> int:
    """How many orders of these streams are recorded as created."""
    found: int = await admin.fetchval(
        "SELECT count(*) FROM eventstore.event "
        "WHERE name = 'ShopifyOrderCreated' AND stream_id BETWEEN $1 AND $2",
        first,
        last,
    )
    return found


@asynccontextmanager
async def brought_up() -> AsyncIterator[Stack]:
    """The stack, gone afterwards."""
    with TemporaryDirectory(prefix="ordersync-bench-") as name:
        folder = Path(name)
        try:
            await asyncio.to_thread(_up, folder)
            env = {key: value or "" for key, value in dotenv_values(folder / DEVSTACK_ENV).items()}
            await asyncio.to_thread(_prepare, folder, env)
            async with httpx.AsyncClient(timeout=30.0) as http:
                stack = Stack(folder, env, http)
                await _link(stack)
                yield stack
        finally:
            await asyncio.to_thread(_run, folder, dict(os.environ), "devstack", "down")


async def _link(stack: Stack) -> None:
    variants = [variant["id"] for variant in shopify_variants()]
    async with postgres.connect(stack.env["DATABASE_URL"]) as store:
        await store.append(orders.link_commands(SHOPIFY_DOMAIN, variants))


def _up(folder: Path) -> None:
    options = ("--detach", "--no-services", "--json")
    summary = _run(folder, dict(os.environ), "devstack", "up", *options)
    json.loads(summary.splitlines()[-1])


def _prepare(folder: Path, env: dict[str, str]) -> None:
    settings = {**os.environ, **env}
    _run(folder, settings, "console.cli", "migrate")
    _run(folder, settings, "devstack.connect")


def _run(folder: Path, environ: dict[str, str], *module: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *module],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=_START_LIMIT_S,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(module)}: {done.stderr.strip()[-2000:]}")
    return done.stdout
