"""The store of jobs in PostgreSQL: schema ``effects``."""

import json
from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from functools import partial
from importlib.resources import files
from typing import Any, Final
from uuid import UUID

import asyncpg

from jobs import tables
from jobs.job import LANES, Job, JobLost, NewJob, State
from jobs.lanes import LaneShares
from jobs.owner import OWNER_SPACE, WAKE_CHANNEL
from runtime.batcher import Batcher
from runtime.clock import Clock
from runtime.migrations import MigrationSet

MIGRATIONS: Final = MigrationSet("effects", files("jobs") / "migrations")
_COLUMNS: Final = ("id", "stream_id", "version", "store", "kind", "due_at", "lane")


class PostgresJobs:
    """Keeps what ``JobStore`` promises."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]", clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._shares = LaneShares()
        self._sending = Batcher(partial(self._mark, tables.SENDING))
        self._finished = Batcher(partial(self._mark, tables.FINISH))

    async def enqueue(self, jobs: Sequence[NewJob]) -> None:
        """See ``JobStore.enqueue``."""
        if jobs:
            await self._pool.execute(tables.ENQUEUE, self._clock(), *columns(jobs))

    async def known(self, ids: Collection[UUID]) -> frozenset[UUID]:
        """See ``JobStore.known``."""
        return frozenset(row[0] for row in await self._pool.fetch(tables.KNOWN, list(ids)))

    async def claim(self, owner_id: str, kinds: Sequence[str], limit: int) -> tuple[Job, ...]:
        """See ``JobStore.claim``."""
        dealt = self._shares.deal(limit)
        shares = [dealt[lane] for lane in LANES]
        rows = await self._pool.fetch(tables.CLAIM, owner_id, list(kinds), shares, self._clock())
        return tuple(to_job(row) for row in rows)

    async def sending(self, job: Job) -> None:
        """See ``JobStore.sending``."""
        if not await self._sending.add(job):
            raise _lost(job)

    async def owned(self, job: Job) -> None:
        """See ``JobStore.owned``."""
        await self._settle(job, tables.OWNED)

    async def finish(self, job: Job) -> None:
        """See ``JobStore.finish``."""
        if not await self._finished.add(job):
            raise _lost(job)

    async def retry(
        self, job: Job, due_at: datetime, reason: str, *, is_settled: bool = False
    ) -> None:
        """See ``JobStore.retry``."""
        await self._settle(job, tables.RETRY, due_at, reason, is_settled)

    async def park(self, job: Job, reason: str, *, is_open: bool | None = None) -> None:
        """See ``JobStore.park``."""
        await self._settle(job, tables.PARK, reason, is_open)

    async def doubt(self, job: Job, due_at: datetime) -> None:
        """See ``JobStore.doubt``."""
        await self._settle(job, tables.DOUBT, due_at)

    async def give_back(self, job: Job, due_at: datetime, reason: str) -> None:
        """See ``JobStore.give_back``."""
        await self._settle(job, tables.GIVE_BACK, due_at, reason)

    async def release(
        self, *, store: str, reasons: Sequence[str] | None = None, prefix: str = ""
    ) -> int:
        """See ``JobStore.release``."""
        named = None if reasons is None else list(reasons)
        status = await self._pool.execute(tables.RELEASE, self._clock(), store, named, prefix)
        return await self._released(status)

    async def release_elsewhere(self, *, store: str, prefix: str, kind: str) -> int:
        """See ``JobStore.release_elsewhere``."""
        status = await self._pool.execute(
            tables.RELEASE_ELSEWHERE, self._clock(), store, kind, prefix
        )
        return await self._released(status)

    async def recover(self) -> int:
        """See ``JobStore.recover``."""
        status = await self._pool.execute(tables.RECOVER, OWNER_SPACE, self._clock(), "worker_gone")
        return _rows(status)

    async def states(self) -> frozenset[State]:
        """See ``JobStore.states``."""
        return frozenset(row[0] for row in await self._pool.fetch(tables.STATES))

    async def purge_done(self, before: datetime, limit: int = 10_000) -> int:
        """See ``JobStore.purge_done``."""
        return _rows(await self._pool.execute(tables.PURGE_DONE, before, limit))

    async def _released(self, status: str) -> int:
        """How many; workers hear of them."""
        if released := _rows(status):
            await self._pool.execute("SELECT pg_notify($1, '')", WAKE_CHANNEL)
        return released

    async def _mark(self, statement: str, jobs: Sequence[Job]) -> Sequence[bool]:
        """Mark all that are still their workers'; of each whether it was."""
        rows = await self._pool.fetch(
            statement,
            [job.id for job in jobs],
            [job.owner for job in jobs],
            [job.attempt for job in jobs],
        )
        marked = {row["id"] for row in rows}
        return [job.id in marked for job in jobs]

    async def _settle(self, job: Job, statement: str, *arguments: object) -> None:
        status = await self._pool.execute(statement, job.id, job.owner, job.attempt, *arguments)
        if _rows(status) != 1:
            raise _lost(job)


def _lost(job: Job) -> JobLost:
    return JobLost(f"job {job.id} is no longer this worker's")


def _rows(status: str) -> int:
    return int(status.rpartition(" ")[2])


def to_job(row: asyncpg.Record) -> Job:
    """A row of ``effects.job``."""
    values = {field.name: row[field.name] for field in fields(Job)}
    return Job(**{**values, "payload": json.loads(row["payload"])})


def columns(jobs: Sequence[NewJob]) -> tuple[list[Any], ...]:
    """The jobs as one list per column, as the enqueueing statement takes them."""
    return (
        *([getattr(job, name) for job in jobs] for name in _COLUMNS),
        [json.dumps(dict(job.payload)) for job in jobs],
        [job.supersedes for job in jobs],
    )
