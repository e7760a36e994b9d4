"""When a worker claims, recovers and deletes: at its times, and not for each place by itself."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import pytest
from libs.jobs.tests.workers import FAST, NOW, background, finish, new, until, working

from jobs.job import Job
from jobs.memory import MemoryJobs
from jobs.outcomes import Finished, Outcome
from jobs.worker import Worker, WorkerSettings
from runtime.backoff import Backoff
from runtime.clock import Clocks
from runtime.randomness import system_chance, system_id
from runtime.session import Lease


class Timed(MemoryJobs):
    """Notes when ``seconds`` said what it was asked to do; a worker looks again with each claim."""

    def __init__(self) -> None:
        super().__init__(lambda: NOW)
        self.seconds, self.looks = 0.0, 0
        self.recovered_at: list[float] = []
        self.purged: list[tuple[float, int]] = []
        self.old = 0

    async def recover(self) -> int:
        self.recovered_at.append(self.seconds)
        return await super().recover()

    async def claim(self, owner_id: str, kinds: Sequence[str], limit: int) -> tuple[Job, ...]:
        self.looks += 1
        return await super().claim(owner_id, kinds, limit)

    async def purge_done(self, before: datetime, limit: int = 10_000) -> int:
        self.purged.append((self.seconds, limit))
        deleted = min(limit, self.old)
        self.old -= deleted
        return deleted

    async def work_at(self, *moments: float) -> None:
        """A worker's looks at each of these seconds."""

        async def looked() -> bool:
            return self.looks > seen + 2

        settings = WorkerSettings(Backoff(), poll=0.001)
        clocks = Clocks(lambda: NOW, lambda: self.seconds)
        async with self.open_owner(system_id, clock=clocks.monotonic) as owner:
            owner.lease.extend(1_000)
            worker = Worker(self, owner, ["create"], finish, settings, clocks, system_chance)
            async with background(worker.run()):
                for self.seconds in moments:
                    seen = self.looks
                    await until(looked)


async def test_what_others_left_is_recovered_at_once_and_every_five_seconds() -> None:
    timed = Timed()
    await timed.work_at(0, 4.9, 5, 9.9, 10, 10.1)
    assert timed.recovered_at == [0, 5, 10]


async def test_old_jobs_are_deleted_every_minute_and_five_seconds_later_where_more_are_left() -> (
    None
):
    timed = Timed()
    timed.old = 7_000
    await timed.work_at(0, 4.9, 5, 64.9, 65, 65.1)
    assert timed.purged == [(0, 5_000), (5, 5_000), (65, 5_000)]


@pytest.mark.parametrize(
    ("concurrency", "at_work", "waits"),
    [(4, 3, False), (8, 6, False), (8, 7, True), (9, 7, True)],
)
async def test_only_with_less_than_a_quarter_of_its_places_free_a_worker_waits_for_more(
    concurrency: int, at_work: int, waits: bool
) -> None:
    job_store = MemoryJobs(lambda: NOW)
    begun: list[int] = []

    async def perform(job: Job, lease: Lease) -> Outcome:
        begun.append(job.version)
        await asyncio.Event().wait()
        return Finished()

    async def have_begun(count: int) -> bool:
        return len(begun) == count

    await job_store.enqueue([new(number) for number in range(at_work)])
    async with working(job_store, perform, concurrency=concurrency, gather=60, drain=0):
        await until(lambda: have_begun(at_work))
        await asyncio.sleep(0.03)  # it looks every 0.01 s
        await job_store.enqueue([new(at_work)])
        if waits:
            await asyncio.sleep(0.03)
        else:
            await until(lambda: have_begun(at_work + 1))
        assert await have_begun(at_work) is waits


class Counting(MemoryJobs):
    """Counts the claims that brought something."""

    claims = 0

    async def claim(self, owner_id: str, kinds: Sequence[str], limit: int) -> tuple[Job, ...]:
        claimed = await super().claim(owner_id, kinds, limit)
        self.claims += bool(claimed)
        return claimed


async def claims_for_forty(gather: float) -> int:
    """How many claims hand over forty jobs that end one after the other."""

    async def perform(job: Job, lease: Lease) -> Outcome:
        for _ in range(10 * (job.version % 8)):
            await asyncio.sleep(0)
        return Finished()

    async def done() -> bool:
        return not await counting.states()

    counting = Counting(lambda: NOW)
    await counting.enqueue([new(number) for number in range(1, 41)])
    async with working(counting, perform, concurrency=8, gather=gather):
        await until(done)
    return counting.claims


async def test_places_that_come_free_one_by_one_are_filled_by_one_claim() -> None:
    one_by_one = await claims_for_forty(0.0)
    assert await claims_for_forty(0.05) < one_by_one
    assert await claims_for_forty(FAST.gather) < one_by_one  # as settings have it
