"""Workers on real PostgreSQL: killed, paused, cut off, and four of them on one queue."""

import asyncio
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from uuid import UUID, uuid5

import asyncpg
import pytest
from tests.integration.database_access import Pool, ask, connected
from tests.integration.stored_jobs import stored_jobs

from devstack.databases import Database
from jobs.job import Job, NewJob
from jobs.outcomes import Finished, Outcome, Retry
from jobs.owner import open_owner
from jobs.postgres import MIGRATIONS, PostgresJobs
from jobs.worker import WorkerSettings, run_worker
from runtime.backoff import Backoff
from runtime.clock import Clocks, boottime, utc_now
from runtime.randomness import system_chance, system_id
from runtime.session import Lease

MIGRATED = [MIGRATIONS]
SPACE = UUID(int=7)
LEASE_S, IDLE_S = 1.2, 2.0
HOLDER = """
import asyncio, sys
import asyncpg
from jobs.owner import open_owner
from jobs.postgres import PostgresJobs
from runtime import logs
from runtime.clock import boottime, utc_now
from runtime.randomness import system_id
from runtime.session import LeaseLost, SessionTimes

async def main(dsn, sent, lease_s, idle_s):
    logs.configure("holder")  # to stderr: stdout is how it talks to the test
    times = SessionTimes(ping=0.1, lease=float(lease_s), idle_timeout=float(idle_s))
    opened = open_owner(dsn, system_id, times=times, clock=boottime)
    async with asyncpg.create_pool(dsn, min_size=1) as pool, opened as owner:
        job_store = PostgresJobs(pool, utc_now)
        (job,) = await job_store.claim(owner.id, ["create"], 1)
        if sent == "sent":
            await job_store.sending(job)
        print("claimed", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        try:
            owner.lease.check()
        except LeaseLost:
            print("lost", flush=True)
        else:
            print("holds", flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture
def job_store(pool: Pool) -> PostgresJobs:
    return PostgresJobs(pool, utc_now)


def new(stream: int, version: int = 1) -> NewJob:
    job_id = uuid5(SPACE, f"{stream}.{version}")
    return NewJob(job_id, f"order-1-{stream}", version, "store", "create", utc_now())


async def until(condition: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(30):
        while not await condition():  # noqa: ASYNC110 - the condition asks the database
            await asyncio.sleep(0.01)


@asynccontextmanager
async def holder(database: Database, sent: str) -> AsyncIterator[Process]:
    """A worker process that holds the only job."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", HOLDER, database.app_dsn, sent, str(LEASE_S), str(IDLE_S)),
        stdin=PIPE,
        stdout=PIPE,
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"claimed\n"
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.mark.parametrize(("sent", "state"), [("sent", "in_doubt"), ("not sent", "waiting")])
async def test_the_job_of_a_killed_worker_goes_on(
    job_store: PostgresJobs, pool: Pool, database: Database, sent: str, state: str
) -> None:
    await job_store.enqueue([new(1)])
    async with holder(database, sent) as process:
        assert await job_store.recover() == 0
        process.send_signal(signal.SIGKILL)
        await until(job_store.recover)
    (job,) = await stored_jobs(pool, "order-1-1")
    assert job.state == state
    assert job.in_doubt == (sent == "sent")


async def test_a_paused_worker_has_lost_its_lease_before_its_job_goes_on(
    job_store: PostgresJobs, database: Database
) -> None:
    await job_store.enqueue([new(1)])
    async with holder(database, "sent") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.send_signal(signal.SIGSTOP)
        paused_at = time.monotonic()
        await until(job_store.recover)
        assert time.monotonic() - paused_at > LEASE_S
        process.send_signal(signal.SIGCONT)
        process.stdin.write(b"check\n")
        assert await process.stdout.readline() == b"lost\n"


async def test_a_worker_that_lives_keeps_its_job_and_its_lease(
    job_store: PostgresJobs, database: Database
) -> None:
    await job_store.enqueue([new(1)])
    async with holder(database, "sent") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        await ask(database.admin_dsn, "SELECT pg_sleep($1)", IDLE_S * 1.2)
        assert await job_store.recover() == 0
        process.stdin.write(b"check\n")
        assert await process.stdout.readline() == b"holds\n"


@dataclass
class Watch:
    """Performs jobs and notices when a stream has two at work."""

    running: Counter[str] = field(default_factory=Counter)
    done: int = 0
    together: int = 0

    async def has_done(self, jobs: int) -> bool:
        return self.done >= jobs

    async def perform(self, job: Job, lease: Lease) -> Outcome:
        self.running[job.stream_id] += 1
        self.together = max(self.together, self.running[job.stream_id])
        await asyncio.sleep(0.001)
        self.running[job.stream_id] -= 1
        if job.attempt == 1 and job.version % 4 == 0:
            return Retry(utc_now(), "again")
        self.done += 1
        return Finished()


async def work_on(
    job_store: PostgresJobs, database: Database, watch: Watch, settings: WorkerSettings
) -> None:
    await run_worker(
        job_store,
        partial(open_owner, database.app_dsn, clock=boottime),
        ["create"],
        watch.perform,
        settings=settings,
        clocks=Clocks(),
        new_id=system_id,
        chance=system_chance,
    )


async def run_four_workers(database: Database, jobs: list[NewJob]) -> Watch:
    """Four workers, each with connections of its own, on the same jobs."""
    watch = Watch()
    settings = WorkerSettings(Backoff(), concurrency=8, poll=0.05, recover=0.5)

    async with AsyncExitStack() as stack:
        tasks = []
        for _ in range(4):
            pool = await stack.enter_async_context(
                asyncpg.create_pool(database.app_dsn, min_size=1, max_size=4)
            )
            work = work_on(PostgresJobs(pool, utc_now), database, watch, settings)
            tasks.append(asyncio.create_task(work))
        await until(partial(watch.has_done, len(jobs)))
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    return watch


def queue() -> list[NewJob]:
    return [new(stream, version) for stream in range(15) for version in range(1, 9)]


async def test_of_four_workers_no_two_work_on_one_stream(
    job_store: PostgresJobs, database: Database
) -> None:
    jobs = queue()
    await job_store.enqueue(jobs)
    watch = await run_four_workers(database, jobs)
    assert watch.together == 1
    assert watch.done == len(jobs)
    assert await job_store.states() == frozenset()


async def test_without_the_rule_that_check_would_notice(
    job_store: PostgresJobs, database: Database
) -> None:
    """The planted twin: claims that do not care what else of a stream is at work."""
    claim = "SELECT pg_get_functiondef('effects.claim'::regproc)"
    async with connected(database.admin_dsn) as connection:
        source = await connection.fetchval(claim)
        await connection.execute(source.replace("NOT EXISTS (", "true OR NOT EXISTS ("))
        await connection.execute("DROP INDEX effects.one_at_a_time")
    jobs = queue()
    await job_store.enqueue(jobs)
    assert (await run_four_workers(database, jobs)).together > 1


@asynccontextmanager
async def working(job_store: PostgresJobs, database: Database, watch: Watch) -> AsyncIterator[None]:
    settings = WorkerSettings(Backoff(first=0.01), poll=60, recover=60, drain=5)
    task = asyncio.create_task(work_on(job_store, database, watch, settings))
    yield
    task.cancel()
    await asyncio.wait([task])


async def test_a_sleeping_worker_is_woken_by_enqueueing(
    job_store: PostgresJobs, database: Database
) -> None:
    watch = Watch()
    async with working(job_store, database, watch):
        await until(partial(_listens, database))
        await job_store.enqueue([new(1)])
        await until(partial(watch.has_done, 1))  # long before the next poll


async def test_a_worker_whose_session_is_cut_goes_on_under_a_new_owner(
    job_store: PostgresJobs, database: Database
) -> None:
    watch = Watch()

    async def cut() -> bool:
        return bool(await ask(database.admin_dsn, _CUT))

    async with working(job_store, database, watch):
        await until(partial(_listens, database))
        await until(cut)
        await until(partial(_listens, database))
        await job_store.enqueue([new(1)])
        await until(partial(watch.has_done, 1))


_WORKER_SESSIONS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name"
_CUT = f"SELECT count(pg_terminate_backend(pid)) {_WORKER_SESSIONS} LIKE 'ordersync %'"


async def _listens(database: Database) -> bool:
    listening = (
        f"SELECT count(*) {_WORKER_SESSIONS} = 'ordersync effects wake' AND query LIKE 'LISTEN%'"
    )
    return bool(await ask(database.admin_dsn, listening))
