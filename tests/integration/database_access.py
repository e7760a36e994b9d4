"""Reaching the test's database, and waiting until it says so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias

import asyncpg

from devstack.databases import Database

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"
WAITS_FOR_THE_LOCK: Final = (
    "SELECT count(*) >= 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
    "WHERE d.datname = current_database() AND locktype = 'advisory' AND NOT granted"
)
FILL: Final = """
INSERT INTO eventstore.event (event_id, stream_id, version, name, schema_version, occurred_at,
    source, correlation_id, causation_id, traceparent, digest, chain, payload)
SELECT gen_random_uuid(), CASE WHEN n % 50 = 0 THEN 'shop' ELSE 'order' END || '-7495-' || n / 5,
    n % 5 + 1, 'OrderEligible', 1, now(), 'mapper', '', '', '', '', '', ''
FROM generate_series(0, 49999) n
"""


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(dsn)
    try:
        yield connection
    finally:
        await connection.close()


async def ask(dsn: str, question: str, *arguments: object) -> Any:
    """The one value that a connection of its own is answered with."""
    async with connected(dsn) as connection:
        return await connection.fetchval(question, *arguments)


async def until(connection: Any, question: str, *arguments: object) -> None:
    """Waits until the database answers ``question`` with true."""
    async with asyncio.timeout(20):
        while not await connection.fetchval(question, *arguments):
            await connection.fetchval("SELECT pg_sleep(0.01)")
            # Who is active is seen once per transaction, unless that is let go of.
            await connection.execute("SELECT pg_stat_clear_snapshot()")


@asynccontextmanager
async def holding_the_lock(database: Database) -> AsyncIterator[Any]:
    async with connected(database.admin_dsn) as holder:
        await holder.fetchval("SELECT pg_advisory_lock(7305, 1)")
        yield holder
