"""Sessions in memory: several in one process share locks as they do on one PostgreSQL.

A session that was not heard of for ``idle_timeout`` loses its locks, as there; a paused holder
finds its lease over before that. Unlike there, names are told apart by themselves, not by a hash.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from runtime.clock import Monotonic
from runtime.session import USUAL_TIMES, Lease, SessionTimes


class MemoryLocks:
    """The locks of one database."""

    def __init__(self, clock: Monotonic) -> None:
        self.clock = clock
        self.owners: dict[tuple[int, str], MemorySession] = {}

    def end_idle(self) -> None:
        """End the sessions that are silent for too long; their locks are free."""
        for session in dict.fromkeys(self.owners.values()):
            if self.clock() - session.heard_at > session.times.idle_timeout:
                session.end()

    @asynccontextmanager
    async def open_session(
        self, times: SessionTimes = USUAL_TIMES
    ) -> "AsyncIterator[MemorySession]":
        """A session, pinged until the block ends; then its locks go."""
        session = MemorySession(self, times)
        pinging = asyncio.create_task(session.keep())
        try:
            yield session
        finally:
            pinging.cancel()
            session.end()


class MemorySession:
    """See ``session.Session``."""

    def __init__(self, locks: MemoryLocks, times: SessionTimes) -> None:
        self.lease = Lease(times.lease, locks.clock)
        self.times = times
        self.lost = asyncio.Event()
        self.heard_at = locks.clock()
        self._locks = locks
        self._hear()

    async def try_lock(self, space: int, key: str) -> bool:
        """See ``session.Session``."""
        self._hear()
        return self._locks.owners.setdefault((space, key), self) is self

    async def unlock(self, space: int, key: str) -> None:
        """See ``session.Session``."""
        self._hear()
        if self._locks.owners.get((space, key)) is self:
            del self._locks.owners[space, key]

    async def held(self, space: int) -> int:
        """See ``session.Session``."""
        self._hear()
        return sum(held_space == space for held_space, _ in self._locks.owners)

    async def keep(self) -> None:
        """Pings until the session is lost."""
        while not self.lost.is_set():
            self._hear()
            await asyncio.sleep(self.times.ping)

    def end(self) -> None:
        """The session is gone, and its locks with it."""
        self.lease.end()
        self.lost.set()
        owners = self._locks.owners
        for lock in [lock for lock, owner in owners.items() if owner is self]:
            del owners[lock]

    def _hear(self) -> None:
        self._locks.end_idle()
        if self.lost.is_set():
            raise ConnectionResetError("the session is gone")
        self.heard_at = self._locks.clock()
        self.lease.extend(self.heard_at)
