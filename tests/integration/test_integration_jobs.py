"""What the store of jobs promises, asked of both: PostgreSQL and memory."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid5

import asyncpg
import pytest
from tests.integration.stored_jobs import stored_jobs

from devstack.backends import Servers
from devstack.databases import Database, create_database, drop_database
from jobs import (
    MIGRATIONS,
    Depth,
    Job,
    JobLost,
    JobStore,
    MemoryJobs,
    NewJob,
    OpenOwner,
    Owner,
    PostgresJobs,
    open_owner,
)
from jobs.postgres import columns
from jobs.tables import CLAIM, ENQUEUE
from runtime.clock import boottime, monotonic
from runtime.migrations import migrate
from runtime.randomness import system_id

START = datetime(2026, 11, 3, 12, tzinfo=UTC)
KINDS = ("create", "fulfil")
SPACE = UUID(int=7)


class Time:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def after(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def passes(self, seconds: float) -> None:
        self.now = self.after(seconds)


@dataclass(frozen=True)
class Hands:
    """A store of jobs, its clock, and how to become one of its owners."""

    job_store: JobStore
    time: Time
    open_owner: OpenOwner
    of_stream: Callable[[str], Awaitable[Sequence[Job]]]

    async def claim(self, owner: Owner, limit: int = 10) -> list[str]:
        """Claims and names the jobs, in no particular order."""
        return sorted(named(job) for job in await self.job_store.claim(owner.id, KINDS, limit))

    async def one(self, owner: Owner) -> Job:
        (job,) = await self.job_store.claim(owner.id, KINDS, 1)
        return job

    async def stored(self, stream: str = "order-1-1") -> list[tuple[str, str]]:
        return [(named(job), job.state) for job in await self.of_stream(stream)]


async def recovered(hands: Hands) -> int:
    """How many jobs are given back, once the server knows that their owner is gone."""
    async with asyncio.timeout(5):
        while not (jobs := await hands.job_store.recover()):  # noqa: ASYNC110 - it asks the server
            await asyncio.sleep(0.01)
    return jobs


def named(job: Job) -> str:
    return f"{job.stream_id.rpartition('-')[2]}.{job.version}"


def new(stream: int, version: int = 1, **changes: object) -> NewJob:
    """The job that event ``version`` of order ``stream`` causes."""
    job = NewJob(
        id=uuid5(SPACE, f"{stream}.{version}"),
        stream_id=f"order-1-{stream}",
        version=version,
        store="store",
        kind="create",
        due_at=START,
    )
    return replace(job, **changes)  # type: ignore[arg-type]  # any field of NewJob


@pytest.fixture(scope="module")
def migrated(stack: Servers) -> Iterator[Database]:
    """One database for the file, emptied after each test: making one takes half a second."""
    database = asyncio.run(create_database(stack.postgres, f"effects_{secrets.token_hex(4)}"))
    asyncio.run(migrate(database.admin_dsn, [MIGRATIONS]))
    yield database
    asyncio.run(drop_database(stack.postgres, database.name))


@pytest.fixture
def database_of(request: pytest.FixtureRequest) -> Database | None:
    if request.param == "memory":
        return None
    database: Database = request.getfixturevalue("migrated")
    return database


@pytest.fixture
async def hands(database_of: Database | None) -> AsyncIterator[Hands]:
    time = Time()
    if database_of is None:
        memory = MemoryJobs(time)
        opened = partial(memory.open_owner, clock=monotonic)
        yield Hands(memory, time, opened, memory.of_stream)
        return
    async with asyncpg.create_pool(database_of.app_dsn, min_size=1, max_size=8) as pool:
        job_store = PostgresJobs(pool, time)
        opened = partial(open_owner, database_of.app_dsn, clock=boottime)
        yield Hands(job_store, time, opened, partial(stored_jobs, pool))
    connection = await asyncpg.connect(database_of.admin_dsn)
    await connection.execute("TRUNCATE effects.job")
    await connection.close()


@pytest.fixture
async def owner(hands: Hands) -> AsyncIterator[Owner]:
    async with hands.open_owner(system_id) as owner:
        yield owner


both = pytest.mark.parametrize("database_of", ["memory", "postgres"], indirect=True)
postgres = pytest.mark.parametrize("database_of", ["postgres"], indirect=True)


@both
async def test_a_job_is_handed_over_as_it_was_enqueued(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1, 3, payload={"draft": "17"}, lane="bulk", store="s1")])
    job = await hands.one(owner)
    assert job == Job(
        id=uuid5(SPACE, "1.3"),
        stream_id="order-1-1",
        version=3,
        store="s1",
        kind="create",
        lane="bulk",
        payload={"draft": "17"},
        state="running",
        attempt=1,
        due_at=START,
        owner=owner.id,
    )
    assert not job.in_doubt


@both
async def test_enqueueing_twice_changes_nothing(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1), new(1), new(2)])
    await hands.job_store.finish(await hands.one(owner))
    await hands.job_store.enqueue([new(1), new(2)])
    assert await hands.claim(owner) == ["2.1"]


@both
async def test_an_empty_batch_is_no_work(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([])
    assert await hands.claim(owner) == []


@both
async def test_only_due_jobs_of_the_asked_kinds_are_handed_over(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue(
        [new(1), new(2, due_at=hands.time.after(5)), new(3, kind="reconcile")]
    )
    assert await hands.claim(owner) == ["1.1"]
    hands.time.passes(5)
    assert await hands.claim(owner) == ["2.1"]


@both
async def test_no_more_are_handed_over_than_asked_for(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(number) for number in range(5)])
    assert len(await hands.claim(owner, 2)) == 2
    assert len(await hands.claim(owner, 10)) == 3


@both
async def test_one_job_of_a_stream_runs_at_a_time_whatever_its_kind(
    hands: Hands, owner: Owner
) -> None:
    await hands.job_store.enqueue([new(1, 1), new(1, 2, kind="fulfil")])
    first = await hands.one(owner)
    assert await hands.claim(owner) == []
    await hands.job_store.finish(first)
    assert await hands.claim(owner) == ["1.2"]


@both
async def test_jobs_of_a_stream_come_in_the_order_of_its_versions(
    hands: Hands, owner: Owner
) -> None:
    await hands.job_store.enqueue([new(1, 5)])
    await hands.job_store.enqueue([new(1, 4, kind="fulfil")])
    assert await hands.claim(owner) == ["1.4"]


@both
async def test_a_job_that_waits_for_its_next_attempt_holds_nothing_back(
    hands: Hands, owner: Owner
) -> None:
    await hands.job_store.enqueue([new(1, 1), new(1, 2, kind="fulfil")])
    await hands.job_store.retry(await hands.one(owner), hands.time.after(60), "throttled")
    assert await hands.claim(owner) == ["1.2"]


@both
async def test_a_job_in_doubt_holds_its_stream_back_and_comes_again_as_in_doubt(
    hands: Hands, owner: Owner
) -> None:
    await hands.job_store.enqueue([new(1, 1), new(1, 2)])
    first = await hands.one(owner)
    await hands.job_store.sending(first)
    hands.time.passes(2)
    await hands.job_store.doubt(first, hands.time.after(10))
    assert await hands.claim(owner) == []
    hands.time.passes(10)
    again = await hands.one(owner)
    assert (named(again), again.attempt, again.in_doubt) == ("1.1", 2, True)
    assert again.in_doubt_since == START + timedelta(seconds=2)


@both
async def test_doubt_that_goes_on_began_when_it_began(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1)])
    await hands.job_store.doubt(await hands.one(owner), hands.time.now)
    hands.time.passes(5)
    await hands.job_store.doubt(await hands.one(owner), hands.time.now)
    assert (await hands.one(owner)).in_doubt_since == START


@both
async def test_a_new_request_begins_a_new_doubt(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1)])
    await hands.job_store.doubt(await hands.one(owner), hands.time.now)
    hands.time.passes(5)
    again = await hands.one(owner)
    await hands.job_store.sending(again)
    hands.time.passes(1)
    await hands.job_store.doubt(again, hands.time.now)
    assert (await hands.one(owner)).in_doubt_since == START + timedelta(seconds=6)


@both
async def test_a_retry_ends_the_doubt(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1)])
    await hands.job_store.doubt(await hands.one(owner), hands.time.now)
    await hands.job_store.retry(await hands.one(owner), hands.time.now, "not_created")
    job = await hands.one(owner)
    assert (job.in_doubt, job.attempt) == (False, 3)


@both
async def test_a_finished_job_in_doubt_frees_its_stream(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1, 1), new(1, 2)])
    await hands.job_store.doubt(await hands.one(owner), hands.time.now)
    await hands.job_store.finish(await hands.one(owner))
    assert await hands.claim(owner) == ["1.2"]


@both
async def test_what_was_not_sent_is_given_back_waiting(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1)])
    await hands.job_store.give_back(await hands.one(owner), hands.time.now, "unexpected_error")
    job = await hands.one(owner)
    assert (job.in_doubt, job.attempt) == (False, 2)


@both
async def test_what_was_sent_is_given_back_in_doubt(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1)])
    job = await hands.one(owner)
    await hands.job_store.sending(job)
    await hands.job_store.give_back(job, hands.time.now, "unexpected_error")
    assert (await hands.one(owner)).in_doubt


@both
async def test_a_doubt_survives_a_worker_that_sent_nothing_more(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1)])
    await hands.job_store.doubt(await hands.one(owner), hands.time.now)
    hands.time.passes(5)
    await hands.job_store.give_back(await hands.one(owner), hands.time.now, "unexpected_error")
    assert (await hands.one(owner)).in_doubt_since == START


@both
async def test_parked_jobs_wait_until_their_reason_is_released(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1), new(2), new(3, store="other")])
    for job in await hands.job_store.claim(owner.id, KINDS, 3):
        await hands.job_store.park(job, "paused" if job.store == "other" else "token_invalid")
    hands.time.passes(100)
    assert await hands.claim(owner) == []
    assert await hands.job_store.release(reason="token_invalid", store="other") == 0
    assert await hands.job_store.release(reason="token_invalid") == 2
    assert await hands.claim(owner) == ["1.1", "2.1"]
    assert await hands.job_store.release(store="other") == 1
    assert await hands.claim(owner) == ["3.1"]


@both
async def test_a_job_parked_in_doubt_keeps_its_stream_and_its_doubt(
    hands: Hands, owner: Owner
) -> None:
    await hands.job_store.enqueue([new(1, 1)])
    await hands.job_store.doubt(await hands.one(owner), hands.time.now)
    await hands.job_store.park(await hands.one(owner), "token_invalid")
    await hands.job_store.enqueue([new(1, 2, supersedes=True)])
    assert await hands.claim(owner) == []
    await hands.job_store.release(store="store")
    assert (await hands.one(owner)).in_doubt_since == START


@both
async def test_a_newer_job_ends_the_older_one_that_waits_or_is_parked(
    hands: Hands, owner: Owner
) -> None:
    drafts = partial(new, supersedes=True)
    await hands.job_store.enqueue([drafts(1, 1)])
    await hands.job_store.retry(await hands.one(owner), hands.time.after(3600), "throttled")
    await hands.job_store.enqueue([drafts(1, 2), new(1, 3, kind="fulfil")])
    assert await hands.stored() == [("1.1", "done"), ("1.2", "waiting"), ("1.3", "waiting")]
    await hands.job_store.park(await hands.one(owner), "token_invalid")
    await hands.job_store.enqueue([drafts(1, 4)])
    assert await hands.stored() == [
        ("1.1", "done"),
        ("1.2", "done"),
        ("1.3", "waiting"),
        ("1.4", "waiting"),
    ]
    assert [job.reason for job in await hands.of_stream("order-1-1")] == [
        "superseded",
        "superseded",
        "",
        "",
    ]


@both
async def test_a_newer_job_ends_neither_one_at_work_nor_one_in_doubt(
    hands: Hands, owner: Owner
) -> None:
    await hands.job_store.enqueue([new(1, 1), new(2, 1)])
    for job in await hands.job_store.claim(owner.id, KINDS, 2):
        if named(job) == "2.1":
            await hands.job_store.doubt(job, hands.time.now)
    await hands.job_store.enqueue([new(1, 2, supersedes=True), new(2, 2, supersedes=True)])
    assert await hands.stored("order-1-1") == [("1.1", "running"), ("1.2", "waiting")]
    assert await hands.stored("order-1-2") == [("2.1", "in_doubt"), ("2.2", "waiting")]


@both
async def test_of_a_batch_only_the_newest_draft_of_an_order_waits(hands: Hands) -> None:
    drafts = partial(new, supersedes=True)
    await hands.job_store.enqueue([drafts(1, 2), drafts(1, 7), drafts(1, 5), drafts(2, 1)])
    assert await hands.stored() == [("1.2", "done"), ("1.5", "done"), ("1.7", "waiting")]
    assert await hands.stored("order-1-2") == [("2.1", "waiting")]


@both
async def test_an_older_draft_that_comes_late_does_not_end_the_newer_one(hands: Hands) -> None:
    drafts = partial(new, supersedes=True)
    await hands.job_store.enqueue([drafts(1, 7)])
    await hands.job_store.enqueue([drafts(1, 2)])
    assert await hands.stored() == [("1.2", "done"), ("1.7", "waiting")]


@both
async def test_an_older_job_goes_along_in_the_newer_ones_lane(hands: Hands) -> None:
    await hands.job_store.enqueue([new(1, 1, lane="replay"), new(1, 2, lane="bulk")])
    await hands.job_store.enqueue([new(1, 3, lane="live", kind="fulfil")])
    lanes = [job.lane for job in await hands.of_stream("order-1-1")]
    assert lanes == ["live", "live", "live"]


@both
async def test_within_a_batch_an_older_job_goes_along_too(hands: Hands) -> None:
    await hands.job_store.enqueue([new(1, 1, lane="replay"), new(1, 2, lane="live")])
    assert [job.lane for job in await hands.of_stream("order-1-1")] == ["live", "live"]


@both
async def test_lanes_share_by_weight_and_leave_what_they_do_not_need(
    hands: Hands, owner: Owner
) -> None:
    await hands.job_store.enqueue(
        [new(number, lane="bulk") for number in range(30)]
        + [new(number, lane="live") for number in range(100, 110)]
    )
    first = await hands.job_store.claim(owner.id, KINDS, 12)
    assert [job.lane for job in first].count("live") >= 8
    assert [job.lane for job in first].count("bulk") >= 3
    rest = await hands.job_store.claim(owner.id, KINDS, 28)
    assert len(rest) == 28


@both
async def test_a_lane_hands_over_what_was_due_first(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1, due_at=hands.time.after(2)), new(2), new(3)])
    hands.time.passes(3)
    assert await hands.claim(owner, 2) == ["2.1", "3.1"]


@both
async def test_a_job_passed_on_accepts_nothing_from_its_old_worker(hands: Hands) -> None:
    async with hands.open_owner(system_id) as gone:
        await hands.job_store.enqueue([new(1)])
        job = await hands.one(gone)
    assert await recovered(hands) == 1
    for attempt in (
        hands.job_store.sending(job),
        hands.job_store.finish(job),
        hands.job_store.retry(job, START, "late"),
        hands.job_store.park(job, "late"),
        hands.job_store.doubt(job, START),
        hands.job_store.give_back(job, START, "late"),
    ):
        with pytest.raises(JobLost):
            await attempt
    assert await hands.stored() == [("1.1", "waiting")]


@both
async def test_a_job_claimed_again_accepts_nothing_from_its_earlier_attempt(
    hands: Hands, owner: Owner
) -> None:
    await hands.job_store.enqueue([new(1)])
    earlier = await hands.one(owner)
    await hands.job_store.retry(earlier, hands.time.now, "throttled")
    await hands.one(owner)
    with pytest.raises(JobLost):
        await hands.job_store.finish(earlier)


@both
async def test_jobs_of_a_living_owner_are_not_recovered(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(1)])
    await hands.one(owner)
    hands.time.passes(3600)
    assert await hands.job_store.recover() == 0


@both
async def test_of_an_owner_that_is_gone_what_was_sent_is_in_doubt(
    hands: Hands, owner: Owner
) -> None:
    await hands.job_store.enqueue([new(1), new(2)])
    async with hands.open_owner(system_id) as gone:
        jobs = {named(job): job for job in await hands.job_store.claim(gone.id, KINDS, 2)}
        await hands.job_store.sending(jobs["1.1"])
    hands.time.passes(20)
    assert await recovered(hands) == 2
    assert await hands.job_store.recover() == 0
    again = {named(job): job for job in await hands.job_store.claim(owner.id, KINDS, 2)}
    assert again["1.1"].in_doubt_since == START + timedelta(seconds=20)
    assert not again["2.1"].in_doubt


@both
async def test_the_depth_counts_what_is_not_done(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue(
        [new(1), new(2, store="other"), new(3, lane="bulk"), new(4, kind="fulfil")]
    )
    (job,) = await hands.job_store.claim(owner.id, ["fulfil"], 1)
    await hands.job_store.finish(job)
    assert await hands.job_store.depth() == (
        Depth("create", "bulk", "waiting", 1),
        Depth("create", "live", "waiting", 2),
    )
    assert await hands.job_store.depth("other") == (Depth("create", "live", "waiting", 1),)


@both
async def test_only_what_was_done_long_ago_is_purged(hands: Hands, owner: Owner) -> None:
    await hands.job_store.enqueue([new(number) for number in range(3)])
    for job in await hands.job_store.claim(owner.id, KINDS, 2):
        await hands.job_store.finish(job)
    assert await hands.job_store.purge_done(START) == 0
    assert await hands.job_store.purge_done(hands.time.after(1), limit=1) == 1
    assert await hands.job_store.purge_done(hands.time.after(1)) == 1
    assert await hands.job_store.purge_done(hands.time.after(1)) == 0
    assert len(await hands.job_store.depth()) == 1


@both
async def test_enqueueing_wakes_the_workers(hands: Hands, owner: Owner) -> None:
    owner.woken.clear()
    await hands.job_store.enqueue([new(1)])
    await asyncio.wait_for(owner.woken.wait(), 5)


@postgres
async def test_a_batch_costs_one_statement(hands: Hands, database_of: Database) -> None:
    statements: list[str] = []
    async with asyncpg.create_pool(database_of.app_dsn, min_size=1, max_size=1) as pool:
        async with pool.acquire() as connection:
            connection.add_query_logger(lambda record: statements.append(record.query))
        job_store = PostgresJobs(pool, hands.time)
        await job_store.enqueue([new(1)])  # asks for types once
        statements.clear()
        await job_store.enqueue([new(number, 2, supersedes=True) for number in range(200)])
    assert len([each for each in statements if "effects.job" in each]) == 1


@postgres
async def test_claims_at_once_never_meet_in_a_stream_and_never_fail(
    hands: Hands, database_of: Database
) -> None:
    """Releases, retries and enqueues run beside the claims, so that the head of a stream moves."""
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
                await hands.job_store.release(reason="parked")

    async with asyncio.timeout(60):
        await asyncio.gather(*(work(number) for number in range(4)))
    assert sorted(done) == sorted(job.id for job in jobs)


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


@postgres
async def test_costs_do_not_grow_with_the_stored_jobs(
    hands: Hands, owner: Owner, database_of: Database
) -> None:
    now = hands.time.now
    claim = (CLAIM, (owner.id, KINDS, [5, 2, 1], now))
    enqueue = (ENQUEUE, (now, *columns([new(n, 2, supersedes=True) for n in range(20)])))
    connection = await asyncpg.connect(database_of.admin_dsn)
    await fill(connection, 1, 1_000, now)
    few = [await pages(connection, *each) for each in (claim, enqueue)]
    await fill(connection, 1_001, 50_000, now)
    many = [await pages(connection, *each) for each in (claim, enqueue)]
    await connection.close()
    assert many[0] <= few[0] + 40  # the indexes became a level or two deeper
    assert many[1] <= few[1] + 200  # of 20 jobs, in six indexes
