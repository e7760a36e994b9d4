"""What appending costs when a million events are stored, by what it costs with ten thousand.

Two databases, appended to in turns: what disturbs the machine disturbs both.
"""

import itertools
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import asyncpg

from bench import orders, ours
from bench.rounds import Turn, interleaved, ratio
from bench.say import say
from bench.servers import BenchServers, database
from eventstore import postgres
from eventstore.store import EventStore
from runtime.migrations import migrate

FEW, MANY = 10_000, 1_000_000
_ROUNDS: Final = 9
_STRETCH: Final = 1_000
_PAGE: Final = 100_000
_CLONE: Final = """
    INSERT INTO eventstore.event (event_id, stream_id, version, name, schema_version, occurred_at,
        source, correlation_id, causation_id, traceparent, digest, chain, payload)
    SELECT gen_random_uuid(), 'order-7495-' || ($1::bigint + n), 1, name, schema_version,
        occurred_at, source, correlation_id, causation_id, traceparent, digest, chain, payload
    FROM (SELECT * FROM eventstore.event ORDER BY position LIMIT 1) AS first,
        generate_series(1, $2::bigint) AS n
"""
"""The first event again under other ids: a million in a minute. Their chain is of no use."""


@dataclass
class Grown:
    """A store that holds so many events; hands out commands that it has not seen."""

    store: EventStore
    numbers: Iterator[int]

    async def stretch(self) -> float:
        """Events a second, a hundred at a time, made before the clock starts."""
        commands = [orders.append_order(next(self.numbers)) for _ in range(_STRETCH)]
        began = time.perf_counter()
        await ours.append_all(self.store, commands)
        return _STRETCH / (time.perf_counter() - began)


async def measure(servers: BenchServers, few: int = FEW, many: int = MANY) -> dict[str, float]:
    """The ratio of both rates."""
    async with AsyncExitStack() as opened:
        turns: dict[str, Turn] = {}
        for count in (few, many):
            turns[f"{count:,} events"] = (await _grown(opened, servers, count)).stretch
        small, large = (await interleaved("growth", turns, _ROUNDS)).values()
    return {"append_1m_vs_10k": round(ratio(large, small), 3)}


async def _grown(opened: AsyncExitStack, servers: BenchServers, count: int) -> Grown:
    of = await opened.enter_async_context(database(servers.postgres))
    await migrate(of.admin_dsn, [postgres.MIGRATIONS])
    store = await opened.enter_async_context(postgres.connect(of.app_dsn))
    numbers = itertools.count(1)
    await store.append([orders.append_order(next(numbers))])
    admin = await asyncpg.connect(of.admin_dsn)
    while (head := await store.head()) < count:
        await admin.execute(_CLONE, head, min(count - head, _PAGE), timeout=600)
        say(f"filled up to {await store.head():,} events")
    await admin.execute("VACUUM ANALYZE eventstore.event", timeout=600)
    await admin.execute("CHECKPOINT", timeout=600)
    await admin.close()
    return Grown(store, numbers)
