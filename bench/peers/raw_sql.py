"""The floor of an append: one prepared INSERT into a bare table, compressed bytes ready-made.

No lock, no expected version, no identity, no positions anybody may rely on.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg

_TABLE = """
CREATE TABLE bare (position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
                   stream_id text NOT NULL, payload bytea NOT NULL);
ALTER TABLE bare ALTER COLUMN payload SET STORAGE EXTERNAL;
ALTER TABLE bare SET (toast_tuple_target = 8160);
"""
_ONE = "INSERT INTO bare (stream_id, payload) VALUES ($1, $2)"
_MANY = "INSERT INTO bare (stream_id, payload) SELECT * FROM unnest($1::text[], $2::bytea[])"


class RawSql:
    """A bare table."""

    def __init__(self, connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._connection = connection

    async def empty(self) -> None:
        """Remove all rows."""
        await self._connection.execute("TRUNCATE bare RESTART IDENTITY")

    async def append_for(
        self, seconds: float, rows: Sequence[tuple[str, bytes]], size: int
    ) -> float:
        """Rows a second in statements of so many."""
        began, done = time.perf_counter(), 0
        while time.perf_counter() - began < seconds:
            batch = rows[done % len(rows) :][:size]
            if size == 1:
                await self._connection.execute(_ONE, *batch[0])
            else:
                await self._connection.execute(_MANY, *map(list, zip(*batch, strict=True)))
            done += len(batch)
        return done / (time.perf_counter() - began)


@asynccontextmanager
async def connect(dsn: str) -> AsyncIterator[RawSql]:
    """The bare table in the database at ``dsn``, on one connection."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(_TABLE)
        yield RawSql(connection)
    finally:
        await connection.close()
