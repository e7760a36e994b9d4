"""One that takes long, or fails, does not hold up the others."""

import asyncio

import pytest

from runtime.kafka import is_infrastructure
from runtime.side_by_side import side_by_side


async def note(item: int, error: Exception) -> None:
    raise AssertionError


async def test_one_that_never_ends_holds_up_no_other_and_so_many_are_at_work_at_most() -> None:
    done, at_work, most = [], 0, 0

    async def work(item: int) -> None:
        nonlocal at_work, most
        at_work, most = at_work + 1, max(most, at_work + 1)
        await (asyncio.Event().wait() if item == 0 else asyncio.sleep(0))
        at_work -= 1
        done.append(item)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await side_by_side(range(9), work, note, asyncio.Semaphore(3))
    assert (sorted(done), most) == ([*range(1, 9)], 3)


async def test_one_that_fails_is_told_of_alone() -> None:
    done, failed = [], {}

    async def work(item: int) -> None:
        if item == 1:
            raise ValueError("spoilt")
        done.append(item)

    async def tell(item: int, error: Exception) -> None:
        failed[item] = str(error)

    await side_by_side(range(3), work, tell, asyncio.Semaphore(1))
    assert (done, failed) == ([0, 2], {1: "spoilt"})


async def test_what_is_away_is_nobodys_fault() -> None:
    async def work(item: int) -> None:
        raise ConnectionError

    with pytest.raises(ExceptionGroup) as away:
        await side_by_side([1, 2], work, note, asyncio.Semaphore(2))
    assert is_infrastructure(away.value)
