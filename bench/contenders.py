"""The stores that are compared, each in a database of its own on one server."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import asyncpg

from bench import orders, ours
from bench.peers import eventsourcing, message_db, raw_sql
from bench.peers.message_db import Message
from bench.servers import BenchServers, database
from bench.size import Size
from devstack.databases import Database
from eventstore import postgres
from eventstore.rows import compress
from eventstore.store import Append
from runtime.migrations import migrate

_POOL = 8
"""message-db is fastest through eight connections on two cores."""


@dataclass(frozen=True)
class Contenders:
    """All stores, each in a database of its own on the same server."""

    ours: postgres.PostgresEventStore
    admin: "asyncpg.Connection[asyncpg.Record]"
    message_db: message_db.MessageDb
    eventsourcing: eventsourcing.EventSourcing
    raw: raw_sql.RawSql
    commands: Sequence[Append]
    messages: Sequence[Message]
    rows: Sequence[tuple[str, bytes]]

    async def empty(self) -> None:
        """Remove all of our events, which only a superuser can."""
        await ours.empty(self.admin)

    async def append_for(self, seconds: float, callers: int, size: int) -> float:
        """Our events a second, so many callers appending so many commands at a time."""
        await self.empty()
        return await ours.append_for(self.ours, self.commands, seconds, callers, size)

    async def fill(self, count: int) -> None:
        """Every store holds the first so many events."""
        await self.empty()
        await ours.append_all(self.ours, self.commands[:count])
        await self.message_db.empty()
        await asyncio.gather(*(self.message_db.write(message) for message in self.messages[:count]))
        await self.eventsourcing.ask("empty")
        await self.eventsourcing.ask("fill", count=count)


async def open_all(opened: AsyncExitStack, servers: BenchServers, size: Size) -> Contenders:
    own, mdb, es, raw = [
        await opened.enter_async_context(database(servers.postgres)) for _ in range(4)
    ]
    await migrate(own.admin_dsn, [postgres.MIGRATIONS])
    await message_db.install(mdb.admin_dsn)
    commands = [orders.append_order(n) for n in range(size.events)]
    payloads = [orders.payload(command) for command in commands]
    named = list(zip(commands, payloads, strict=True))
    enter = opened.enter_async_context
    return Contenders(
        ours=await enter(postgres.connect(own.app_dsn)),
        admin=await _admin(opened, own),
        message_db=await enter(message_db.connect(mdb.admin_dsn, _POOL)),
        eventsourcing=await enter(eventsourcing.connect(es.admin_dsn, payloads)),
        raw=await enter(raw_sql.connect(raw.admin_dsn)),
        commands=commands,
        messages=[(command.events[0].id, command.stream, data.decode()) for command, data in named],
        rows=[(command.stream, compress(data)) for command, data in named],
    )


async def _admin(opened: AsyncExitStack, of: Database) -> "asyncpg.Connection[asyncpg.Record]":
    connection = await asyncpg.connect(of.admin_dsn)
    opened.push_async_callback(connection.close)
    return connection
