"""A process's queue for a store's budget."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from jobs.budget import Ask, Bucket, Place, Settlement
from jobs.budget_queue import HORIZONS, BudgetQueue, NotNow, _Caller
from jobs.budget_stores import MemoryBudget
from jobs.job import Lane
from runtime.clock import monotonic
from runtime.logs import describe_exception


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
    logged = describe_exception(None, "error", {"exc_info": full.value})
    assert logged["error_text"] == f"no place in the store's budget for {full.value.wait_s:.1f} s"
    await queue.close()


async def test_who_says_nothing_waits_six_seconds_at_most() -> None:
    live, restore = HORIZONS["live"], 100
    too_long = queue_with(-(live + 6.3) * restore, restore)
    async with asyncio.timeout(1):
        with pytest.raises(NotNow):
            await too_long.place("store", "live", 11)
    soon_enough = queue_with(-(live + 5.7) * restore, restore)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await soon_enough.place("store", "live", 11)
    for queue in (too_long, soon_enough):
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


class Held(MemoryBudget):
    """Answers when ``go`` is set; ``asked`` is set when somebody waits for that."""

    def __init__(self) -> None:
        super().__init__(monotonic)
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def reserve(
        self, store: str, settlements: Sequence[Settlement], asks: Sequence[Ask]
    ) -> tuple[Place, ...]:
        places = await super().reserve(store, settlements, asks)
        self.asked.set()
        await self.go.wait()
        return places


async def test_who_is_cancelled_while_the_store_is_asked_leaves_no_place_reserved() -> None:
    budget = Held()
    queue = BudgetQueue(budget, monotonic)
    waiting = asyncio.create_task(queue.place("store", "live", 150))
    await budget.asked.wait()
    waiting.cancel()
    await asyncio.wait([waiting])
    assert budget._buckets["store"].spent == 150
    budget.go.set()
    await until(lambda: budget._buckets["store"].spent == 0)
    await queue.close()


class Crossing(MemoryBudget):
    """Has ``waiting`` cancelled just as the answer comes, before it can take it."""

    def __init__(self) -> None:
        super().__init__(monotonic)
        self.waiting: asyncio.Task[None] | None = None
        self.settled: list[Settlement] = []

    async def reserve(
        self, store: str, settlements: Sequence[Settlement], asks: Sequence[Ask]
    ) -> tuple[Place, ...]:
        self.settled += settlements
        if self.waiting is not None:
            asyncio.get_running_loop().call_soon(self.waiting.cancel)
        return await super().reserve(store, settlements, asks)


@pytest.mark.parametrize(
    ("level", "given_back"), [(1_000, [Settlement(50, 0.0)]), (-1_000, [])], ids=["place", "NotNow"]
)
async def test_a_place_that_its_caller_could_not_take_any_more_is_given_back_and_nothing_else(
    level: float, given_back: list[Settlement]
) -> None:
    budget = Crossing()
    budget._buckets["store"] = Bucket(monotonic(), level=level)
    queue = BudgetQueue(budget, monotonic)
    budget.waiting = asyncio.create_task(queue.place("store", "live", 50, within_s=0))
    await asyncio.wait([budget.waiting])
    assert budget.waiting.cancelled()
    of_others = Settlement(11, 11)
    queue.settle("store", of_others)
    await until(lambda: of_others in budget.settled)
    assert budget.settled == [*given_back, of_others]
    await queue.close()


async def test_a_call_that_creates_an_order_waits_where_a_store_limits_them() -> None:
    queue = queue_with(2_000, 100)
    queue.settle("store", Settlement(0, 0, order_limit_met=True))
    with pytest.raises(NotNow) as limited:
        await queue.place("store", "live", 11, creates_order=True, within_s=0.5)
    assert 60 < limited.value.wait_s <= 61
    async with asyncio.timeout(1):
        await queue.place("store", "live", 11)
    await queue.close()


async def test_what_goes_wrong_with_the_budget_reaches_who_waits() -> None:
    class Broken(MemoryBudget):
        async def reserve(self, *_: object) -> tuple[()]:
            raise ConnectionError

    queue = BudgetQueue(Broken(monotonic), monotonic)
    with pytest.raises(ConnectionError):
        await queue.place("store", "live", 11)
    await queue.close()


def horizon(lane: Lane, points: float, waited_s: float) -> float:
    """How deep in debt a store may be for a call that has waited so long."""
    place: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
    caller = _Caller(lane, points, creates_order=False, since=100.0, within_s=9.0, place=place)
    return caller.ask(100.0 + waited_s).horizon_s


async def test_a_dear_live_call_keeps_to_the_bulk_horizon_until_it_is_overdue() -> None:
    live, bulk = HORIZONS["live"], HORIZONS["bulk"]
    assert [horizon("live", points, 0) for points in (50, 50.5)] == [live, bulk]
    assert [horizon("live", 51, waited_s) for waited_s in (2, 2.1)] == [bulk, live]


@pytest.mark.parametrize("lane", ["bulk", "replay"])
async def test_who_is_overdue_has_the_live_horizon_in_every_lane(lane: Lane) -> None:
    assert [horizon(lane, 11, waited_s) for waited_s in (2, 2.1)] == [
        HORIZONS[lane],
        HORIZONS["live"],
    ]


def serving(queue: BudgetQueue) -> asyncio.Task[None]:
    task = queue._stores["store"].task
    assert task is not None
    return task


async def test_who_serves_a_store_ends_when_nobody_waits() -> None:
    queue = queue_with(100, 100)
    await queue.place("store", "live", 11)
    await asyncio.wait_for(serving(queue), 0.5)
    await queue.close()


async def test_who_still_waits_for_a_store_is_left_when_the_queue_is_closed() -> None:
    queue = queue_with(-1_000, 10)
    waiting = asyncio.create_task(queue.place("store", "live", 11, within_s=1_000))
    await until(lambda: "store" in queue._stores and queue._stores["store"].task is not None)
    await queue.close()
    assert serving(queue).cancelled()
    waiting.cancel()


@pytest.mark.parametrize(
    ("lane", "running", "now", "room"),
    [
        ("bulk", 0, 0.0, 20),
        ("bulk", 3, 0.5, 22),
        ("bulk", 30, 0.5, 0),
        ("live", 30, 0.5, 1),
        ("live", 3, 0.5, 22),
    ],
)
def test_as_many_jobs_may_be_claimed_as_the_points_of_the_next_second_serve(
    lane: Lane, running: int, now: float, room: int
) -> None:
    bucket = Bucket(0.0, maximum=2_000, restore=100, level=120)
    assert bucket.room(lane, running, now) == room


async def test_what_was_spent_is_settled_although_nobody_asks() -> None:
    queue = queue_with(100, 100)
    await queue.place("store", "live", 11)
    await asyncio.wait_for(serving(queue), 0.5)
    assert queue.settled("store") == 0
    queue.settle("store", Settlement(11, 8))
    await asyncio.wait_for(serving(queue), 0.5)
    assert queue._stores["store"].settlements == []
    assert (queue.settled("store"), queue.settled("another")) == (8, 0)


def test_a_store_that_nobody_called_yet_has_spent_and_settled_nothing() -> None:
    new = Bucket(7.0)
    assert (new.level, new.spent, new.settled, new.limited_at) == (0.0, 0.0, 0.0, None)
