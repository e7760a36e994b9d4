"""A virtual clock, a seeded choice among machines, and processes that stand still and die."""

import asyncio
import gc
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextvars import copy_context
from typing import TypeVar

import pytest
from simulation import loop as loops
from simulation.loop import LANE, Endless, Lane, SimulationLoop
from simulation.machine import Machine
from simulation.sessions import Connection, Locks

from runtime.session import LeaseLost, SessionTimes

TIMES = SessionTimes(ping=2.0, lease=10.0, idle_timeout=20.0)
T = TypeVar("T")


class Ended(Exception):
    """What a process ends with."""


@pytest.fixture
def loop() -> Iterator[SimulationLoop]:
    made = SimulationLoop(random.Random(1))
    made.set_exception_handler(lambda *_: None)
    yield made
    made.close()


def task_in(loop: SimulationLoop, lane: Lane, work: Awaitable[T]) -> "asyncio.Task[T]":
    async def carried_out() -> T:
        return await work

    context = copy_context()
    context.run(LANE.set, lane)
    return loop.create_task(carried_out(), context=context)


def machine_on(
    loop: SimulationLoop, live: Callable[[Machine], Awaitable[None]], name: str = "one"
) -> tuple[Machine, list[str]]:
    told: list[str] = []
    return Machine(
        loop, name, live, lambda _, what, how: told.append(f"{what} {how}".strip())
    ), told


def test_time_jumps_to_the_next_timer(loop: SimulationLoop) -> None:
    began = time.monotonic()
    loop.run_until_complete(asyncio.sleep(80 * 3600))
    assert loop.time() == 80 * 3600
    assert time.monotonic() - began < 5


def test_timers_of_one_moment_run_in_the_order_in_which_they_were_set(
    loop: SimulationLoop,
) -> None:
    seen: list[int] = []
    for number in range(20):
        loop.call_at(5.0, seen.append, number)
    loop.run_until_complete(asyncio.sleep(6))
    assert seen == list(range(20))


def turns(seed: int) -> list[str]:
    """Which of three machines had which turn, of five each."""
    loop, seen = SimulationLoop(random.Random(seed)), []

    async def work(name: str) -> None:
        for turn in range(5):
            seen.append(f"{name}{turn}")
            await asyncio.sleep(0)

    async def all_of() -> None:
        await asyncio.gather(*(task_in(loop, Lane(name), work(name)) for name in "abc"))

    loop.run_until_complete(all_of())
    loop.close()
    return seen


def test_each_machine_keeps_its_order_and_the_seed_says_whose_turn_it_is() -> None:
    for name in "abc":
        assert [turn for turn in turns(1) if turn[0] == name] == [f"{name}{n}" for n in range(5)]
    assert turns(1) == turns(1)
    assert len({tuple(turns(seed)) for seed in range(10)}) > 5


def test_of_a_dead_lane_nothing_runs_again_no_finally_either(loop: SimulationLoop) -> None:
    lane, seen = Lane("one"), []

    async def work() -> None:
        try:
            while True:
                seen.append(loop.time())
                await asyncio.sleep(1)
        finally:
            seen.append(-1.0)

    left = task_in(loop, lane, work())
    loop.run_until_complete(asyncio.sleep(2.5))
    loop.kill_lane(lane)
    left.cancel()
    loop.run_until_complete(asyncio.sleep(10))
    gc.collect()
    assert seen == [0.0, 1.0, 2.0]
    assert not left.done()


def test_a_lane_that_was_stopped_goes_on_late(loop: SimulationLoop) -> None:
    lane, seen = Lane("one"), []

    async def work() -> None:
        for _ in range(3):
            await asyncio.sleep(1)
            seen.append(loop.time())

    left = task_in(loop, lane, work())
    loop.call_at(1.5, loop.stop_lane, lane)
    loop.call_at(30.0, loop.resume_lane, lane)
    loop.run_until_complete(asyncio.sleep(29))
    assert seen == [1.0]
    loop.run_until_complete(left)
    assert seen == [1.0, 30.0, 31.0]


def test_what_asyncio_offers_works_on_it(loop: SimulationLoop) -> None:
    async def waits(event: asyncio.Event, queue: "asyncio.Queue[int]") -> None:
        await event.wait()
        queue.put_nowait(7)

    async def work() -> float:
        event, queue = asyncio.Event(), asyncio.Queue[int]()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await event.wait()
        async with asyncio.TaskGroup() as group:
            group.create_task(waits(event, queue))
            event.set()
        assert await asyncio.wait_for(queue.get(), 1) == 7
        return loop.time()

    assert loop.run_until_complete(work()) == 3.0


def test_there_are_no_threads(loop: SimulationLoop) -> None:
    with pytest.raises(RuntimeError, match="no threads"):
        loop.run_in_executor(None, print)

    async def work() -> None:
        await asyncio.to_thread(print)

    with pytest.raises(RuntimeError, match="no threads"):
        loop.run_until_complete(work())


def test_what_will_never_happen_ends_the_history(loop: SimulationLoop) -> None:
    with pytest.raises(Endless, match="nothing will ever happen"):
        loop.run_until_complete(loop.create_future())


def test_steps_without_time_end_the_history(
    loop: SimulationLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loops, "MOST_AT_ONE_TIME", 1_000)

    async def busy() -> None:
        for _ in range(3_000):
            await asyncio.sleep(0)

    async def patient() -> None:
        for _ in range(3_000):
            await asyncio.sleep(0.001)

    loop.run_until_complete(patient())
    with pytest.raises(Endless, match=r"1,001 steps at 3\.\d+ s"):
        loop.run_until_complete(busy())


def test_timers_that_were_cancelled_are_swept_out(loop: SimulationLoop) -> None:
    async def work() -> None:
        for _ in range(5_000):
            async with asyncio.timeout(1_000):
                await asyncio.sleep(0)

    loop.run_until_complete(work())
    assert len(loop._timers) < 2_500
    loop.run_until_complete(asyncio.sleep(2_000))


def test_a_crash_begins_another_process_and_one_that_ends_by_itself_too(
    loop: SimulationLoop,
) -> None:
    async def live(machine: Machine) -> None:
        await asyncio.sleep(5)
        raise Ended

    machine, told = machine_on(loop, live)
    machine.boot()
    loop.run_until_complete(asyncio.sleep(1))
    machine.crash(restart_s=3)
    assert not machine.is_up
    loop.run_until_complete(asyncio.sleep(9))
    assert told == ["began", "crashed", "began", "ended Ended"]
    loop.run_until_complete(asyncio.sleep(3))
    assert told[-1] == "began"


def test_a_redeployment_lets_it_end_and_kills_what_does_not(loop: SimulationLoop) -> None:
    seen: list[str] = []

    async def live(machine: Machine) -> None:
        try:
            await asyncio.sleep(1_000)
        except asyncio.CancelledError:
            seen.append("ending")
            await asyncio.sleep(3 if len(seen) == 1 else 1_000)
            seen.append("ended")

    machine, told = machine_on(loop, live)
    machine.boot()
    loop.run_until_complete(asyncio.sleep(1))
    machine.redeploy()
    loop.run_until_complete(asyncio.sleep(10))
    assert (seen, machine.is_up) == (["ending", "ended"], True)
    machine.redeploy()
    loop.run_until_complete(asyncio.sleep(30))
    assert seen == ["ending", "ended", "ending"]
    assert told == ["began", "asked to end", "ended", "began", "asked to end", "crashed", "began"]


class Held:
    """A machine that holds a lock, and another's look at it."""

    def __init__(self, loop: SimulationLoop) -> None:
        self.loop = loop
        self.locks = Locks(loop, random.Random(2))
        self.machine, _ = machine_on(loop, self._live)
        self.lost_at = 0.0
        self.machine.boot()
        loop.run_until_complete(asyncio.sleep(1))

    async def _live(self, machine: Machine) -> None:
        async with self.locks.opener(machine, TIMES)() as session:
            await session.try_lock(1, "shop")
            await session.lost.wait()
            self.lost_at = self.loop.time()
            await asyncio.sleep(10_000)

    @property
    def connection(self) -> Connection:
        bound = self.machine.bound[0]
        assert isinstance(bound, Connection)
        return bound

    @property
    def is_held(self) -> bool:
        return (1, "shop") in self.locks.owners

    def wait_until(self, at_s: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(at_s - self.loop.time()))


def test_while_a_machine_runs_its_lease_holds(loop: SimulationLoop) -> None:
    held = Held(loop)
    held.wait_until(5_000)
    held.connection.lease.check()
    assert held.is_held


def test_standing_still_ends_the_lease_before_the_server_gives_the_lock_away(
    loop: SimulationLoop,
) -> None:
    held = Held(loop)
    connection = held.connection
    held.machine.stand_still(100)
    held.wait_until(1 + 7.9)
    connection.lease.check()
    held.wait_until(1 + 10.1)
    with pytest.raises(LeaseLost):
        connection.lease.check()
    held.wait_until(1 + 17.9)
    assert held.is_held
    held.wait_until(1 + 20.1)
    assert not held.is_held
    assert held.lost_at == 0.0
    held.wait_until(1 + 100.1)
    assert 101 <= held.lost_at <= 101.01


def test_standing_still_shortly_loses_nothing(loop: SimulationLoop) -> None:
    held = Held(loop)
    held.machine.stand_still(7)
    held.wait_until(60)
    held.connection.lease.check()
    assert held.is_held
    assert held.lost_at == 0.0


def test_what_a_process_held_is_free_as_soon_as_it_died(loop: SimulationLoop) -> None:
    held = Held(loop)
    held.machine.crash(restart_s=1_000)
    assert not held.is_held


def test_a_connection_that_breaks_is_noticed_by_both_sides(loop: SimulationLoop) -> None:
    held = Held(loop)
    held.connection.break_off()
    assert not held.is_held
    held.wait_until(1.5)
    assert held.lost_at == 1.0
