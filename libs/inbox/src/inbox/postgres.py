"""The inbox in PostgreSQL, in the table that a layout names."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Generic

import asyncpg

from inbox.interface import Layout, Message, Received


class PostgresInbox(Generic[Message]):
    """Keeps the promises of ``Inbox``; what is taken is locked by nobody and claimed by time."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", layout: Layout[Message]) -> None:
        self._pool = pool
        self._layout = layout
        self._returned = ", ".join((*layout.columns, "received_at", "attempts"))

    async def put(self, message: Message, now: datetime) -> bool:
        """See ``Inbox.put``."""
        columns = self._layout.columns
        values = ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        at = f"${len(columns) + 1}"
        put = await self._pool.fetchval(
            f"INSERT INTO {self._layout.table} ({', '.join(columns)}, received_at, due_at) "
            f"VALUES ({values}, {at}, {at}) ON CONFLICT (id) DO NOTHING RETURNING true",
            *self._layout.write(message, now),
            now,
        )
        return put is not None

    async def take(
        self, now: datetime, busy: Collection[str], limit: int
    ) -> tuple[Received[Message], ...]:
        """See ``Inbox.take``."""
        table, never = self._layout.table, self._layout.never_taken
        rows = await self._pool.fetch(
            f"UPDATE {table} SET due_at = $2, attempts = attempts + 1 WHERE id IN ("
            f"SELECT id FROM {table} WHERE done_at IS NULL AND due_at <= $1 "
            f"AND NOT {self._layout.key} = ANY($3) {f'AND {never[0]} <> $5 ' if never else ''}"
            f"ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING {self._returned}",
            now,
            now + self._layout.claimed_for,
            list(busy),
            limit,
            *(never[1:] if never else ()),
        )
        oldest_first = sorted(rows, key=lambda row: (row["received_at"], row["id"]))
        return tuple(self._layout.received(row) for row in oldest_first)

    async def done(self, ids: Sequence[str], now: datetime, by: str) -> int:
        """See ``Inbox.done``."""
        column = self._layout.done_by
        return _count(
            await self._pool.execute(
                f"UPDATE {self._layout.table} "
                f"SET done_at = $2{f', {column} = $3' if column else ''} "
                "WHERE id = ANY($1) AND done_at IS NULL",
                list(ids),
                now,
                *((by,) if column else ()),
            )
        )

    async def later(self, ids: Sequence[str], due_at: datetime) -> None:
        """See ``Inbox.later``."""
        await self._pool.execute(
            f"UPDATE {self._layout.table} SET due_at = $2 WHERE id = ANY($1) AND done_at IS NULL",
            list(ids),
            due_at,
        )

    async def forget(self, before: datetime) -> int:
        """See ``Inbox.forget``."""
        undone = "OR (done_at IS NULL AND received_at < $1)" if self._layout.gives_up else ""
        dated = f"AND {self._layout.respond_by} IS NULL" if self._layout.respond_by else ""
        return _count(
            await self._pool.execute(
                f"DELETE FROM {self._layout.table} WHERE (done_at < $1 {undone}) {dated}", before
            )
        )

    async def waiting(self) -> int:
        """See ``Inbox.waiting``."""
        found: int = await self._pool.fetchval(
            f"SELECT count(*) FROM {self._layout.table} WHERE done_at IS NULL"
        )
        return found

    async def requests(self) -> tuple[Received[Message], ...]:
        """See ``Inbox.requests``."""
        date = self._layout.respond_by
        if date is None:
            return ()
        rows = await self._pool.fetch(
            f"SELECT {self._returned} FROM {self._layout.table} "
            f"WHERE done_at IS NULL AND {date} IS NOT NULL ORDER BY {date}, id"
        )
        return tuple(self._layout.received(row) for row in rows)


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])
