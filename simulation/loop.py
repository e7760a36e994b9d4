"""An asyncio event loop on a virtual clock, whose every choice is drawn from one seed.

Time stands still while anything can run, and then jumps to the next timer. What is ready runs in
the order in which it became ready *within* a machine, as asyncio promises; *whose* turn it is, is
drawn. Nothing here knows a wall clock, a socket or a thread: asking for one is an error.
"""

import asyncio
import heapq
import random
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from contextvars import Context, ContextVar
from typing import Any, Final, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
MOST_AT_ONE_TIME: Final = 2_000_000
"""Steps without time passing: more is a loop that never waits."""


class Endless(BaseException):
    """The history does not end: steps without end, or nothing that will ever happen."""


class _Timer(asyncio.TimerHandle):
    """Whether it is in the heap, as asyncio's own say it."""

    _scheduled: bool


class Lane:
    """What one machine has to do, in order. A dead lane's work is kept, and never done."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.ready: deque[asyncio.Handle] = deque()
        self.is_dead = False
        self.is_stopped = False
        self.dropped: list[object] = []
        """So that no coroutine of the dead is closed, which would run its ``finally``."""


LANE: ContextVar[Lane] = ContextVar("whose work this is")


class SimulationLoop(asyncio.BaseEventLoop):
    """See the module. ``outside`` is the lane of whatever belongs to no machine."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__()
        self.outside = Lane("outside")
        self.steps = 0
        self._dice = dice
        self._now = 0.0
        self._timers: list[tuple[float, int, _Timer]] = []
        self._numbers = 0
        self._cancelled = 0
        self._runnable: list[Lane] = []
        self._at_this_time = 0

    def time(self) -> float:
        """Virtual seconds since the beginning."""
        return self._now

    def call_soon(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """See asyncio."""
        handle = asyncio.Handle(callback, args, self, context)
        self._enqueue(handle)
        return handle

    def call_at(
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """See asyncio."""
        timer = _Timer(when, callback, args, self, context)
        self._numbers += 1
        heapq.heappush(self._timers, (when, self._numbers, timer))
        timer._scheduled = True
        return timer

    def call_soon_threadsafe(
        self, callback: Callable[[*Ts], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.Handle:
        """See asyncio, which calls it for generators that nobody finished; there are no threads."""
        return self.call_soon(callback, *args, context=context)

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts
    ) -> "asyncio.Future[T]":
        """No thread may take part."""
        raise RuntimeError(f"a simulation has no threads: {executor} {func} {args}")

    def stop_lane(self, lane: Lane) -> None:
        """Nothing of this lane runs until it goes on."""
        lane.is_stopped = True
        if lane in self._runnable:
            self._runnable.remove(lane)

    def resume_lane(self, lane: Lane) -> None:
        """It goes on where it stopped; its timers that are over are late."""
        lane.is_stopped = False
        if lane.ready and not lane.is_dead and lane not in self._runnable:
            self._runnable.append(lane)

    def kill_lane(self, lane: Lane) -> None:
        """Nothing of it ever runs again."""
        lane.is_dead = True
        lane.dropped += lane.ready
        lane.ready.clear()
        if lane in self._runnable:
            self._runnable.remove(lane)

    def _enqueue(self, handle: asyncio.Handle) -> None:
        lane = handle._context.get(LANE, self.outside)  # type: ignore[attr-defined]
        if lane.is_dead:
            lane.dropped.append(handle)
            return
        if not lane.ready and not lane.is_stopped:
            self._runnable.append(lane)
        lane.ready.append(handle)

    def _run_once(self) -> None:
        if not self._runnable:
            self._jump()
        handle = self._take()
        self.steps += 1
        self._at_this_time += 1
        if self._at_this_time > MOST_AT_ONE_TIME:
            raise Endless(f"{self._at_this_time:,} steps at {self._now:.3f} s")
        if not handle._cancelled:
            handle._run()

    def _take(self) -> asyncio.Handle:
        runnable = self._runnable
        at = int(self._dice.random() * len(runnable)) if len(runnable) > 1 else 0
        lane = runnable[at]
        handle = lane.ready.popleft()
        if not lane.ready:
            del runnable[at]
        return handle

    def _jump(self) -> None:
        """To the next timer of anybody that can run."""
        while not self._runnable:
            self._sweep_top()
            if not self._timers:
                raise Endless("nothing will ever happen again")
            when = self._timers[0][0]
            if when > self._now:
                self._now, self._at_this_time = when, 0
            while self._timers and self._timers[0][0] <= self._now:
                self._ring(heapq.heappop(self._timers)[2])

    def _sweep_top(self) -> None:
        while self._timers and self._timers[0][2]._cancelled:
            heapq.heappop(self._timers)
            self._cancelled -= 1

    def _ring(self, timer: _Timer) -> None:
        timer._scheduled = False
        if timer._cancelled:
            self._cancelled -= 1
        else:
            self._enqueue(timer)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Most timers are time-outs that nobody needed: now and then they are swept out."""
        self._cancelled += isinstance(handle, _Timer) and handle._scheduled
        if self._cancelled > 1_000 and 2 * self._cancelled > len(self._timers):
            self._timers = [entry for entry in self._timers if not entry[2]._cancelled]
            heapq.heapify(self._timers)
            self._cancelled = 0

    def _process_events(self, event_list: Any) -> None:
        """There are none."""

    def _write_to_self(self) -> None:
        """There is nobody to wake."""
