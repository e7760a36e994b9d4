"""The time of a world: ours, both platforms' and every lease's; it moves when it is told to."""

import heapq
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any

Action = Callable[[], Awaitable[Any]]


class WorldClock:
    """What time it is, and what happens by itself when it is later.

    ``stood_still_s`` is the clock of leases: the seconds for which a process stood still. While it
    runs its pings extend the lease, so no other time counts.
    """

    def __init__(self, now: datetime) -> None:
        self._now = self._began = now
        self._numbers = count()
        self._followers: list[Callable[[float], None]] = []
        self.later: list[tuple[datetime, int, Action]] = []
        self.stood_still_s = 0.0

    @property
    def now(self) -> datetime:
        """The time, aware, in UTC; setting it moves everybody's clock."""
        return self._now

    @now.setter
    def now(self, now: datetime) -> None:
        self._now = now
        for follow in self._followers:
            follow(now.timestamp())

    def wall(self) -> datetime:
        """The wall clock that services are built with."""
        return self._now

    def monotonic(self) -> float:
        """The monotonic clock that services are built with."""
        return (self._now - self._began).total_seconds()

    def boot(self) -> float:
        """The clock of deadlines: it goes on while a process stands still."""
        return self.monotonic() + self.stood_still_s

    def lease(self) -> float:
        """The clock of leases."""
        return self.stood_still_s

    def follow(self, set_unix: Callable[[float], None]) -> None:
        """This other machine's clock shows the same time from now on."""
        self._followers.append(set_unix)
        set_unix(self._now.timestamp())

    def at(self, due_at: datetime, action: Action) -> None:
        """This happens then."""
        heapq.heappush(self.later, (due_at, next(self._numbers), action))

    async def sleep(self, seconds: float) -> None:
        """The sleep that services are built with: the time is over at once."""
        await self.pass_time(timedelta(seconds=seconds))

    async def pass_time(self, span: timedelta) -> None:
        """Time passes; what was to happen meanwhile happens at its time."""
        end = self._now + span
        while self.later and self.later[0][0] <= end:
            due_at, _, action = heapq.heappop(self.later)
            self.now = max(self._now, due_at)
            await action()
        self.now = max(self._now, end)
