"""How much of a store's budget its waiting bulk jobs will take: what sources of bulk look at."""

from typing import Final

import asyncpg

from jobs.budget import POINTS_A_JOB
from runtime.clock import Clock

DEFAULT_RESTORE: Final = 50.0
"""Points a second of a store that has not answered yet."""
_COUNTED: Final = 25_000
"""More than two minutes of any store's budget take (2,000 points a second, 11 a job)."""

_BULK_BACKLOG: Final = """
    SELECT (
        SELECT count(*) FROM (
            SELECT FROM effects.job
            WHERE store = $1 AND lane = 'bulk' AND state IN ('waiting', 'in_doubt')
                AND due_at <= $2
            LIMIT $3
        ) AS due
    ) * $4::float8 / coalesce(
        (SELECT restore FROM effects.budget WHERE store = $1), $5::float8
    )
"""


async def bulk_seconds(pool: "asyncpg.Pool[asyncpg.Record]", clock: Clock, store: str) -> float:
    """Seconds of the store's restore rate that its due bulk jobs need; parked ones need none.

    Jobs beyond the first 25,000 are not counted. One statement.
    """
    found: float = await pool.fetchval(
        _BULK_BACKLOG, store, clock(), _COUNTED, POINTS_A_JOB, DEFAULT_RESTORE
    )
    return found
