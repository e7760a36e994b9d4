"""What stands in the table of jobs, for tests to look at."""

import asyncpg

from jobs.job import Job
from jobs.postgres import to_job

_OF_STREAM = "SELECT * FROM effects.job WHERE stream_id = $1 ORDER BY version, seq"


async def stored_jobs(pool: "asyncpg.Pool[asyncpg.Record]", stream_id: str) -> tuple[Job, ...]:
    """As ``MemoryJobs.of_stream`` tells them."""
    return tuple(to_job(row) for row in await pool.fetch(_OF_STREAM, stream_id))
