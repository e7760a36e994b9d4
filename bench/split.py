"""``bench split``: how long anybody waits while a table of some million events is split.

A writer appends, the relay's reader follows, a service reads old streams; then the table is split,
split again, and split while somebody reads it for seconds, as a dump does.
"""

import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import asyncpg

from bench import grown_tables, orders
from bench.result import Result
from bench.say import say
from bench.servers import BenchServers, database
from bench.size import Size
from eventstore import postgres
from eventstore.postgres import PostgresEventStore
from eventstore.store import Appended
from runtime.migrations import migrate

_AT_A_TIME: Final = 20
_PAGE: Final = 500
_CALM_S: Final = 3.0
_DUMP_S: Final = 10.0
_AHEAD: Final = 3.0
"""Of the head: where the boundary is."""
_SIZE: Final = "SELECT pg_total_relation_size('eventstore.event') / 1000000"
Phase = Callable[[], Awaitable[object]]
Waits = dict[str, list[float]]
"""Of each kind of call, in milliseconds."""


@dataclass
class Traffic:
    """Appends and reads without a pause."""

    store: PostgresEventStore
    old: tuple[str, ...]
    waits: Waits = field(default_factory=dict)

    async def write(self) -> None:
        """For ever: new orders, twenty at a time."""
        for first in itertools.count(50_000_000, _AT_A_TIME):
            commands = [orders.append_order(n) for n in range(first, first + _AT_A_TIME)]
            outcomes = await self._timed("append", partial(self.store.append, commands))
            assert all(isinstance(outcome, Appended) for outcome in outcomes)

    async def follow(self) -> None:
        """For ever: by position, as the relay reads."""
        position = await self.store.head()
        while True:
            page = await self._timed("tail", partial(self.store.read_after, position, _PAGE))
            begin, position = position + 1, position + len(page)
            assert [each.position for each in page] == list(range(begin, position + 1))
            await asyncio.sleep(0.01)

    async def read(self) -> None:
        """For ever: streams of long ago."""
        while True:
            found = await self._timed("read", partial(self.store.read_many, self.old))
            assert all(len(history) == 5 for history in found.values())
            await asyncio.sleep(0.01)

    async def _timed(self, kind: str, call: Callable[[], Awaitable[Any]]) -> Any:
        began = time.perf_counter()
        answer = await call()
        self.waits.setdefault(kind, []).append((time.perf_counter() - began) * 1000)
        return answer


async def run(servers: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """The longest wait of each kind of call: in calm, and during each split."""
    await servers.make_room()
    figures: dict[str, float] = {}
    async with database(servers.postgres) as of:
        await migrate(of.admin_dsn, [postgres.MIGRATIONS])
        async with postgres.connect(of.app_dsn) as store, _connected(of.admin_dsn) as admin:
            await store.append([orders.five_events(0)])
            await grown_tables.fill_events(admin, size.split_orders)
            figures["events"] = await store.head()
            figures["table_mb"] = await admin.fetchval(_SIZE)
            split = partial(_split, store, admin)
            phases: dict[str, Phase] = {
                "calm": partial(asyncio.sleep, _CALM_S),
                "first": split,
                "second": split,
                "beside_a_dump": partial(_beside_a_dump, split, of.admin_dsn),
            }
            async with _traffic(store) as waits:
                for name, phase in phases.items():
                    figures |= await _phase(name, phase, waits)
    return Result("split", {}, figures), {}


@asynccontextmanager
async def _traffic(store: PostgresEventStore) -> AsyncIterator[Waits]:
    """While it lasts; raises what any of it met."""
    traffic = Traffic(store, await store.streams("order", limit=50))
    tasks = [asyncio.create_task(work()) for work in (traffic.write, traffic.follow, traffic.read)]
    try:
        yield traffic.waits
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _phase(name: str, phase: Phase, waited: Waits) -> dict[str, float]:
    waited.clear()
    began = time.perf_counter()
    await phase()
    took = time.perf_counter() - began
    await asyncio.sleep(0.2)  # whoever waited at the end comes back
    found = {f"{name}_s": round(took, 2)}
    for kind, waits in waited.items():
        found[f"{name}_{kind}_longest_ms"] = round(max(waits), 1)
        found[f"{name}_{kind}_median_ms"] = round(statistics.median(waits), 1)
    say(f"{name}: {found}")
    return found


async def _split(store: PostgresEventStore, admin: Any) -> None:
    boundary = int(await store.head() * _AHEAD)
    await admin.execute(f"CALL eventstore.split({boundary})")


async def _beside_a_dump(split: Phase, dsn: str) -> None:
    """While somebody reads the table for some seconds."""
    async with _connected(dsn) as dump:
        async with dump.transaction(isolation="repeatable_read"):
            await dump.fetchval("SELECT position FROM eventstore.event LIMIT 1")
            splitting = asyncio.ensure_future(split())
            await asyncio.sleep(_DUMP_S)
        await splitting


@asynccontextmanager
async def _connected(dsn: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(dsn, command_timeout=1_800)
    try:
        yield connection
    finally:
        await connection.close()
