"""What a cancellation must not cut in two is finished first, and the cancellation is not lost."""

import asyncio

import pytest

from runtime.cancellation import to_its_end


class Work:
    """Waits until it may end; says how it ended."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()
        self.ended = ""

    async def __call__(self) -> str:
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.ended = "cut short"
            raise
        self.ended = "finished"
        return self.ended


async def turns(number: int = 5) -> None:
    for _ in range(number):
        await asyncio.sleep(0)


async def test_what_it_returns_and_raises_is_the_works() -> None:
    async def fails() -> None:
        raise LookupError

    work = Work()
    work.may_end.set()
    assert await to_its_end(work(), 1.0) == "finished"
    with pytest.raises(LookupError):
        await to_its_end(fails(), 1.0)


@pytest.mark.parametrize("times", [1, 3])
async def test_cancelled_however_often_it_finishes_first(times: int) -> None:
    work = Work()
    task = asyncio.create_task(to_its_end(work(), 60.0))
    await turns()
    for _ in range(times):
        task.cancel()
        await turns()
    assert not task.done()
    work.may_end.set()
    await asyncio.wait({task})
    assert (work.ended, task.cancelled()) == ("finished", True)


async def test_it_is_cut_short_when_it_takes_too_long() -> None:
    work = Work()
    task = asyncio.create_task(to_its_end(work(), 0.0))
    await turns()
    task.cancel()
    await asyncio.wait({task})
    assert (work.ended, task.cancelled()) == ("cut short", True)
