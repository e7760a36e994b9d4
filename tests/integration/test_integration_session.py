"""A session's locks on real PostgreSQL: one holder, who knows in time that it is one no longer."""

import asyncio
from contextlib import AbstractAsyncContextManager

import pytest
from libs.runtime.tests.suite_session import Open, SessionSuite
from tests.integration.database_access import ask

from devstack.databases import Database
from runtime.clock import boottime
from runtime.session import USUAL_TIMES, PostgresSession, SessionTimes, open_session

# A lease is also how long an answer may take: a busy machine needs its time.
QUICK = SessionTimes(ping=0.2, lease=2.0, idle_timeout=3.0)


class TestPostgresSession(SessionSuite):
    """Runs the shared suite; ``libs/runtime/tests`` runs it in memory."""

    QUICK = QUICK
    SILENT = SessionTimes(ping=3600.0, lease=2.0, idle_timeout=3.0)

    @pytest.fixture
    def sessions(self, database: Database) -> Open:
        def opened(
            times: SessionTimes = USUAL_TIMES,
        ) -> AbstractAsyncContextManager[PostgresSession]:
            return open_session(database.app_dsn, clock=boottime, times=times)

        return opened


async def test_a_killed_session_is_noticed_by_its_pings(database: Database) -> None:
    async with open_session(database.app_dsn, clock=boottime, times=QUICK) as session:
        sessions = "application_name = 'ordersync lease' AND datname = current_database()"
        end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {sessions}"
        await ask(database.admin_dsn, end)
        async with asyncio.timeout(60.0):
            await session.lost.wait()
        assert not session.lease.holds
