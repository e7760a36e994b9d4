"""The relay's one row: how far it has published, and whose turn it is."""

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from typing import Final

import asyncpg

from ordersync_contracts.envelope import Recorded
from relay.checkpoint import Checkpoint, Deposed
from runtime.migrations import MigrationSet
from runtime.pools import as_it_is

MIGRATIONS: Final = MigrationSet("relay", files("relay") / "migrations")


class PostgresCheckpoint:
    """Keeps what ``Checkpoint`` promises."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool
        self._epoch = 0

    async def position(self) -> int:
        """See ``Checkpoint.position``."""
        position: int = await self._pool.fetchval("SELECT position FROM relay.checkpoint")
        return position

    async def take_over(self) -> int:
        """See ``Checkpoint.take_over``."""
        row = await self._pool.fetchrow(
            "UPDATE relay.checkpoint SET epoch = epoch + 1, updated_at = now() "
            "RETURNING position, epoch"
        )
        self._epoch = row["epoch"]
        position: int = row["position"]
        return position

    async def move(self, position: int) -> None:
        """See ``Checkpoint.move``."""
        moved = await self._pool.fetchval(
            "UPDATE relay.checkpoint SET position = $1, updated_at = now() "
            "WHERE epoch = $2 RETURNING position",
            position,
            self._epoch,
        )
        if moved is None:
            raise Deposed(f"epoch {self._epoch} is over")

    async def set_aside(self, unknown: Sequence[Recorded]) -> None:
        """See ``Checkpoint.set_aside``."""
        await self._pool.execute(
            "INSERT INTO relay.unknown_event (position, name) "
            "SELECT * FROM unnest($1::bigint[], $2::text[]) ON CONFLICT DO NOTHING",
            [recorded.position for recorded in unknown],
            [recorded.name for recorded in unknown],
        )

    async def aside(self, after: int, limit: int) -> dict[int, str]:
        """See ``Checkpoint.aside``."""
        found = await self._pool.fetch(
            "SELECT position, name FROM relay.unknown_event WHERE position > $1 "
            "ORDER BY position LIMIT $2",
            after,
            limit,
        )
        return {row[0]: row[1] for row in found}

    async def published_aside(self, positions: Collection[int]) -> None:
        """See ``Checkpoint.published_aside``."""
        await self._pool.execute(
            "DELETE FROM relay.unknown_event WHERE position = ANY($1)", list(positions)
        )

    async def count_aside(self) -> int:
        """See ``Checkpoint.count_aside``."""
        count: int = await self._pool.fetchval(
            "SELECT count(*) FROM (SELECT FROM relay.unknown_event ORDER BY position LIMIT 1000) "
            "AS counted"
        )
        return count


@asynccontextmanager
async def open_checkpoint(dsn: str) -> AsyncIterator[Checkpoint]:
    """The checkpoint in the database at ``dsn``."""
    async with asyncpg.create_pool(
        dsn, min_size=1, max_size=2, command_timeout=30, reset=as_it_is
    ) as pool:
        yield PostgresCheckpoint(pool)
