"""The worker: what becomes of a job after its performance, and how a worker stops."""

import asyncio
from datetime import datetime, timedelta

import pytest
from libs.jobs.tests.workers import FAST, NOW, Background, background, finish, new, until, working
from structlog.testing import capture_logs

from jobs.job import Job, State
from jobs.memory import MemoryJobs
from jobs.outcomes import Finished, InDoubt, Outcome, Parked, Retry
from jobs.owner import Owner
from jobs.worker import Perform, Worker
from runtime.clock import Clocks, monotonic
from runtime.randomness import system_chance, system_id
from runtime.session import Lease, LeaseLost

LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def job_store() -> MemoryJobs:
    return MemoryJobs(lambda: NOW)


def working_as(owner: Owner, job_store: MemoryJobs, perform: Perform) -> Background:
    clocks = Clocks(lambda: NOW, monotonic)
    worker = Worker(job_store, owner, ["create"], perform, FAST, clocks, system_chance)
    return background(worker.run())


async def only(job_store: MemoryJobs) -> Job:
    (job,) = await job_store.of_stream("order-1-1")
    return job


async def performed(job_store: MemoryJobs, perform: Perform) -> Job:
    """The job as it stands after ``perform`` was called once and its outcome recorded."""

    async def recorded() -> bool:
        job = await only(job_store)
        return bool(job.reason) or job.state not in {"running", "waiting"}

    await job_store.enqueue([new()])
    async with working(job_store, perform):
        await until(recorded)
    return await only(job_store)


@pytest.mark.parametrize(
    ("outcome", "state", "due_at", "reason"),
    [
        (Finished(), "done", NOW, ""),
        (Retry(LATER, "throttled"), "waiting", LATER, "throttled"),
        (Parked("token_invalid"), "parked", NOW, "token_invalid"),
        (InDoubt(LATER), "in_doubt", LATER, ""),
    ],
)
async def test_each_outcome_is_recorded(
    job_store: MemoryJobs, outcome: Outcome, state: State, due_at: datetime, reason: str
) -> None:
    async def perform(job: Job, lease: Lease) -> Outcome:
        return outcome

    job = await performed(job_store, perform)
    assert (job.state, job.due_at, job.reason) == (state, due_at, reason)


async def test_an_unexpected_error_before_a_request_waits_and_tries_again(
    job_store: MemoryJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    async def perform(job: Job, lease: Lease) -> Outcome:
        raise KeyError("Vera Vaultbuyer")

    job = await performed(job_store, perform)
    assert (job.state, job.reason) == ("waiting", "unexpected_error")
    assert NOW + timedelta(seconds=30) <= job.due_at <= NOW + timedelta(seconds=60)
    assert "jobs.job_failed" in capsys.readouterr().out


async def test_an_unexpected_error_after_a_request_leaves_the_job_in_doubt(
    job_store: MemoryJobs,
) -> None:
    async def perform(job: Job, lease: Lease) -> Outcome:
        await job_store.sending(job)
        raise KeyError("broken answer")

    job = await performed(job_store, perform)
    assert (job.state, job.in_doubt_since) == ("in_doubt", NOW)


async def test_an_outcome_is_recorded_once(
    job_store: MemoryJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    await performed(job_store, finish)
    assert "jobs.job_lost" not in capsys.readouterr().out


async def test_an_error_names_no_content_in_the_log(
    job_store: MemoryJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    async def perform(job: Job, lease: Lease) -> Outcome:
        raise ConnectionError("Vera Vaultbuyer")

    await performed(job_store, perform)
    logged = capsys.readouterr()
    assert "jobs.job_interrupted" in logged.out + logged.err
    assert "Vaultbuyer" not in logged.out + logged.err


async def test_a_performance_without_an_outcome_is_an_error_and_not_forgotten(
    job_store: MemoryJobs,
) -> None:
    async def perform(job: Job, lease: Lease) -> Outcome:
        return None  # type: ignore[return-value]  # the mistake under test

    assert (await performed(job_store, perform)).reason == "unexpected_error"


async def test_a_job_passed_on_meanwhile_keeps_what_the_other_worker_recorded(
    job_store: MemoryJobs,
) -> None:
    async def perform(job: Job, lease: Lease) -> Outcome:
        await job_store.park(job, "recorded_first")
        return Finished()

    with capture_logs() as logs:
        assert (await performed(job_store, perform)).reason == "recorded_first"
    (said,) = [line for line in logs if line["event"] == "jobs.job_lost"]
    assert (said["job_id"], said["kind"]) == (str(new().id), "create")


async def test_no_more_jobs_run_side_by_side_than_set(job_store: MemoryJobs) -> None:
    running: set[str] = set()
    seen: list[int] = []

    async def perform(job: Job, lease: Lease) -> Outcome:
        running.add(job.stream_id)
        seen.append(len(running))
        await asyncio.sleep(0)
        running.discard(job.stream_id)
        return Finished()

    async def all_seen() -> bool:
        return len(seen) == 20

    await job_store.enqueue([new(number) for number in range(20)])
    async with working(job_store, perform, concurrency=3):
        await until(all_seen)
    assert max(seen) == 3


async def test_a_stopped_worker_lets_its_jobs_end(job_store: MemoryJobs) -> None:
    started, may_end = asyncio.Event(), asyncio.Event()

    async def perform(job: Job, lease: Lease) -> Outcome:
        started.set()
        await may_end.wait()
        return Finished()

    await job_store.enqueue([new()])
    async with working(job_store, perform) as task:
        await started.wait()
        task.cancel()
        await asyncio.sleep(0)
        may_end.set()
        await asyncio.wait([task])
    assert (await only(job_store)).state == "done"


async def test_a_job_that_does_not_end_is_abandoned_to_whoever_recovers_it(
    job_store: MemoryJobs,
) -> None:
    started = asyncio.Event()

    async def perform(job: Job, lease: Lease) -> Outcome:
        await job_store.sending(job)
        started.set()
        await asyncio.Event().wait()
        return Finished()

    await job_store.enqueue([new()])
    async with working(job_store, perform):
        await started.wait()
    assert (await only(job_store)).state == "running"
    assert await job_store.recover() == 1
    assert (await only(job_store)).state == "in_doubt"


async def test_a_job_that_goes_on_when_cancelled_holds_the_process_up_for_a_second(
    job_store: MemoryJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    started, has_ended = asyncio.Event(), asyncio.Event()

    async def perform(job: Job, lease: Lease) -> Outcome:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(1.9)
            has_ended.set()
        return Finished()

    await job_store.enqueue([new()])
    async with working(job_store, perform, drain=0.01):
        await started.wait()
    assert not has_ended.is_set()
    logged = capsys.readouterr().out
    assert "jobs.drained" in logged
    assert "abandoned=1" in logged


async def test_a_worker_recovers_what_others_left(job_store: MemoryJobs) -> None:
    await job_store.enqueue([new()])
    async with job_store.open_owner(system_id, clock=monotonic) as gone:
        await job_store.claim(gone.id, ["create"], 1)

    async def done() -> bool:
        return (await only(job_store)).state == "done"

    async with working(job_store, finish):
        await until(done)
    assert (await only(job_store)).attempt == 2


async def test_a_lost_owner_ends_the_worker(job_store: MemoryJobs) -> None:
    owner = Owner("a", Lease(10.0, lambda: 0.0))
    async with working_as(owner, job_store, finish) as task:
        await asyncio.sleep(0)
        owner.lost.set()
        with pytest.raises(LeaseLost, match="the owner's session ended"):
            await asyncio.wait_for(task, 2)


async def test_nothing_is_claimed_without_a_lease(job_store: MemoryJobs) -> None:
    seconds = [0.0]
    lease = Lease(10.0, lambda: seconds[0])
    lease.extend(0.0)
    owner = Owner("a", lease)
    performed: list[Job] = []

    async def perform(job: Job, lease: Lease) -> Outcome:
        performed.append(job)
        return Finished()

    async def claimed() -> bool:
        return bool(performed)

    seconds[0] = 10.0
    await job_store.enqueue([new()])
    async with working_as(owner, job_store, perform):
        for _ in range(20):
            await asyncio.sleep(0)
        assert not performed
        lease.extend(1.0)
        owner.woken.set()
        await until(claimed)


async def test_a_paused_worker_finds_its_lease_over_when_it_writes(job_store: MemoryJobs) -> None:
    seconds = [0.0]
    async with job_store.open_owner(system_id, clock=lambda: seconds[0]) as owner:
        owner.lease.check()
        seconds[0] = 10.0
        with pytest.raises(LeaseLost):
            owner.lease.check()


async def test_a_week_after_their_end_jobs_are_deleted_batch_by_batch_but_none_in_doubt(
    job_store: MemoryJobs,
) -> None:
    async def perform(job: Job, lease: Lease) -> Outcome:
        return InDoubt(LATER + timedelta(days=30)) if job.version == 1 else Finished()

    async def states(*wanted: State) -> bool:
        left = [
            job for number in range(1, 5) for job in await job_store.of_stream(f"order-1-{number}")
        ]
        return sorted(job.state for job in left) == sorted(wanted)

    async def work_after(days: int, *left: State) -> None:
        now = NOW + timedelta(days=days)
        async with working(job_store, perform, now, purge_batch=1):
            await until(lambda: states(*left))

    await job_store.enqueue([new(number) for number in range(1, 5)])
    await work_after(0, "in_doubt", "done", "done", "done")
    await work_after(6, "in_doubt", "done", "done", "done")
    await work_after(8, "in_doubt")
