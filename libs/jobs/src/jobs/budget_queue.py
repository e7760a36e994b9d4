"""A process's queue for the budgets of stores: live before bulk before replay, by weight.

Calls wait here, not at Shopify. One statement at a time per store settles what was answered and
asks for the next places; what it does not grant waits and asks again when the debt has shrunk.
"""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from jobs.budget import Ask, Budget, Place, Settlement
from jobs.job import LANES, Lane
from jobs.lanes import LaneShares
from runtime.clock import Monotonic
from runtime.turns import is_set_within

HORIZONS: Final = {"live": 0.8, "bulk": 0.3, "replay": 0.2}
"""How deep in debt (seconds of its budget) a store may be for a lane to add to it."""

_AT_ONCE: Final = 32
_AGAIN_S: Final = 0.5
_ONLY_LOOKING: Final = Ask(0.0, float("inf"))
_DEAR: Final = 50.0
"""A call that costs more begins no later than bulk does: on it a live order waits a second."""

_OVERDUE_S: Final = 2.0
"""What waited so long is treated as live: a busy lane slows the others down, and ends none."""


class NotNow(Exception):
    """The store's budget has no place soon enough: nothing was reserved; again in ``wait_s``."""

    safe = True

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"no place in the store's budget for {wait_s:.1f} s")
        self.wait_s = wait_s


@dataclass(slots=True, eq=False)
class _Caller:
    lane: Lane
    points: float
    creates_order: bool
    since: float
    within_s: float
    place: "asyncio.Future[Place]"

    def ask(self, now: float) -> Ask:
        overdue = now - self.since > _OVERDUE_S
        horizon = HORIZONS["live" if overdue else self.lane]
        if self.points > _DEAR and not overdue:
            horizon = min(horizon, HORIZONS["bulk"])
        return Ask(self.points, horizon, self.creates_order)


@dataclass(slots=True)
class _Store:
    lanes: dict[Lane, deque[_Caller]] = field(
        default_factory=lambda: {lane: deque() for lane in LANES}
    )
    settlements: list[Settlement] = field(default_factory=list)
    shares: LaneShares = field(default_factory=LaneShares)
    settled: float = 0.0
    task: "asyncio.Task[None] | None" = None
    more: asyncio.Event = field(default_factory=asyncio.Event)

    def waiting(self) -> list[_Caller]:
        """Who asks next: each lane its weight's part, and what is left live first."""
        chosen: list[_Caller] = []
        for lane, share in self.shares.deal(_AT_ONCE).items():
            chosen += list(self.lanes[lane])[:share]
        rest = [caller for lane in LANES for caller in self.lanes[lane] if caller not in chosen]
        return (chosen + rest)[:_AT_ONCE]


class BudgetQueue:
    """Gives calls their places in the budgets of all stores."""

    def __init__(self, budget: Budget, clock: Monotonic) -> None:
        self._budget = budget
        self._clock = clock
        self._stores: dict[str, _Store] = {}

    async def place(
        self,
        store: str,
        lane: Lane,
        points: float,
        *,
        creates_order: bool = False,
        within_s: float = 6.0,
    ) -> None:
        """Wait for a place; NotNow when it would take longer than ``within_s``.

        What was granted is given back by ``settle``, whatever becomes of the calls.
        """
        loop = asyncio.get_running_loop()
        caller = _Caller(lane, points, creates_order, self._clock(), within_s, loop.create_future())
        queue = self._stores.setdefault(store, _Store())
        queue.lanes[lane].append(caller)
        self._wake(store, queue)
        try:
            place = await caller.place
        except asyncio.CancelledError:
            self._withdraw(store, queue, caller)
            raise
        try:
            await asyncio.sleep(place.wait_s)
        except asyncio.CancelledError:
            self.settle(store, Settlement(points, 0.0))
            raise

    def settled(self, store: str) -> float:
        """What is known to be settled, for the reading of a call sent now (``Reading.settled``)."""
        queue = self._stores.get(store)
        return queue.settled if queue is not None else 0.0

    def settle(self, store: str, settlement: Settlement) -> None:
        """Give a place back."""
        queue = self._stores.setdefault(store, _Store())
        queue.settlements.append(settlement)
        self._wake(store, queue)

    async def close(self) -> None:
        """End; who still waits is cancelled."""
        tasks = [queue.task for queue in self._stores.values() if queue.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _withdraw(self, store: str, queue: _Store, caller: _Caller) -> None:
        place = caller.place
        if caller in queue.lanes[caller.lane]:
            queue.lanes[caller.lane].remove(caller)
        elif place.done() and not place.cancelled() and place.exception() is None:
            self.settle(store, Settlement(caller.points, 0.0))

    def _wake(self, store: str, queue: _Store) -> None:
        queue.more.set()
        if queue.task is None or queue.task.done():
            queue.task = asyncio.create_task(self._serve(store, queue), name=f"budget {store}")

    async def _serve(self, store: str, queue: _Store) -> None:
        """Until nobody waits and nothing is left to settle."""
        while queue.settlements or any(queue.lanes.values()):
            queue.more.clear()
            wait_s = await self._round(store, queue)
            if wait_s > 0:
                await is_set_within(queue.more, wait_s)

    async def _round(self, store: str, queue: _Store) -> float:
        """One statement; how long nobody needs to ask again."""
        asking, now = queue.waiting(), self._clock()
        settlements, queue.settlements = queue.settlements, []
        try:
            asks = [caller.ask(now) for caller in asking] or [_ONLY_LOOKING]
            places = await self._budget.reserve(store, settlements, asks)
        except Exception as failure:  # noqa: BLE001 - every caller that waits gets it
            queue.settlements = settlements + queue.settlements
            for caller in asking:
                self._answer(queue, caller, failure)
            return _AGAIN_S
        queue.settled = max(queue.settled, *(place.settled for place in places))
        for caller, place in zip(asking, places, strict=False):
            self._deal(store, queue, caller, place)
        refused = [place.wait_s for place in places if not place.granted]
        return min(refused) + 0.002 if refused else 0.0

    def _deal(self, store: str, queue: _Store, caller: _Caller, place: Place) -> None:
        waited_s = self._clock() - caller.since
        if not place.granted:
            if waited_s + place.wait_s > caller.within_s:
                self._answer(queue, caller, NotNow(place.wait_s))
        elif caller.place.done():  # its caller was cancelled meanwhile
            self.settle(store, Settlement(caller.points, 0.0))
        else:
            self._answer(queue, caller, place)

    def _answer(self, queue: _Store, caller: _Caller, answer: Place | Exception) -> None:
        if caller in queue.lanes[caller.lane]:
            queue.lanes[caller.lane].remove(caller)
        if caller.place.done():
            return
        if isinstance(answer, Exception):
            caller.place.set_exception(answer)
        else:
            caller.place.set_result(answer)
