"""A machine: one process of one service. It begins, dies at any await, stands still, begins anew.

What it keeps in memory is gone when it dies; what it goes on from is elsewhere. Nothing of a dead
process runs again, no ``finally`` either.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context, copy_context
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, TypeVar

from runtime.clock import Clocks
from runtime.service import STOP_LIMIT_S
from simulation.loop import LANE, Lane, SimulationLoop

EPOCH: Final = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
"""When every history begins."""
RESTART_S: Final = 2.0
T = TypeVar("T")


class Bound(Protocol):
    """What a server keeps for one process: a session, a membership."""

    def died(self) -> None:
        """The process is gone, and its connections with it."""

    def fell_silent(self) -> None:
        """Nothing is heard of the process, and its connections stand."""

    def is_back(self) -> None:
        """It is heard of again."""


class Machine:
    """``live``: what its process does until it is cancelled; ``told`` hears what becomes of it."""

    def __init__(
        self,
        loop: SimulationLoop,
        name: str,
        live: Callable[["Machine"], Awaitable[None]],
        told: Callable[[str, str, str], None],
    ) -> None:
        self.name = name
        self.lane = Lane(name)
        self.bound: list[Bound] = []
        self.is_up = False
        self._loop = loop
        self._live = live
        self._told = told
        self.ahead_s = 0.0
        self._main: asyncio.Task[None] | None = None
        self._context: Context = copy_context()
        self.clocks = Clocks(self.wall, loop.time, loop.time, asyncio.sleep)

    def wall(self) -> datetime:
        """What this machine's clock shows: a little ahead of the others', or behind."""
        return EPOCH + timedelta(seconds=self._loop.time() + self.ahead_s)

    def boot(self) -> None:
        """A process begins."""
        if self.is_up:
            return
        self.is_up, self.lane = True, Lane(self.name)
        self._context = copy_context()
        self._context.run(LANE.set, self.lane)
        lane, body = self.lane, self._live(self)
        self._main = self._loop.create_task(_run(body), context=self._context)
        self._main.add_done_callback(lambda task: self._ended(lane, task), context=self.outside())
        self._told(self.name, "began", "")

    def crash(self, restart_s: float = RESTART_S) -> None:
        """It dies here and now; another begins after so long."""
        if not self.is_up:
            return
        self._told(self.name, "crashed", "")
        self._bury()
        self._loop.call_later(restart_s, self.boot, context=self.outside())

    def stand_still(self, seconds: float) -> None:
        """It is stopped for so long, and goes on as if nothing had happened."""
        if not self.is_up or self.lane.is_stopped:
            return
        lane = self.lane
        self._told(self.name, "stopped", f"{seconds:.1f} s")
        self._loop.stop_lane(lane)
        for each in list(self.bound):
            each.fell_silent()
        self._loop.call_later(seconds, self._go_on, lane, context=self.outside())

    def redeploy(self) -> None:
        """It is asked to end, and another begins when it has, or when its time is over."""
        if not self.is_up or self._main is None:
            return
        self._told(self.name, "asked to end", "")
        lane = self.lane
        self._loop.call_soon(self._main.cancel, context=self._context)
        self._loop.call_later(STOP_LIMIT_S, self._kill_stubborn, lane, context=self.outside())

    def call(self, work: Awaitable[T]) -> "asyncio.Task[T]":
        """Something from outside that the process does, such as answering a request."""
        return self._loop.create_task(_run(work), context=self._context)

    def _go_on(self, lane: Lane) -> None:
        if lane is not self.lane or lane.is_dead:
            return
        self._told(self.name, "goes on", "")
        self._loop.resume_lane(lane)
        for each in list(self.bound):
            each.is_back()

    def _kill_stubborn(self, lane: Lane) -> None:
        if lane is self.lane and self.is_up:
            self.crash()

    def _ended(self, lane: Lane, task: "asyncio.Task[None]") -> None:
        """By itself or as asked: what is left of it is gone, and another begins."""
        if lane.is_dead or lane is not self.lane:
            return
        error = None if task.cancelled() else task.exception()
        self._told(self.name, "ended", "" if error is None else _said(error))
        self._bury()
        self._loop.call_later(RESTART_S, self.boot, context=self.outside())

    def _bury(self) -> None:
        self.is_up = False
        self._loop.kill_lane(self.lane)
        self.lane.dropped.append(self._main)
        bound, self.bound = self.bound, []
        for each in bound:
            each.died()

    def outside(self) -> Context:
        """The context of what belongs to no machine."""
        context = copy_context()
        context.run(LANE.set, self._loop.outside)
        return context


async def _run(body: Awaitable[T]) -> T:
    return await body


def _said(error: BaseException) -> str:
    parts = error.exceptions if isinstance(error, BaseExceptionGroup) else (error,)
    return ", ".join(
        _said(part) if isinstance(part, BaseExceptionGroup) else type(part).__name__
        for part in parts
    )
