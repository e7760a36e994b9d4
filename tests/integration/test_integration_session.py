"""A session's locks on real PostgreSQL: one holder, who knows in time that it is one no longer."""

import asyncio
from contextlib import AsyncExitStack

import asyncpg
import pytest

from devstack.databases import Database
from runtime.clock import monotonic
from runtime.session import LeaseLost, Session, SessionTimes, open_session

SPACE = 0x7E57
# A lease is also how long an answer may take: a busy machine needs its time.
QUICK = SessionTimes(ping=0.2, lease=2.0, idle_timeout=3.0)
SILENT = SessionTimes(ping=3600.0, lease=2.0, idle_timeout=3.0)
LIMIT_S = 60.0


@pytest.fixture
def dsn(database: Database) -> str:
    return database.app_dsn


async def _taken(session: Session, key: str) -> float:
    """When the session got the lock, on the monotonic clock; asks until it is free."""
    end = monotonic() + LIMIT_S
    while monotonic() < end:
        if await session.try_lock(SPACE, key):
            return monotonic()
        await asyncio.sleep(0.02)
    raise AssertionError(f"nobody gave {key} back within {LIMIT_S} s")


async def test_of_many_sessions_one_takes_a_lock_and_its_end_gives_it_back(dsn: str) -> None:
    async with AsyncExitStack() as stack:
        holder = AsyncExitStack()
        first = await holder.enter_async_context(open_session(dsn))
        others = [await stack.enter_async_context(open_session(dsn)) for _ in range(4)]
        assert await first.try_lock(SPACE, "shop-1")
        assert not any([await other.try_lock(SPACE, "shop-1") for other in others])
        assert await others[0].try_lock(SPACE, "shop-2")
        await holder.aclose()
        await _taken(others[1], "shop-1")
        assert not first.lease.holds


async def test_a_lock_that_was_given_back_is_another_s(dsn: str) -> None:
    async with open_session(dsn) as first, open_session(dsn) as second:
        assert await first.try_lock(SPACE, "relay")
        await first.unlock(SPACE, "relay")
        assert await second.try_lock(SPACE, "relay")


async def test_pings_keep_lock_and_lease_past_the_idle_time_out(dsn: str) -> None:
    async with open_session(dsn, times=QUICK) as holder, open_session(dsn) as other:
        assert await holder.try_lock(SPACE, "relay")
        end = monotonic() + 2 * QUICK.idle_timeout
        while monotonic() < end:
            holder.lease.check()
            assert not await other.try_lock(SPACE, "relay")
            await asyncio.sleep(0.1)


async def test_when_pings_stop_the_lease_is_over_before_the_server_drops_the_lock(
    dsn: str,
) -> None:
    async with open_session(dsn, times=SILENT) as paused, open_session(dsn) as other:
        assert await paused.try_lock(SPACE, "relay")
        asked_at = monotonic()
        taking = asyncio.create_task(_taken(other, "relay"))
        while paused.lease.holds:
            assert not taking.done()
            await asyncio.sleep(0.01)
        lease_over_at = monotonic()
        with pytest.raises(LeaseLost):
            paused.lease.check()
        taken_at = await taking
        assert lease_over_at < taken_at
        assert taken_at - asked_at > SILENT.idle_timeout * 0.9


async def test_a_session_that_the_server_ended_finds_out_when_it_asks(dsn: str) -> None:
    async with open_session(dsn, times=SILENT) as paused, open_session(dsn) as other:
        assert await paused.try_lock(SPACE, "relay")
        await _taken(other, "relay")
        with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
            await paused.ping()
        assert paused.lost.is_set()
        assert not paused.lease.holds


async def test_a_killed_session_is_noticed_by_its_pings(database: Database) -> None:
    async with open_session(database.app_dsn, times=QUICK) as session:
        admin = await asyncpg.connect(database.admin_dsn)
        await admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'ordersync lease' AND datname = current_database()"
        )
        await admin.close()
        async with asyncio.timeout(LIMIT_S):
            await session.lost.wait()
        assert not session.lease.holds
