"""Calls that come while one is under way are written together, and each gets its own answer."""

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest

from effects.gathering import Gathered
from effects.jobs import Job


def job(number: int) -> Job:
    due_at = datetime(2026, 11, 3, tzinfo=UTC)
    return Job(
        UUID(int=number), f"order-1-{number}", 1, "s", "create", "live", {}, "running", 1, due_at
    )


class Writer:
    """Writes jobs with odd numbers, one batch at a time, when the test opens the gate."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.began, self.gate = asyncio.Event(), asyncio.Event()
        self.failure: Exception | None = None

    async def write(self, jobs: Sequence[Job]) -> Collection[UUID]:
        self.batches.append([each.id.int for each in jobs])
        self.began.set()
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return {each.id for each in jobs if each.id.int % 2}


async def test_what_comes_during_a_write_makes_the_next_batch() -> None:
    writer = Writer()
    gathered = Gathered(writer.write)
    first = asyncio.create_task(gathered.add(job(1)))
    await writer.began.wait()
    others = [asyncio.create_task(gathered.add(job(number))) for number in (2, 3, 5)]
    await asyncio.sleep(0)
    writer.gate.set()
    assert await asyncio.gather(first, *others) == [True, False, True, True]
    assert writer.batches == [[1], [2, 3, 5]]


async def test_a_failed_write_is_told_to_every_caller_and_the_next_one_tries_again() -> None:
    writer = Writer()
    gathered = Gathered(writer.write)
    writer.gate.set()
    writer.failure = ConnectionError()
    told = await asyncio.gather(
        *(gathered.add(job(number)) for number in (1, 3)), return_exceptions=True
    )
    assert [type(each) for each in told] == [ConnectionError, ConnectionError]
    writer.failure = None
    assert await gathered.add(job(1))


async def test_a_caller_that_gives_up_does_not_disturb_the_others() -> None:
    writer = Writer()
    gathered = Gathered(writer.write)
    calls = [asyncio.create_task(gathered.add(job(number))) for number in (1, 3)]
    await writer.began.wait()
    calls[0].cancel()
    writer.gate.set()
    assert await calls[1]
    with pytest.raises(asyncio.CancelledError):
        await calls[0]
