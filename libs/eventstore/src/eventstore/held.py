"""One connection of a pool, kept: to take one and give it back costs more than to send a statement.

For statements that are made one after the other, as appends are.
"""

import asyncpg
from asyncpg.pool import PoolConnectionProxy


class HeldConnection:
    """Taken with the first statement, and again after one that was not answered."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._connection: PoolConnectionProxy[asyncpg.Record] | None = None

    async def fetch(self, statement: str, *arguments: object) -> list[asyncpg.Record]:
        """The rows; what ``asyncpg.Connection.fetch`` raises. One call at a time."""
        connection = await self._taken()
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
        except asyncpg.PostgresError:  # an answer: the connection is as good as before
            raise
        except BaseException:
            await self.release()
            raise
        return rows

    async def release(self) -> None:
        """Give the connection back; the next statement takes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._pool.release(connection)

    async def _taken(self) -> "PoolConnectionProxy[asyncpg.Record]":
        if self._connection is not None and _is_lost(self._connection):
            await self.release()
        if self._connection is None:
            self._connection = await self._pool.acquire()
        return self._connection


def _is_lost(connection: "PoolConnectionProxy[asyncpg.Record]") -> bool:
    try:
        return bool(connection.is_closed())
    except asyncpg.InterfaceError:  # the pool noticed first, and took it back
        return True
