"""The marks of consuming groups in PostgreSQL; every call is one statement, by a key's index."""

from collections.abc import Collection, Sequence
from typing import Final

import asyncpg

from eventstore.marks import COUNTED_UP_TO, SetAside

_TURN: Final = """
    INSERT INTO consumers.sweep AS s (group_name, next_at)
    VALUES ($1, now() + make_interval(secs => $2))
    ON CONFLICT (group_name) DO UPDATE SET next_at = excluded.next_at WHERE s.next_at <= now()
    RETURNING position
"""
_MOVE: Final = """
    WITH moved AS (
        UPDATE consumers.sweep SET position = greatest(position, $2) WHERE group_name = $1
    )
    DELETE FROM consumers.heard WHERE group_name = $1 AND position <= $2
"""
_HEARD: Final = """
    INSERT INTO consumers.heard (group_name, position)
    SELECT $1, given.position FROM unnest($2::bigint[]) AS given (position)
    WHERE given.position > coalesce(
        (SELECT s.position FROM consumers.sweep s WHERE s.group_name = $1), 0
    )
    ON CONFLICT DO NOTHING
"""
_UNHEARD: Final = """
    SELECT given.position FROM unnest($2::bigint[]) AS given (position)
    WHERE NOT EXISTS (
        SELECT FROM consumers.heard h WHERE h.group_name = $1 AND h.position = given.position
    )
"""
_SET_ASIDE: Final = """
    INSERT INTO consumers.failed_event (group_name, position, attempts, reason, due_at)
    VALUES ($1, $2, $3, $4, now() + make_interval(secs => $5))
    ON CONFLICT (group_name, position) DO UPDATE SET
        (attempts, reason, due_at) = (excluded.attempts, excluded.reason, excluded.due_at)
"""
_DUE: Final = """
    SELECT position, attempts, reason FROM consumers.failed_event
    WHERE group_name = $1 AND due_at <= now() ORDER BY due_at LIMIT $2
"""
_DONE: Final = "DELETE FROM consumers.failed_event WHERE group_name = $1 AND position = ANY ($2)"
_WAITING: Final = f"""
    SELECT count(*) FROM (
        SELECT FROM consumers.failed_event WHERE group_name = $1 ORDER BY due_at
        LIMIT {COUNTED_UP_TO}
    ) AS counted
"""


class PostgresMarks:
    """Keeps what ``Marks`` promises; times are the database's."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def turn(self, group: str, every_s: float) -> int | None:
        """See ``Marks.turn``."""
        position: int | None = await self._pool.fetchval(_TURN, group, every_s)
        return position

    async def move(self, group: str, position: int) -> None:
        """See ``Marks.move``."""
        await self._pool.execute(_MOVE, group, position)

    async def heard(self, group: str, positions: Collection[int]) -> None:
        """See ``Marks.heard``."""
        await self._pool.execute(_HEARD, group, list(positions))

    async def unheard(self, group: str, positions: Collection[int]) -> frozenset[int]:
        """See ``Marks.unheard``."""
        found = await self._pool.fetch(_UNHEARD, group, list(positions))
        return frozenset(row[0] for row in found)

    async def set_aside(self, group: str, given: SetAside, wait_s: float) -> None:
        """See ``Marks.set_aside``."""
        await self._pool.execute(
            _SET_ASIDE, group, given.position, given.attempts, given.reason, wait_s
        )

    async def due(self, group: str, limit: int) -> Sequence[SetAside]:
        """See ``Marks.due``."""
        return tuple(SetAside(*row) for row in await self._pool.fetch(_DUE, group, limit))

    async def done(self, group: str, positions: Collection[int]) -> None:
        """See ``Marks.done``."""
        await self._pool.execute(_DONE, group, list(positions))

    async def waiting(self, group: str) -> int:
        """See ``Marks.waiting``."""
        waiting: int = await self._pool.fetchval(_WAITING, group)
        return waiting
