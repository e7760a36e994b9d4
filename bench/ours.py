"""What is done with our own store to measure it."""

import asyncio
import time
from collections.abc import Sequence

import asyncpg

from bench import orders
from eventstore.store import Append, Appended, EventStore

_FILL_PAGE = 500


async def empty(admin: "asyncpg.Connection[asyncpg.Record]") -> None:
    """Remove all events, which only a superuser can."""
    async with admin.transaction():
        await admin.execute("SET LOCAL session_replication_role = replica")
        await admin.execute("TRUNCATE eventstore.event RESTART IDENTITY")


async def append_for(
    store: EventStore, commands: Sequence[Append], seconds: float, callers: int, size: int
) -> float:
    """Events a second, so many callers appending so many commands at a time."""
    began, done = time.perf_counter(), 0
    starts = iter(range(0, len(commands) - size + 1, size))

    async def caller() -> None:
        nonlocal done
        for start in starts:
            outcomes = await store.append(commands[start : start + size])
            assert all(isinstance(outcome, Appended) for outcome in outcomes)
            done += size
            if time.perf_counter() - began > seconds:
                return

    await asyncio.gather(*(caller() for _ in range(callers)))
    return done / (time.perf_counter() - began)


async def append_all(store: EventStore, commands: Sequence[Append]) -> None:
    """All of them, a hundred at a time."""
    for start in range(0, len(commands), 100):
        await store.append(commands[start : start + 100])


async def append_each(store: EventStore, commands: Sequence[Append]) -> None:
    """Each by a caller of its own, all at once."""
    await asyncio.gather(*(store.append([command]) for command in commands))


async def append_orders(store: EventStore, count: int) -> None:
    """The first so many orders, as fetched."""
    for start in range(0, count, _FILL_PAGE):
        numbers = range(start, min(start + _FILL_PAGE, count))
        await store.append([orders.append_order(n) for n in numbers])
