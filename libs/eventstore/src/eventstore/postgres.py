"""The event store on PostgreSQL (table and append function: ``migrations/0001_events.sql``)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

import asyncpg

from eventstore import durability, rows, statements
from eventstore.held import HeldConnection
from eventstore.store import MOST_FROM, Append, AppendResult, Snapshot
from ordersync_contracts.envelope import Recorded
from runtime.batcher import Batcher
from runtime.migrations import MigrationSet
from runtime.pools import as_it_is
from runtime.turns import is_set_within

MIGRATIONS: Final = MigrationSet("eventstore", files("eventstore") / "migrations")
CHANNEL: Final = "ordersync_events"
_LOCK_TIMEOUT_MS: Final = "10000"

MAX_EVENTS: Final = 500
"""A larger transaction holds the lock longer and is no faster."""


def shared_appends(
    append: Callable[[Sequence[Append]], Awaitable[Sequence[AppendResult]]],
    max_events: int = MAX_EVENTS,
) -> Batcher[Append, AppendResult]:
    """Callers that append at the same time share one transaction and one fsync.

    Appends are serialised by a lock, so each transaction costs the store a whole fsync. No stream
    and no event id is twice in one.
    """
    return Batcher(
        append,
        max_events,
        size=lambda command: len(command.events),
        keys=lambda command: (command.stream, *(new.id for new in command.events)),
    )


class PostgresEventStore:
    """Keeps the promises of ``EventStore``; made by ``connect``."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._appending = HeldConnection(pool)
        self._appends = shared_appends(self._append)
        self._reads_from = Batcher(self._read_from, MAX_EVENTS * 4)
        self._hint = asyncio.Event()

    async def append(self, commands: Sequence[Append]) -> tuple[AppendResult, ...]:
        """See ``EventStore.append``. Safe to repeat when the connection is lost midway."""
        return await self._appends.add_all(commands)

    async def read(self, stream: str) -> tuple[Recorded, ...]:
        """See ``EventStore.read``."""
        found = await self._pool.fetch(
            statements.READ,
            stream,
        )
        return rows.recorded(found)

    async def read_many(self, streams: Collection[str]) -> dict[str, tuple[Recorded, ...]]:
        """See ``EventStore.read_many``."""
        wanted = sorted(set(streams))
        histories: dict[str, list[Recorded]] = {stream: [] for stream in wanted}
        if wanted:
            found = await self._pool.fetch(
                statements.READ_MANY,
                wanted,
            )
            for recorded in rows.recorded(found):
                histories[recorded.stream].append(recorded)
        return {stream: tuple(history) for stream, history in histories.items()}

    async def read_after(self, position: int, limit: int) -> tuple[Recorded, ...]:
        """See ``EventStore.read_after``."""
        found = await self._pool.fetch(
            statements.READ_AFTER,
            position,
            limit,
        )
        return rows.recorded(found)

    async def read_named(
        self, names: Collection[str], since: datetime, position: int, limit: int
    ) -> tuple[Recorded, ...]:
        """See ``EventStore.read_named``; each name's next positions, the first are read."""
        found = await self._pool.fetch(
            statements.READ_NAMED, position, sorted(set(names)), since, limit
        )
        return rows.recorded(found)

    async def read_category(self, category: str, position: int, limit: int) -> tuple[Recorded, ...]:
        """See ``EventStore.read_category``; spelled the way its partial index is."""
        found = await self._pool.fetch(statements.READ_CATEGORY, category, position, limit)
        return rows.recorded(found)

    async def read_from(self, versions: Mapping[str, int]) -> dict[str, tuple[Recorded, ...]]:
        """See ``EventStore.read_from``."""
        found = await self._reads_from.add_all(tuple(versions.items()))
        return dict(zip(versions, found, strict=True))

    async def streams(
        self, category: str, after: str = "", limit: int | None = None
    ) -> tuple[str, ...]:
        """See ``EventStore.streams``; one index range, as names sort by category."""
        found = await self._pool.fetch(
            statements.STREAMS,
            max(after, f"{category}-"),
            f"{category}.",
            limit,
        )
        return tuple(row[0] for row in found)

    async def snapshots(self, streams: Collection[str], fold: str) -> dict[str, Snapshot]:
        """See ``EventStore.snapshots``."""
        found = await self._pool.fetch(
            statements.SNAPSHOTS,
            list(set(streams)),
            fold,
        )
        return {row[0]: Snapshot(*row) for row in found}

    async def keep_snapshots(self, snapshots: Sequence[Snapshot], fold: str) -> None:
        """See ``EventStore.keep_snapshots``."""
        await self._pool.execute(
            statements.KEEP_SNAPSHOTS,
            [snapshot.stream for snapshot in snapshots],
            [snapshot.version for snapshot in snapshots],
            [snapshot.event_id for snapshot in snapshots],
            [snapshot.state for snapshot in snapshots],
            fold,
        )

    async def names_of(self, streams: Collection[str]) -> dict[str, tuple[str, ...]]:
        """See ``EventStore.names_of``; by the index on stream and version."""
        names: dict[str, list[str]] = {stream: [] for stream in streams}
        for row in await self._pool.fetch(statements.NAMES_OF, sorted(names)):
            names[row[0]].append(row[1])
        return {stream: tuple(of_stream) for stream, of_stream in names.items()}

    async def streams_of(self, event_ids: Collection[UUID]) -> dict[UUID, str]:
        """See ``EventStore.streams_of``; by the unique index on the id."""
        found = await self._pool.fetch(
            "SELECT event_id, stream_id FROM eventstore.event WHERE event_id = ANY($1)",
            list(set(event_ids)),
        )
        return {row[0]: row[1] for row in found}

    async def head(self) -> int:
        """See ``EventStore.head``."""
        newest: int | None = await self._pool.fetchval("SELECT max(position) FROM eventstore.event")
        return newest or 0

    async def wait(self, seconds: float) -> None:
        """See ``EventStore.wait``: a notification is the hint, the time-out the promise."""
        await is_set_within(self._hint, seconds)
        self._hint.clear()

    async def identity(self) -> tuple[str, int]:
        """The shard this store serves and its epoch (raised after a restore)."""
        row = await self._pool.fetchrow("SELECT shard, epoch FROM eventstore.identity")
        return row["shard"], row["epoch"]

    async def close(self) -> None:
        """Waits for appends under way."""
        await self._appends.close()
        await self._appending.release()

    def hinted(self, *_: object) -> None:
        """Something may have been appended: ends ``wait``."""
        self._hint.set()

    async def _read_from(self, asked: Sequence[tuple[str, int]]) -> Sequence[tuple[Recorded, ...]]:
        histories: list[list[Any]] = [[] for _ in asked]
        streams, first = [stream for stream, _ in asked], [version for _, version in asked]
        for row in await self._pool.fetch(statements.READ_FROM, streams, first, MOST_FROM):
            histories[row[-1] - 1].append(row)
        return [rows.recorded(history) for history in histories]

    async def _append(self, commands: Sequence[Append]) -> Sequence[AppendResult]:
        outcomes: list[AppendResult] = []
        for arguments in rows.append_batches(commands):
            found = await self._appending.fetch(rows.APPEND, *arguments)
            outcomes.extend(rows.outcome(row) for row in found)
        return outcomes


@asynccontextmanager
async def connect(
    dsn: str, *, max_connections: int = 4, listen: bool = False
) -> AsyncIterator[PostgresEventStore]:
    """A store on the database at ``dsn``; ``listen`` also wakes ``wait`` by notifications.

    Raises NotDurable when that database may lose what it has acknowledged.

    One connection more than ``max_connections`` serves appends.
    """
    async with asyncpg.create_pool(
        dsn,
        min_size=1,
        max_size=max_connections + 1,
        command_timeout=30,
        server_settings={"application_name": "eventstore", "lock_timeout": _LOCK_TIMEOUT_MS},
        reset=as_it_is,
    ) as pool:
        durability.check(await pool.fetchrow(durability.ASKED))
        store = PostgresEventStore(pool)
        try:
            if listen:
                async with _listening(dsn, store):
                    yield store
            else:
                yield store
        finally:
            await store.close()


@asynccontextmanager
async def _listening(dsn: str, store: PostgresEventStore) -> AsyncIterator[None]:
    """A lost listener costs only latency: ``wait`` times out and the caller polls."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.add_listener(CHANNEL, store.hinted)
        yield
    finally:
        await connection.close()
