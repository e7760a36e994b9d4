"""A session that holds advisory locks, and the lease that says whether it still does.

A lock in PostgreSQL lives as long as its session. The session is a direct connection (never
through a pooler), pinged; the server ends it after ``idle_timeout_s`` without a ping. The lease is
the holder's own view: it runs ``lease_s`` from the *sending* of the last ping that was answered,
on a clock that only grows, also while the machine is suspended. As ``lease_s`` is shorter, a
process that was paused finds its lease over before the server gives its locks to another.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import asyncpg
import structlog

from runtime.clock import Monotonic

log = structlog.get_logger()
_HELD: Final = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
    "AND classid = $1::integer::oid "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_FAILURES: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a process that was paused: its time-out and the answer collide
    OSError,
    TimeoutError,
)


class LeaseLost(Exception):
    """This process may no longer act: its locks may belong to another."""

    safe = True


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """Seconds; ``ping`` < ``lease`` < ``idle_timeout``, or a paused holder is not safe."""

    ping: float = 2.0
    lease: float = 10.0
    idle_timeout: float = 20.0


USUAL_TIMES: Final = SessionTimes()


class Lease:
    """How long the holder may act; extended by every answered ping."""

    def __init__(self, lasts_s: float, clock: Monotonic) -> None:
        self._lasts_s = lasts_s
        self._clock = clock
        self._until = float("-inf")
        self._ended = False

    def extend(self, sent_at: float) -> None:
        """A ping sent at ``sent_at`` (on the lease's clock) was answered."""
        self._until = max(self._until, sent_at + self._lasts_s)

    def end(self) -> None:
        """The session is gone, for good: an answer that still arrives extends nothing."""
        self._ended = True

    @property
    def holds(self) -> bool:
        """Whether the holder may act now."""
        return not self._ended and self._clock() < self._until

    def check(self) -> None:
        """Raises LeaseLost unless the holder may act now."""
        if not self.holds:
            raise LeaseLost("the lease ran out: another may hold its locks")


class Session(Protocol):
    """The locks somebody holds, and for how long; in PostgreSQL and in memory alike."""

    lease: Lease
    lost: asyncio.Event

    async def try_lock(self, space: int, key: str) -> bool:
        """Take the lock named ``key`` in ``space`` if it is free; the session may hold many."""

    async def unlock(self, space: int, key: str) -> None:
        """Give the lock back."""

    async def held(self, space: int) -> int:
        """How many locks of the space are held, by this session and all others."""


OpenSession: TypeAlias = Callable[[], AbstractAsyncContextManager[Session]]
"""A new session, whose locks go when the block ends."""


class PostgresSession:
    """One connection and the advisory locks it holds; made by ``open_session``."""

    def __init__(
        self, connection: "asyncpg.Connection[asyncpg.Record]", lease: Lease, clock: Monotonic
    ) -> None:
        self.lease = lease
        self.lost = asyncio.Event()
        self._connection = connection
        self._clock = clock
        self._turn = asyncio.Lock()

    async def try_lock(self, space: int, key: str) -> bool:
        """See ``Session``; locks of one space are told apart by a 32-bit hash of their names."""
        return bool(await self._ask("SELECT pg_try_advisory_lock($1, hashtext($2))", space, key))

    async def unlock(self, space: int, key: str) -> None:
        """See ``Session``."""
        await self._ask("SELECT pg_advisory_unlock($1, hashtext($2))", space, key)

    async def held(self, space: int) -> int:
        """See ``Session``."""
        return int(str(await self._ask(_HELD, space)))

    async def ping(self) -> None:
        """Shows the server that we live, and extends the lease by the time of sending."""
        await self._ask("SELECT 1")

    async def _ask(self, query: str, *arguments: object) -> object:
        async with self._turn:
            sent_at = self._clock()
            try:
                answer: object = await self._connection.fetchval(query, *arguments)
            except _FAILURES:
                self.lease.end()
                self.lost.set()
                raise
            self.lease.extend(sent_at)
            return answer

    async def keep(self, every_s: float) -> None:
        """Pings until the session is lost; run as a task. However it ends, the session is lost."""
        try:
            while not self.lost.is_set():
                await self.ping()
                await asyncio.sleep(every_s)
        except _FAILURES:
            return
        except Exception:
            log.exception("session.pings_ended")
        finally:
            self.lease.end()
            self.lost.set()


@asynccontextmanager
async def open_session(
    dsn: str, *, clock: Monotonic, times: SessionTimes = USUAL_TIMES
) -> AsyncIterator[PostgresSession]:
    """A session on the database at ``dsn``, pinged until the block ends; then its locks go.

    ``clock`` also grows while the machine is suspended (``clock.boottime``), as the server's does.
    """
    connection = await asyncpg.connect(
        dsn,
        command_timeout=times.lease,
        server_settings={
            "application_name": "ordersync lease",
            "idle_session_timeout": f"{int(times.idle_timeout * 1000)}ms",
        },
    )
    session = PostgresSession(connection, Lease(times.lease, clock), clock)
    try:
        await session.ping()
        pinging = asyncio.create_task(session.keep(times.ping))
        try:
            yield session
        finally:
            pinging.cancel()
    finally:
        session.lease.end()
        session.lost.set()
        connection.terminate()
