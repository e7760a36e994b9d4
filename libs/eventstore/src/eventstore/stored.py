"""Reading the table of events for an audit: everything in a row, and doubting all of it."""

import json
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg

from eventstore import rows
from eventstore.audit import Stored

_PAGE: Final = 1000


class StoredEvents:
    """The table of events as it stands; made by ``open_stored``."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def read(self, after: int = 0, until: int | None = None) -> AsyncIterator[Stored]:
        """All events after one position and up to another, by position."""
        position = after
        while True:
            found = await self._pool.fetch(
                f"SELECT {rows.COLUMNS}, digest FROM eventstore.event WHERE position > $1 "
                "AND position <= coalesce($2, position) ORDER BY position LIMIT $3",
                position,
                until,
                _PAGE,
            )
            for row in found:
                yield _doubted(row)
            if len(found) < _PAGE:
                return
            position = found[-1][3]

    async def chain_at(self, positions: Collection[int]) -> dict[int, bytes]:
        """The chain's values at those of the positions that exist."""
        found = await self._pool.fetch(
            "SELECT position, chain FROM eventstore.event WHERE position = ANY($1)", list(positions)
        )
        return {row[0]: row[1] for row in found}

    async def epoch(self) -> int:
        """How often the store was restored."""
        return int(await self._pool.fetchval("SELECT epoch FROM eventstore.identity"))


@asynccontextmanager
async def open_stored(dsn: str) -> AsyncIterator[StoredEvents]:
    """The events stored in the database at ``dsn``."""
    async with asyncpg.create_pool(dsn, min_size=1, max_size=2, command_timeout=60) as pool:
        yield StoredEvents(pool)


def to_line(stored: Stored) -> str:
    """The event as one line of JSON, everything in it; ``data`` is null when it cannot be read."""
    event = stored.event
    return json.dumps(
        {
            "position": event.position,
            "id": str(event.id),
            "stream": event.stream,
            "version": event.version,
            "name": event.name,
            "schema_version": event.schema_version,
            "occurred_at": event.occurred_at.isoformat(),
            "recorded_at": event.recorded_at.isoformat(),
            "source": event.trace.source,
            "correlation_id": event.trace.correlation_id,
            "causation_id": event.trace.causation_id,
            "traceparent": event.trace.traceparent,
            "chain": event.chain.hex(),
            "data": json.loads(event.data) if stored.is_whole else None,
        },
        ensure_ascii=False,
    )


def _doubted(row: Sequence[Any]) -> Stored:
    """A payload that is no longer zstd is an event without content, not an error."""
    try:
        (event,) = rows.recorded([row])
    except rows.Undecompressable:
        (event,) = rows.recorded([(*row[:13], b"")])
    return Stored(event, is_whole=rows.digest(event.data) == row[14])
