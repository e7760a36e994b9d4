"""message-db 1.3.1 (Eventide): one plpgsql function, one message a call, jsonb.

Its SQL is installed as its own script does; what that needs psql for, asyncpg does as well.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import asyncpg

from bench.peers import fetch

_PARTS: Final = (
    "types/message",
    "functions/message-store-version",
    "functions/hash-64",
    "functions/acquire-lock",
    "functions/category",
    "functions/is-category",
    "functions/id",
    "functions/cardinal-id",
    "functions/stream-version",
    "functions/write-message",
    "functions/get-stream-messages",
    "functions/get-category-messages",
    "functions/get-last-stream-message",
    "indexes/messages-id",
    "indexes/messages-stream",
    "indexes/messages-category",
)
_WRITE: Final = (
    "SELECT write_message($1::varchar, $2::varchar, $3::varchar, $4::jsonb, $5::jsonb, $6)"
)
_META: Final = '{"correlationStreamName":"order-1","causation":"bench"}'
Message = tuple[UUID, str, str]
"""Id, stream and JSON of one event."""


class MessageDb:
    """A message store in the database at ``dsn``."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def empty(self) -> None:
        """Remove all messages."""
        await self._pool.execute("TRUNCATE message_store.messages RESTART IDENTITY")

    async def write(self, message: Message) -> None:
        """Begin a stream with the message."""
        await self._pool.execute(
            _WRITE, str(message[0]), message[1], "OrderFetched", message[2], _META, -1
        )

    async def write_for(self, seconds: float, messages: Iterable[Message], callers: int) -> float:
        """Messages a second that so many callers write, each one at a time."""
        todo = iter(messages)
        began, done = time.perf_counter(), 0

        async def caller() -> None:
            nonlocal done
            for message in todo:
                await self.write(message)
                done += 1
                if time.perf_counter() - began > seconds:
                    return

        await asyncio.gather(*(caller() for _ in range(callers)))
        return done / (time.perf_counter() - began)

    async def read_all(self, page: int) -> list[str]:
        """The JSON of every message of the category, by position."""
        found: list[str] = []
        position = 1
        while True:
            rows = await self._pool.fetch(
                "SELECT global_position, data FROM get_category_messages('order', $1, $2)",
                position,
                page,
            )
            found.extend(row[1] for row in rows)
            if len(rows) < page:
                return found
            position = rows[-1][0] + 1


async def install(dsn: str) -> None:
    """Install the message store into the database at ``dsn``."""
    folder = await asyncio.to_thread(fetch.message_db)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute((folder / "schema/message-store.sql").read_text())
        await connection.execute("SET search_path = message_store, public")
        await connection.execute((folder / "tables/messages.sql").read_text())
        for part in _PARTS:
            await connection.execute((folder / f"{part}.sql").read_text())
    finally:
        await connection.close()


@asynccontextmanager
async def connect(dsn: str, connections: int) -> AsyncIterator[MessageDb]:
    """A message store used through so many connections."""
    async with asyncpg.create_pool(
        dsn,
        min_size=connections,
        max_size=connections,
        server_settings={"search_path": "message_store, public"},
    ) as pool:
        yield MessageDb(pool)
