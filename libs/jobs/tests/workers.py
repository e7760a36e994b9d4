"""Workers to look at: on a store in memory, with nothing to do but what a test says."""

import asyncio
from asyncio import Task
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from jobs.job import Job, NewJob
from jobs.memory import MemoryJobs
from jobs.outcomes import Finished, Outcome
from jobs.worker import Perform, WorkerSettings, run_worker
from runtime.backoff import Backoff
from runtime.clock import Clocks, monotonic
from runtime.randomness import system_chance, system_id
from runtime.session import Lease

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
Background = AbstractAsyncContextManager[Task[None]]
SPACE = UUID(int=7)
FAST = WorkerSettings(Backoff(first=60, longest=600), poll=0.01, recover=0.01, drain=0.2)


def new(number: int = 1) -> NewJob:
    id_ = uuid5(SPACE, str(number))
    return NewJob(id_, f"order-1-{number}", number, "store", "create", NOW)


@asynccontextmanager
async def background(work: Coroutine[None, None, None]) -> AsyncIterator[Task[None]]:
    task = asyncio.create_task(work)
    yield task
    task.cancel()
    await asyncio.wait([task])


def working(
    job_store: MemoryJobs, perform: Perform, now: datetime = NOW, **settings: Any
) -> Background:
    work = run_worker(
        job_store,
        partial(job_store.open_owner, clock=monotonic),
        ["create"],
        perform,
        settings=replace(FAST, **settings),
        clocks=Clocks(lambda: now, monotonic),
        new_id=system_id,
        chance=system_chance,
    )
    return background(work)


async def finish(job: Job, lease: Lease) -> Outcome:
    return Finished()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(2):
        while not await condition():  # noqa: ASYNC110 - any condition, looked at each turn
            await asyncio.sleep(0)
