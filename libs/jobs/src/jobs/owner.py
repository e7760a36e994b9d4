"""A worker's identity: an id, the advisory lock that stands for it, and the lease on that lock.

While the session lives, jobs claimed under the id stay the worker's. When it is gone, others
recover them; a worker that lost its session gets a new id, and its old jobs are no longer its own.
The server ends the session after 20 s without a ping; the lease runs 10 s from the sending of the
last answered ping: a paused worker has lost its lease before anybody takes its jobs.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import asyncpg

from runtime.clock import Monotonic
from runtime.randomness import NewId
from runtime.session import Lease, SessionTimes, open_session

OWNER_SPACE: Final = 0x4546_4658
"""The space of advisory locks that stand for owners ("EFFX" in ASCII)."""

WAKE_CHANNEL: Final = "effects"
"""Enqueueing notifies here, once a batch: a hint to look, never relied upon."""

SESSION_TIMES: Final = SessionTimes()


@dataclass(frozen=True, slots=True)
class Owner:
    """``lost`` is set when the session is gone; ``woken`` when there may be work."""

    id: str
    lease: Lease
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    woken: asyncio.Event = field(default_factory=asyncio.Event)


OpenOwner: TypeAlias = Callable[[NewId], AbstractAsyncContextManager[Owner]]
"""Makes a new owner, under a new id, that is gone when the block ends."""


@asynccontextmanager
async def open_owner(
    dsn: str, new_id: NewId, *, clock: Monotonic, times: SessionTimes = SESSION_TIMES
) -> AsyncIterator[Owner]:
    """An owner on direct connections to ``dsn`` (no pooler), until the block ends.

    ``clock`` goes on while the machine is suspended (``runtime.clock.boottime``).
    """
    async with open_session(dsn, times=times, clock=clock) as session:
        owner_id = new_id()
        while not await session.try_lock(OWNER_SPACE, owner_id):
            owner_id = new_id()
        owner = Owner(owner_id, session.lease, session.lost)
        async with _listening(dsn, owner):
            yield owner


@asynccontextmanager
async def _listening(dsn: str, owner: Owner) -> AsyncIterator[None]:
    """Sets ``owner.woken`` on notifications; a broken connection counts as a lost session."""
    connection = await asyncpg.connect(
        dsn, server_settings={"application_name": "ordersync effects wake"}
    )
    try:
        await connection.add_listener(WAKE_CHANNEL, lambda *_: owner.woken.set())
        connection.add_termination_listener(lambda _: owner.lost.set())
        yield
    finally:
        connection.terminate()
