"""Workers: claim jobs, have them performed side by side, record what became of them."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias

import structlog

from jobs.interface import JobStore
from jobs.job import Job, JobLost
from jobs.outcomes import Outcome, settle
from jobs.owner import OpenOwner, Owner
from runtime.backoff import Backoff
from runtime.clock import Clocks
from runtime.keep_running import keep_running, passes
from runtime.randomness import Chance, NewId
from runtime.session import Lease, LeaseLost

log = structlog.get_logger()

Perform: TypeAlias = Callable[[Job, Lease], Awaitable[Outcome]]
"""Carries out one job. Before a request: ``JobStore.sending``; as its bytes go: ``Lease.check``."""


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """``concurrency`` jobs side by side; times in seconds.

    ``drain`` is what jobs in hand get to end when the worker stops. A claim costs as much as
    several jobs: while less than a quarter of the places is free, ``gather`` is waited for more.
    Done jobs are deleted ``keep_done`` after their end: until then their event is known when it
    comes again. Every ``purge`` seconds ``purge_batch`` of them, sooner while there are more.
    ``backoff``: how long a job waits whose performance raised (``Waits.surprise``).
    """

    backoff: Backoff
    concurrency: int = 32
    poll: float = 1.0
    recover: float = 5.0
    drain: float = 12.0
    gather: float = 0.015
    purge: float = 60.0
    purge_batch: int = 5_000
    keep_done: timedelta = timedelta(days=7)


async def run_worker(
    job_store: JobStore,
    open_owner: OpenOwner,
    kinds: Sequence[str],
    perform: Perform,
    *,
    settings: WorkerSettings,
    clocks: Clocks,
    new_id: NewId,
    chance: Chance,
) -> None:
    """Work until cancelled, then let jobs in hand end; what does not end is recovered by others.

    A lost session or a database that is away is waited out, under a new owner each time. A job
    whose performance raises is given back with a growing wait: in doubt if it had sent something.
    """

    async def under_one_owner() -> None:
        async with open_owner(new_id) as owner:
            await Worker(job_store, owner, kinds, perform, settings, clocks, chance).run()

    await keep_running("jobs.worker", under_one_owner, chance=chance, clock=clocks.monotonic)


class Worker:
    """One owner's work. Made anew whenever the owner's session is lost."""

    def __init__(
        self,
        job_store: JobStore,
        owner: Owner,
        kinds: Sequence[str],
        perform: Perform,
        settings: WorkerSettings,
        clocks: Clocks,
        chance: Chance,
    ) -> None:
        self._job_store = job_store
        self._owner = owner
        self._kinds = tuple(kinds)
        self._perform = perform
        self._settings = settings
        self._clock = clocks.wall
        self._monotonic = clocks.monotonic
        self._chance = chance
        self._running: set[asyncio.Task[None]] = set()
        self._recover_at = self._purge_at = clocks.monotonic()

    async def run(self) -> None:
        """Work until cancelled or until the owner is lost, which raises LeaseLost."""
        try:
            while not self._owner.lost.is_set():
                self._owner.woken.clear()
                await self._recover()
                await self._start_jobs()
                await self._purge()
                await self._something_happens()
            raise LeaseLost("the owner's session ended: its jobs go to whoever recovers them")
        finally:
            await self._drain()

    async def _recover(self) -> None:
        if self._monotonic() < self._recover_at:
            return
        self._recover_at = self._monotonic() + self._settings.recover
        if recovered := await self._job_store.recover():
            log.warning("jobs.recovered", jobs=recovered)

    async def _purge(self) -> None:
        if self._monotonic() < self._purge_at:
            return
        settings = self._settings
        before = self._clock() - settings.keep_done
        purged = await self._job_store.purge_done(before, settings.purge_batch)
        are_left = purged == settings.purge_batch
        self._purge_at = self._monotonic() + (settings.recover if are_left else settings.purge)

    async def _start_jobs(self) -> None:
        free = self._settings.concurrency - len(self._running)
        if free <= 0 or not self._owner.lease.holds:
            return
        for job in await self._job_store.claim(self._owner.id, self._kinds, free):
            self._running.add(asyncio.create_task(self._work_on(job), name=f"job {job.id}"))

    async def _something_happens(self) -> None:
        """A job ends, work may have come, the owner is lost, or it is time to look anyway."""
        hints = [
            asyncio.create_task(event.wait()) for event in (self._owner.woken, self._owner.lost)
        ]
        try:
            await asyncio.wait(
                {*self._running, *hints},
                timeout=self._settings.poll,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if 4 * self._free() < self._settings.concurrency:
                await asyncio.sleep(self._settings.gather)
        finally:
            for hint in hints:
                hint.cancel()
        for task in [task for task in self._running if task.done()]:
            self._running.discard(task)
            task.result()  # what it could not record ends this owner, so that others recover it

    def _free(self) -> int:
        at_work = sum(not task.done() for task in self._running)
        return self._settings.concurrency - at_work

    async def _drain(self) -> None:
        if not self._running:
            return
        _, stubborn = await asyncio.wait(self._running, timeout=self._settings.drain)
        for task in stubborn:
            task.cancel()
        if stubborn:
            await asyncio.wait(stubborn, timeout=1.0)
        log.info("jobs.drained", abandoned=len(stubborn))

    async def _work_on(self, job: Job) -> None:
        try:
            await self._performed(job)
        except JobLost:
            log.warning("jobs.job_lost", job_id=str(job.id), kind=job.kind)

    async def _performed(self, job: Job) -> None:
        try:
            await self._record(job, await self._perform(job, self._owner.lease))
        except JobLost:
            raise
        except Exception as error:
            fields = {"job_id": str(job.id), "kind": job.kind, "attempt": job.attempt}
            if passes(error):
                log.warning("jobs.job_interrupted", error=type(error).__name__, **fields)
            else:
                log.exception("jobs.job_failed", **fields)
            await self._record(job, error)

    async def _record(self, job: Job, outcome: Outcome | Exception) -> None:
        """As long as it takes: a job must not stay ``running`` under an owner that lives."""
        await keep_running(
            "jobs.outcome",
            lambda: self._settle(job, outcome),
            chance=self._chance,
            clock=self._monotonic,
        )

    async def _settle(self, job: Job, outcome: Outcome | Exception) -> None:
        if not isinstance(outcome, Exception):
            await settle(self._job_store, job, outcome)
            return
        wait = self._settings.backoff.delay(job.attempt, self._chance)
        due_at = self._clock() + timedelta(seconds=wait)
        await self._job_store.give_back(job, due_at, "unexpected_error")
