"""Versions of a stream are contiguous and positions follow them: with a planted bug for each."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from libs.eventstore.tests.suite_eventstore import decision, fact
from tests.integration.database_access import connected

from devstack.databases import Database
from eventstore import rows
from eventstore.postgres import PostgresEventStore
from ordersync_contracts.envelope import Recorded

LOCK_LINE = "PERFORM pg_advisory_xact_lock(7305, 1);"
INSERTS = "IF taken > 0 THEN"
POSITIONS = "row_number() OVER (ORDER BY o.n) AS position"
STREAM = "order-7495-shared"
WRITERS, APPENDS = 8, 10


def not_contiguous(events: Sequence[Recorded]) -> set[str]:
    """Streams whose versions are not 1, 2, 3, … without a gap or a second one."""
    versions = defaultdict(list)
    for event in events:
        versions[event.stream].append(event.version)
    return {
        stream
        for stream, found in versions.items()
        if sorted(found) != list(range(1, len(found) + 1))
    }


def not_increasing(events: Sequence[Recorded]) -> set[str]:
    """Streams in which a later version stands at an earlier position."""
    positions: dict[str, int] = {}
    late = set()
    for event in sorted(events, key=lambda event: (event.stream, event.version)):
        if event.position <= positions.get(event.stream, 0):
            late.add(event.stream)
        positions[event.stream] = event.position
    return late


async def written(store: PostgresEventStore, dsn: str) -> tuple[Recorded, ...]:
    """Everything after eight writers added to one stream and a command of three to another."""
    await asyncio.gather(*(_write(dsn, writer) for writer in range(WRITERS)))
    await store.append([decision("order-7495-three", 0, "a", "b", "c")])
    return await store.read_after(0, 10_000)


async def _write(dsn: str, writer: int) -> None:
    async with connected(dsn) as connection:
        for n in range(APPENDS):
            command = fact(STREAM, f"{writer} {n}")
            await connection.fetch(rows.APPEND, *next(rows.append_batches([command])))


async def plant(admin: Any, *changes: tuple[str, str]) -> None:
    """Change the append function, and take away the constraint that would catch it."""
    function = await admin.fetchval("SELECT pg_get_functiondef('eventstore.append'::regproc)")
    for before, after in changes:
        assert before in function
        function = function.replace(before, after)
    await admin.execute(function)
    await admin.execute("ALTER TABLE eventstore.event DROP CONSTRAINT event_stream_id_version_key")


async def test_versions_are_contiguous_and_positions_follow_them(
    events_database: Database, store: PostgresEventStore
) -> None:
    events = await written(store, events_database.app_dsn)
    assert len(events) == WRITERS * APPENDS + 3
    assert not_contiguous(events) == set()
    assert not_increasing(events) == set()


async def test_a_version_that_is_read_before_the_lock_is_given_twice(
    events_database: Database, store: PostgresEventStore, admin: Any
) -> None:
    """Planted: the lock comes after the versions were read."""
    late_lock = f"PERFORM pg_sleep(0.002); {LOCK_LINE}\n    {INSERTS}"
    await plant(admin, (LOCK_LINE, ""), (INSERTS, late_lock))
    assert not_contiguous(await written(store, events_database.app_dsn)) == {STREAM}


async def test_a_version_that_is_left_out_is_noticed(
    events_database: Database, store: PostgresEventStore, admin: Any
) -> None:
    """Planted: the second event of a command gets the third version."""
    await plant(
        admin,
        ("current[o.command] + o.nth AS version", "current[o.command] + o.nth * 2 - 1 AS version"),
    )
    assert "order-7495-three" in not_contiguous(await written(store, events_database.app_dsn))


async def test_positions_that_do_not_follow_the_versions_are_noticed(
    events_database: Database, store: PostgresEventStore, admin: Any
) -> None:
    """Planted: the events of one transaction are placed last first."""
    await plant(admin, (POSITIONS, "row_number() OVER (ORDER BY o.n DESC) AS position"))
    assert not_increasing(await written(store, events_database.app_dsn)) == {"order-7495-three"}
