"""What every session promises: one suite, in memory here, on PostgreSQL in ``tests/integration``.

``QUICK`` is pinged, ``SILENT`` is not: it stands for a process that is paused.
"""

import asyncio
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Protocol

import asyncpg
import pytest

from runtime.clock import boottime
from runtime.session import LeaseLost, Session, SessionTimes

SPACE = 0x7E57


class Open(Protocol):
    def __call__(self, times: SessionTimes = ...) -> AbstractAsyncContextManager[Session]: ...


class SessionSuite:
    """Subclasses say how sessions on shared locks are opened, and in which times."""

    QUICK: SessionTimes
    SILENT: SessionTimes
    LIMIT_S = 60.0

    @pytest.fixture
    def sessions(self) -> Open:
        raise NotImplementedError

    async def _taken(self, session: Session, key: str) -> float:
        """When the session got the lock; asks until it is free."""
        end = boottime() + self.LIMIT_S
        while boottime() < end:
            if await session.try_lock(SPACE, key):
                return boottime()
            await asyncio.sleep(0.02)
        raise AssertionError(f"nobody gave {key} back within {self.LIMIT_S} s")

    async def test_of_many_sessions_one_takes_a_lock_and_its_end_gives_it_back(
        self, sessions: Open
    ) -> None:
        async with AsyncExitStack() as stack:
            holder = AsyncExitStack()
            first = await holder.enter_async_context(sessions())
            others = [await stack.enter_async_context(sessions()) for _ in range(4)]
            assert await first.try_lock(SPACE, "shop-1")
            assert not any([await other.try_lock(SPACE, "shop-1") for other in others])
            assert await others[0].try_lock(SPACE, "shop-2")
            await holder.aclose()
            await self._taken(others[1], "shop-1")
            assert not first.lease.holds

    async def test_a_lock_that_was_given_back_is_another_s(self, sessions: Open) -> None:
        async with sessions() as first, sessions() as second:
            assert await first.try_lock(SPACE, "relay")
            await first.unlock(SPACE, "relay")
            assert await second.try_lock(SPACE, "relay")

    async def test_all_see_how_many_locks_of_a_space_are_held(self, sessions: Open) -> None:
        async with sessions() as one, sessions() as other:
            assert await one.held(7309) == 0
            await one.try_lock(7309, "a")
            await other.try_lock(7309, "b")
            await other.try_lock(7306, "a")
            assert (await one.held(7309), await other.held(7309)) == (2, 2)
            await other.unlock(7309, "b")
            assert await one.held(7309) == 1

    async def test_pings_keep_lock_and_lease_past_the_idle_time_out(self, sessions: Open) -> None:
        async with sessions(self.QUICK) as holder, sessions() as other:
            assert await holder.try_lock(SPACE, "relay")
            end = boottime() + 2 * self.QUICK.idle_timeout
            while boottime() < end:
                holder.lease.check()
                assert not await other.try_lock(SPACE, "relay")
                await asyncio.sleep(self.QUICK.ping / 2)

    async def test_when_pings_stop_the_lease_is_over_before_the_lock_is_another_s(
        self, sessions: Open
    ) -> None:
        async with sessions(self.SILENT) as paused, sessions() as other:
            assert await paused.try_lock(SPACE, "relay")
            asked_at = boottime()
            taking = asyncio.create_task(self._taken(other, "relay"))
            while paused.lease.holds:
                assert not taking.done()
                await asyncio.sleep(0.01)
            lease_over_at = boottime()
            with pytest.raises(LeaseLost):
                paused.lease.check()
            taken_at = await taking
            assert lease_over_at < taken_at
            assert taken_at - asked_at > self.SILENT.idle_timeout * 0.9

    async def test_a_session_that_was_ended_finds_out_when_it_asks(self, sessions: Open) -> None:
        async with sessions(self.SILENT) as paused, sessions() as other:
            assert await paused.try_lock(SPACE, "relay")
            await self._taken(other, "relay")
            with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
                await paused.held(SPACE)
            assert paused.lost.is_set()
            assert not paused.lease.holds
