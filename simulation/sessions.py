"""Sessions of machines: the locks they hold, the leases on them, and how they end.

What pings do is worked out instead of done: while a machine runs, its session is heard of and its
lease holds. A machine that stands still is last heard of up to one ping earlier; ``lease`` seconds
after that its lease is over, ``idle_timeout`` seconds after that the server ends its session.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from runtime.session import Lease, OpenSession, SessionTimes
from simulation.loop import SimulationLoop
from simulation.machine import Machine

_ANSWERED_AFTER_S = 0.004
"""After so long a machine that goes on has its first ping answered."""


class Connection:
    """One connection of a machine to the database that is pinged; keeps ``machine.Bound``.

    ``lease`` is the machine's own view; ``ended``: what the server frees.
    """

    def __init__(
        self, loop: SimulationLoop, machine: Machine, times: SessionTimes, dice: random.Random
    ) -> None:
        self._loop = loop
        self._machine = machine
        self._times = times
        self._dice = dice
        self._heard_at: float | None = None
        self._ending: asyncio.TimerHandle | None = None
        self.is_open = True
        self.lost = asyncio.Event()
        self.lease = Lease(times.lease, self._silent_for)
        self.lease.extend(0.0)
        self.ended: list[Callable[[], None]] = []
        machine.bound.append(self)

    def _silent_for(self) -> float:
        return 0.0 if self._heard_at is None else self._loop.time() - self._heard_at

    def died(self) -> None:
        """See ``machine.Bound``."""
        self._end()

    def fell_silent(self) -> None:
        """See ``machine.Bound``."""
        if self._heard_at is None:
            self._heard_at = self._loop.time() - self._dice.random() * self._times.ping
        after = self._heard_at + self._times.idle_timeout - self._loop.time()
        self._ending = self._loop.call_later(after, self._end, context=self._machine.outside())

    def is_back(self) -> None:
        """See ``machine.Bound``: its ping is answered a moment after it ran on."""
        if self._ending is not None:
            self._ending.cancel()
        self._loop.call_later(_ANSWERED_AFTER_S, self._pinged)

    def break_off(self) -> None:
        """The connection breaks; both sides notice."""
        self._end()
        self.notice()

    def close(self) -> None:
        """The machine closes it."""
        if self in self._machine.bound:
            self._machine.bound.remove(self)
        self._end()
        self.notice()

    def _pinged(self) -> None:
        if self.is_open:
            self._heard_at = None
            return
        self.notice()

    def notice(self) -> None:
        """The machine finds out that it is closed."""
        self.lease.end()
        self.lost.set()

    def _end(self) -> None:
        if self.is_open:
            self.is_open = False
            for free in self.ended:
                free()
        if not self._machine.lane.is_stopped and not self._machine.lane.is_dead:
            self.notice()


@dataclass
class Locks:
    """The advisory locks of one database (``runtime.session.Session``)."""

    loop: SimulationLoop
    dice: random.Random
    owners: dict[tuple[int, str], Connection] = field(default_factory=dict)

    def opener(self, machine: Machine, times: SessionTimes) -> OpenSession:
        """What opens sessions for this machine."""

        @asynccontextmanager
        async def open_session() -> AsyncIterator["LockSession"]:
            connection = Connection(self.loop, machine, times, self.dice)
            connection.ended.append(lambda: self._free(connection))
            try:
                yield LockSession(self, connection)
            finally:
                connection.close()

        return open_session

    def _free(self, connection: Connection) -> None:
        for lock in [lock for lock, owner in self.owners.items() if owner is connection]:
            del self.owners[lock]


class LockSession:
    """See ``runtime.session.Session``."""

    def __init__(self, locks: Locks, connection: Connection) -> None:
        self._locks = locks
        self._connection = connection
        self.lease = connection.lease
        self.lost = connection.lost

    async def try_lock(self, space: int, key: str) -> bool:
        """See ``Session.try_lock``."""
        await self._ask()
        owner = self._locks.owners.setdefault((space, key), self._connection)
        return owner is self._connection

    async def unlock(self, space: int, key: str) -> None:
        """See ``Session.unlock``."""
        await self._ask()
        if self._locks.owners.get((space, key)) is self._connection:
            del self._locks.owners[space, key]

    async def held(self, space: int) -> int:
        """See ``Session.held``."""
        await self._ask()
        return sum(held_space == space for held_space, _ in self._locks.owners)

    async def _ask(self) -> None:
        await asyncio.sleep(self._locks.dice.random() * 0.003)
        if not self._connection.is_open:
            self._connection.notice()
            raise ConnectionResetError("the session is gone")
