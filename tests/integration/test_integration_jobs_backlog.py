"""What a store's bulk lane holds, in seconds of its budget, on real PostgreSQL."""

from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from tests.integration.database_access import Pool
from tests.world.story import NOW

from jobs.backlog import DEFAULT_RESTORE, bulk_seconds
from jobs.budget import POINTS_A_JOB, Reading, Settlement
from jobs.budget_stores import PostgresBudget
from jobs.job import Lane, NewJob
from jobs.postgres import MIGRATIONS, PostgresJobs

MIGRATED = [MIGRATIONS]
STORE, OTHER = "harbor.myshopify.com", "pine.myshopify.com"


def now() -> datetime:
    return NOW


def jobs(count: int, lane: Lane, store: str = STORE, due_at: datetime = NOW) -> list[NewJob]:
    return [
        NewJob(uuid4(), f"order-1-{uuid4()}", 1, store, "create_order", due_at, lane=lane)
        for _ in range(count)
    ]


async def test_only_due_bulk_jobs_of_the_store_count(pool: Pool) -> None:
    backlog = partial(bulk_seconds, pool, now)
    assert await backlog(STORE) == 0.0
    await PostgresJobs(pool, now).enqueue(
        jobs(100, "bulk")
        + jobs(7, "live")
        + jobs(7, "replay")
        + jobs(7, "bulk", OTHER)
        + jobs(7, "bulk", due_at=NOW + timedelta(hours=1))
    )
    assert await backlog(STORE) == pytest.approx(100 * POINTS_A_JOB / DEFAULT_RESTORE)
    assert await backlog(OTHER) == pytest.approx(7 * POINTS_A_JOB / DEFAULT_RESTORE)


async def test_a_store_that_restores_faster_holds_less(pool: Pool) -> None:
    told = Settlement(0.0, 0.0, Reading(19_000.0, 20_000.0, 1_000.0, 0.0, 0.0))
    await PostgresBudget(pool, "holder").reserve(STORE, [told], [])
    await PostgresJobs(pool, now).enqueue(jobs(100, "bulk"))
    assert await bulk_seconds(pool, now, STORE) == pytest.approx(1.1)
