"""On PostgreSQL the order of positions is the order of commits."""

import asyncio
import random
from typing import Any
from uuid import UUID

from libs.eventstore.tests.suite_eventstore import fact
from tests.integration.database_access import WAITS_FOR_THE_LOCK, connected, until

from devstack.databases import Database
from eventstore import postgres, rows
from eventstore.postgres import PostgresEventStore

LOCK_LINE = "PERFORM pg_advisory_xact_lock(7305, 1);"
WRITERS, APPENDS = 16, 12


async def missed_by_a_reader(dsn: str) -> set[UUID]:
    """Events that 16 writers appended and a reader following by position never saw."""
    async with postgres.connect(dsn) as store:
        reading = asyncio.Event()
        reader = asyncio.create_task(_read_by_position(store, reading))
        await reading.wait()
        appended = await asyncio.gather(*(_write(dsn, n) for n in range(WRITERS)))
        last = fact("order-7495-last", "last")
        await store.append([last])
        seen = await asyncio.wait_for(reader, 60)
    return {event_id for written in appended for event_id in written} - seen


async def _write(dsn: str, writer: int) -> list[UUID]:
    """Appends in transactions that stay open for a moment, as under load or a slow disk."""
    pauses = random.Random(writer)
    commands = [fact(f"order-{writer}-{n}", f"{writer} {n}") for n in range(APPENDS)]
    async with connected(dsn) as connection:
        for command in commands:
            async with connection.transaction():
                await connection.fetch(rows.APPEND, *next(rows.append_batches([command])))
                await connection.execute(f"SELECT pg_sleep({pauses.uniform(0, 0.004)})")
    return [command.events[0].id for command in commands]


async def _read_by_position(store: PostgresEventStore, reading: asyncio.Event) -> set[UUID]:
    seen: set[UUID] = set()
    position = 0
    while True:
        page = await store.read_after(position, 100)
        reading.set()
        for recorded in page:
            if recorded.stream == "order-7495-last":
                return seen
            seen.add(recorded.id)
            position = recorded.position


async def test_a_reader_by_position_misses_nothing_of_16_writers(events_database: Database) -> None:
    assert await missed_by_a_reader(events_database.app_dsn) == set()


async def test_without_the_lock_the_same_reader_misses_events(
    events_database: Database, admin: Any
) -> None:
    function = await admin.fetchval("SELECT pg_get_functiondef('eventstore.append'::regproc)")
    assert LOCK_LINE in function
    await admin.execute(function.replace(LOCK_LINE, ""))
    assert await missed_by_a_reader(events_database.app_dsn)


async def test_a_position_is_taken_only_when_its_forerunner_has_committed(
    events_database: Database, store: PostgresEventStore, admin: Any
) -> None:
    async with connected(events_database.app_dsn) as slow:
        transaction = slow.transaction()
        await transaction.start()
        await slow.fetch(rows.APPEND, *next(rows.append_batches([fact("order-1-1", "slow")])))
        quick = asyncio.create_task(store.append([fact("order-1-2", "quick")]))
        await until(admin, WAITS_FOR_THE_LOCK)
        assert await store.read_after(0, 10) == ()
        await transaction.commit()
        await quick
    assert [each.stream for each in await store.read_after(0, 10)] == ["order-1-1", "order-1-2"]
