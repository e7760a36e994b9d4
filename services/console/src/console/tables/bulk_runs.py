"""Bulk syncs in PostgreSQL; not a view: they are never emptied with the rows."""

from collections.abc import Sequence
from typing import Final

import asyncpg

from console.orders.bulk_runs import CLAIMED_S, KEPT_DAYS, SHOWN, BulkRun

_COLUMNS: Final = (
    "id, begun_by, wanted, total, after_row, seen, asked, waits_for, trouble, done_at IS NOT NULL, "
    "begun_at_position, not_asked"
)
_BEGIN: Final = f"""
    WITH dropped AS (
        DELETE FROM console.bulk_sync
        WHERE id <> $1 AND done_at < now() - make_interval(days => {KEPT_DAYS})
    )
    INSERT INTO console.bulk_sync (id, begun_by, wanted, total, begun_at_position)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (id) DO NOTHING RETURNING true
"""
_CLAIM: Final = f"""
    UPDATE console.bulk_sync SET free_at = now() + make_interval(secs => {CLAIMED_S})
    WHERE id = (
        SELECT id FROM console.bulk_sync WHERE done_at IS NULL AND free_at <= now()
        ORDER BY free_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING {_COLUMNS}
"""
_GO_ON: Final = """
    UPDATE console.bulk_sync SET after_row = $3, seen = seen + $4, asked = asked + $5,
        not_asked = not_asked + $6, waits_for = '{}', trouble = '', free_at = now()
    WHERE id = $1 AND after_row = $2 AND done_at IS NULL RETURNING true
"""
_PUT_OFF: Final = """
    UPDATE console.bulk_sync SET free_at = now() + make_interval(secs => $2), waits_for = $3,
        trouble = $4
    WHERE id = $1
"""
_FINISH: Final = """
    UPDATE console.bulk_sync SET done_at = now(), waits_for = '{}', trouble = '' WHERE id = $1
"""
_DISMISS: Final = """
    UPDATE console.bulk_sync SET is_dismissed = true WHERE id = $1 AND done_at IS NOT NULL
"""
_SHOWN: Final = f"""
    SELECT {_COLUMNS} FROM console.bulk_sync WHERE NOT is_dismissed
    ORDER BY begun_at, id LIMIT {SHOWN}
"""


class PostgresBulkRuns:
    """Keeps what ``orders.bulk_runs.BulkRuns`` promises."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    async def begin(self, run: BulkRun) -> bool:
        """See ``BulkRuns.begin``."""
        begun = (run.id, run.by, run.wanted, run.total, run.begun_at)
        return bool(await self._pool.fetchval(_BEGIN, *begun))

    async def claim(self) -> BulkRun | None:
        """See ``BulkRuns.claim``."""
        row = await self._pool.fetchrow(_CLAIM)
        return _run(row) if row is not None else None

    async def go_on(
        self, claimed: BulkRun, after: str, seen: int, asked: int, not_asked: int = 0
    ) -> bool:
        """See ``BulkRuns.go_on``."""
        counted = (seen, asked, not_asked)
        return bool(await self._pool.fetchval(_GO_ON, claimed.id, claimed.after, after, *counted))

    async def put_off(
        self, claimed: BulkRun, wait_s: float, *, waits_for: Sequence[str] = (), trouble: str = ""
    ) -> None:
        """See ``BulkRuns.put_off``."""
        await self._pool.execute(_PUT_OFF, claimed.id, wait_s, list(waits_for), trouble)

    async def finish(self, claimed: BulkRun) -> None:
        """See ``BulkRuns.finish``."""
        await self._pool.execute(_FINISH, claimed.id)

    async def dismiss(self, run_id: str) -> None:
        """See ``BulkRuns.dismiss``."""
        await self._pool.execute(_DISMISS, run_id)

    async def shown(self) -> Sequence[BulkRun]:
        """See ``BulkRuns.shown``."""
        return tuple(_run(row) for row in await self._pool.fetch(_SHOWN))


def _run(row: asyncpg.Record) -> BulkRun:
    values = [*row]
    values[7] = tuple(values[7])
    return BulkRun(*values)
