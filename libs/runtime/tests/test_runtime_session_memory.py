"""Sessions in memory keep what every session promises."""

from contextlib import AbstractAsyncContextManager

import pytest
from libs.runtime.tests.suite_session import Open, SessionSuite

from runtime.clock import boottime
from runtime.session import USUAL_TIMES, SessionTimes
from runtime.session_memory import MemoryLocks, MemorySession


class TestMemorySession(SessionSuite):
    """Runs the shared suite; ``tests/integration`` runs it on PostgreSQL."""

    QUICK = SessionTimes(ping=0.01, lease=0.1, idle_timeout=0.2)
    SILENT = SessionTimes(ping=3600.0, lease=0.1, idle_timeout=0.2)

    @pytest.fixture
    def sessions(self) -> Open:
        locks = MemoryLocks(boottime)

        def opened(times: SessionTimes = USUAL_TIMES) -> AbstractAsyncContextManager[MemorySession]:
            return locks.open_session(times)

        return opened
