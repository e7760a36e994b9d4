"""Several fetchers on one database: one poller per shop; a dead one's shops go to the others."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from bench.fetchers import Fetchers, fetchers

from devstack.databases import Database
from fetcher.polling.assignment import LOCK_SPACE

SHOPS = tuple(str(7_495_514_739_500_000_000 + n) for n in range(6))
LIMIT_S = 60.0
HELD = """
    SELECT pid, count(*) AS shops FROM pg_locks
    WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = $1::integer::oid
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    GROUP BY pid ORDER BY pid
"""


@dataclass
class Replicas:
    """Fetchers on one database with six shops."""

    running: Fetchers
    placed: int = 0

    async def place(self) -> None:
        """A new order in every shop."""
        self.placed += 1
        for n, shop_id in enumerate(SHOPS):
            number = str(580_000_000_000_000_000 + self.placed * 100 + n)
            order = {"id": number, "status": "UNPAID", "create_time": int(time.time())}
            await self.running.control("POST", f"/_sim/orders?shop_id={shop_id}", [order])

    async def all_fetched(self) -> bool:
        return await self.running.count() == self.placed * len(SHOPS)

    async def shares(self) -> list[int]:
        """How many shops each replica holds."""
        rows = await self.running.pool.fetch(HELD, LOCK_SPACE)
        return sorted(row["shops"] for row in rows)

    async def checkpoints(self) -> dict[str, Any]:
        rows = await self.running.pool.fetch("SELECT shop_id, epoch, watermark FROM fetcher.poll")
        return {row["shop_id"]: (row["epoch"], row["watermark"]) for row in rows}


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.1)


@pytest.fixture
async def replicas(database: Database) -> AsyncIterator[Replicas]:
    async with fetchers(database, POLL_INTERVAL_S="0.2") as running:
        await running.connect_shops(SHOPS, timedelta(days=1))
        yield Replicas(running)


async def has_shares(replicas: Replicas, *wanted: int) -> bool:
    return await replicas.shares() == list(wanted)


async def test_a_killed_replica_s_shops_are_taken_over_and_nothing_is_fetched_twice(
    replicas: Replicas,
) -> None:
    first = await replicas.running.start()
    await until(lambda: has_shares(replicas, 6))
    await replicas.running.start()
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

    await replicas.running.start()
    await until(lambda: has_shares(replicas, 3, 3))
    await replicas.place()
    await until(replicas.all_fetched)


async def test_a_replica_that_was_paused_past_its_lock_moves_no_checkpoint_of_its_successor(
    replicas: Replicas,
) -> None:
    paused = await replicas.running.start()
    await until(lambda: has_shares(replicas, 6))
    await replicas.place()
    await until(replicas.all_fetched)

    paused.send_signal(signal.SIGSTOP)
    await replicas.running.start()
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
