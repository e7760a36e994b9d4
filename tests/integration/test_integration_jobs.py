"""The store of jobs in PostgreSQL keeps what every one promises, and at what cost."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from libs.jobs.tests.suite_jobs import KINDS, Hands, JobsSuite, Time, named, new
from tests.integration.database_access import ask, connected
from tests.integration.stored_jobs import stored_jobs

from devstack.databases import Database
from jobs.owner import Owner, open_owner
from jobs.postgres import MIGRATIONS, PostgresJobs, columns
from jobs.tables import CLAIM, ENQUEUE
from runtime.clock import boottime
from runtime.randomness import system_id

MIGRATED = [MIGRATIONS]


async def fill(connection: asyncpg.Connection, first: int, last: int, now: datetime) -> None:
    """Jobs that are done, wait for later, are parked and are due: a quarter each."""
    await connection.execute(
        """
        INSERT INTO effects.job (id, stream_id, version, store, kind, due_at, lane, payload,
            supersedes, state, enqueued_at, ended_at)
        SELECT gen_random_uuid(), 'order-9-' || n, 1, 'store', 'create',
            $3::timestamptz + CASE n % 4 WHEN 1 THEN interval '1 day' ELSE interval '0' END,
            'live', '{}', false,
            (ARRAY['done', 'waiting', 'parked', 'waiting'])[n % 4 + 1], $3,
            CASE WHEN n % 4 = 0 THEN $3::timestamptz END
        FROM generate_series($1::int, $2::int) n
        """,
        first,
        last,
        now,
    )
    await connection.execute("VACUUM ANALYZE effects.job")


async def pages(
    connection: asyncpg.Connection, statement: str, arguments: tuple[object, ...]
) -> int:
    """How many pages the statement touches; what it did is undone."""
    transaction = connection.transaction()
    await transaction.start()
    plan = await connection.fetchval(
        f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", *arguments
    )
    await transaction.rollback()
    top = json.loads(plan)[0]["Plan"]
    return int(top["Shared Hit Blocks"] + top["Shared Read Blocks"])


TEST_CLOCK = """
    CREATE TABLE IF NOT EXISTS effects.test_clock (now timestamptz);
    GRANT SELECT, INSERT, DELETE ON effects.test_clock TO ordersync_app;
    CREATE OR REPLACE FUNCTION effects.clock() RETURNS timestamptz LANGUAGE sql VOLATILE
        AS 'SELECT now FROM effects.test_clock'
"""
"""The database's clock, for a test to move."""


class TimedPool:
    """A pool whose database shows the test's time with every statement."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", time: Time) -> None:
        self._pool = pool
        self._time = time
        self._shown: datetime | None = None

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._pool, name)

        async def ask(*arguments: object) -> Any:
            await self._show()
            return await asked(*arguments)

        return ask

    async def _show(self) -> None:
        if self._shown != self._time.now:
            self._shown = self._time.now
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute("DELETE FROM effects.test_clock")
                await connection.execute("INSERT INTO effects.test_clock VALUES ($1)", self._shown)


class TestPostgresJobs(JobsSuite):
    """``libs/jobs/tests`` runs the suite in memory."""

    @pytest.fixture
    async def hands(self, migrated: Database) -> AsyncIterator[Hands]:
        time = Time()
        async with connected(migrated.admin_dsn) as connection:
            await connection.execute(TEST_CLOCK)
        async with asyncpg.create_pool(migrated.app_dsn, min_size=1, max_size=8) as pool:
            opened = partial(open_owner, migrated.app_dsn, clock=boottime)
            job_store = PostgresJobs(TimedPool(pool, time), time)
            yield Hands(job_store, time, opened, partial(stored_jobs, pool))
        await ask(migrated.admin_dsn, "TRUNCATE effects.job")

    async def test_a_batch_costs_one_statement(self, hands: Hands, migrated: Database) -> None:
        statements: list[str] = []
        async with asyncpg.create_pool(migrated.app_dsn, min_size=1, max_size=1) as pool:
            async with pool.acquire() as connection:
                connection.add_query_logger(lambda record: statements.append(record.query))
            job_store = PostgresJobs(pool, hands.time)
            await job_store.enqueue([new(1)])  # asks for types once
            statements.clear()
            await job_store.enqueue([new(number, 2, supersedes=True) for number in range(200)])
        assert len([each for each in statements if "effects.job" in each]) == 1

    async def test_claims_at_once_never_meet_in_a_stream_and_never_fail(
        self, hands: Hands, migrated: Database
    ) -> None:
        """Releases and retries run beside the claims, so that the head of a stream moves."""
        jobs = [new(stream, version) for stream in range(10) for version in range(1, 9)]
        await hands.job_store.enqueue(jobs)
        done: list[UUID] = []

        async def work(number: int) -> None:
            async with hands.open_owner(system_id) as owner:
                while len(set(done)) < len(jobs):
                    for job in await hands.job_store.claim(owner.id, KINDS, 4):
                        if job.attempt == 1 and (job.version + number) % 3 == 0:
                            await hands.job_store.retry(job, hands.time.now, "again")
                        elif job.attempt == 1 and (job.version + number) % 3 == 1:
                            await hands.job_store.park(job, "parked")
                        else:
                            await hands.job_store.finish(job)
                            done.append(job.id)
                    await hands.job_store.release(store="store", reasons=["parked"])

        async with asyncio.timeout(60):
            await asyncio.gather(*(work(number) for number in range(4)))
        assert sorted(done) == sorted(job.id for job in jobs)

    async def test_a_job_begun_before_a_failover_comes_back_in_doubt(
        self, hands: Hands, migrated: Database
    ) -> None:
        """What its worker announced may be among the commits that were lost."""
        await hands.enqueue(new(1), new(2))
        async with hands.open_owner(system_id) as gone:
            await hands.job_store.claim(gone.id, KINDS, 2)
        before = "UPDATE effects.job SET timeline = timeline - 1 WHERE stream_id = 'order-1-1'"
        await ask(migrated.admin_dsn, before)
        hands.time.passes(20)
        assert await hands.recovered() == 2
        found = {named(job): job.in_doubt_since for job in await hands.take(2)}
        assert found == {"1.1": hands.time.now, "2.1": None}

    async def test_costs_do_not_grow_with_the_stored_jobs(
        self, hands: Hands, owner: Owner, migrated: Database
    ) -> None:
        now = hands.time.now
        claim = (CLAIM, (owner.id, KINDS, [5, 2, 1], now))
        enqueue = (ENQUEUE, (now, *columns([new(n, 2, supersedes=True) for n in range(20)])))
        async with connected(migrated.admin_dsn) as connection:
            await fill(connection, 1, 1_000, now)
            few = [await pages(connection, *each) for each in (claim, enqueue)]
            await fill(connection, 1_001, 50_000, now)
            many = [await pages(connection, *each) for each in (claim, enqueue)]
        assert many[0] <= few[0] + 40  # the indexes became a level or two deeper
        assert many[1] <= few[1] + 200  # of 20 jobs, in six indexes
