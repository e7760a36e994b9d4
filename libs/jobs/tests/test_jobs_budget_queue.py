"""A process's queue for a store's budget."""

import asyncio
from collections.abc import Callable

import pytest

from jobs.budget import Bucket, Settlement
from jobs.budget_queue import BudgetQueue, NotNow
from jobs.budget_stores import MemoryBudget
from runtime.clock import monotonic


def queue_with(level: float, restore: float) -> BudgetQueue:
    budget = MemoryBudget(monotonic)
    budget._buckets["store"] = Bucket(budget._clock(), maximum=2_000, restore=restore, level=level)
    return BudgetQueue(budget, monotonic)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(2):
        while not condition():  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0.001)


async def test_a_place_is_given_at_once_while_there_are_points() -> None:
    queue = queue_with(100, 100)
    async with asyncio.timeout(1):
        await queue.place("store", "live", 11)
    await queue.close()


async def test_who_cannot_wait_is_told_when() -> None:
    queue = queue_with(-100, 10)
    with pytest.raises(NotNow) as full:
        await queue.place("store", "bulk", 11, within_s=0.5)
    assert 9 < full.value.wait_s < 10
    await queue.close()


async def test_a_live_order_passes_bulk_that_came_before() -> None:
    queue = queue_with(0, 200)
    done: list[str] = []

    async def place(name: str, lane: str) -> None:
        await queue.place("store", "live" if lane == "live" else "bulk", 11)
        done.append(name)
        queue.settle("store", Settlement(11, 11))

    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        for n in range(20):
            group.create_task(place(f"bulk {n}", "bulk"))
        await asyncio.sleep(0)
        group.create_task(place("live", "live"))
    assert done.index("live") < 12
    await queue.close()


async def test_a_cancelled_caller_leaves_no_place_reserved() -> None:
    budget = MemoryBudget(monotonic)
    queue = BudgetQueue(budget, monotonic)
    waiting = asyncio.create_task(queue.place("store", "live", 150))
    await until(lambda: "store" in budget._buckets and budget._buckets["store"].spent > 0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await until(lambda: budget._buckets["store"].spent == 0)
    await queue.close()


async def test_what_goes_wrong_with_the_budget_reaches_who_waits() -> None:
    class Broken(MemoryBudget):
        async def reserve(self, *_: object) -> tuple[()]:
            raise ConnectionError

    queue = BudgetQueue(Broken(monotonic), monotonic)
    with pytest.raises(ConnectionError):
        await queue.place("store", "live", 11)
    await queue.close()
