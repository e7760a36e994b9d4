"""Calls that come while one is under way are made together: one statement, one commit for many.

A worker has dozens of jobs in hand, and each has to be durable at two moments. Alone each of them
would pay a round trip and a flush to disk; a single job pays nothing for the gathering.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from uuid import UUID

from effects.jobs import Job

_Waiting = list[tuple[Job, "asyncio.Future[bool]"]]


class Gathered:
    """``write`` takes jobs and says which of them it wrote."""

    def __init__(self, write: Callable[[Sequence[Job]], Awaitable[Collection[UUID]]]) -> None:
        self._write = write
        self._waiting: _Waiting = []
        self._writing: asyncio.Task[None] | None = None

    async def add(self, job: Job) -> bool:
        """Whether the job was written; raises what writing its batch raised."""
        written: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((job, written))
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_all())
        return await written

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                await self._write_batch(batch)
        finally:
            self._writing = None

    async def _write_batch(self, batch: _Waiting) -> None:
        done: Collection[UUID] = ()
        failure: Exception | None = None
        try:
            done = await self._write([job for job, _ in batch])
        except Exception as error:  # noqa: BLE001 - every caller of the batch gets it
            failure = error
        for job, written in batch:
            if written.done():
                continue  # its caller was cancelled
            if failure is not None:
                written.set_exception(failure)
            else:
                written.set_result(job.id in done)
