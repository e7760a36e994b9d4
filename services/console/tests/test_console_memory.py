"""The doubles of the console's tables keep what the tables promise."""

import pytest
from services.console.tests.suite_authorizations import AuthorizationsSuite
from services.console.tests.suite_bulk_runs import BulkRunsSuite
from services.console.tests.suite_rows import RowsSuite

from console.memory import MemoryAuthorizations, MemoryRows
from console.orders.bulk_runs import MemoryBulkRuns
from runtime.clock import Clock


class TestRows(RowsSuite):
    """``tests/integration/test_integration_console.py`` runs the same on PostgreSQL."""

    @pytest.fixture
    def rows(self) -> MemoryRows:
        return MemoryRows()


class TestAuthorizations(AuthorizationsSuite):
    """``tests/integration/test_integration_connecting.py`` runs the same on PostgreSQL."""

    @pytest.fixture
    def begun(self) -> list[MemoryAuthorizations]:
        return [MemoryAuthorizations()] * 4


class TestBulkRuns(BulkRunsSuite):
    """``tests/integration/test_integration_console.py`` runs the same on PostgreSQL."""

    @pytest.fixture
    def runs(self, clock: Clock) -> MemoryBulkRuns:
        return MemoryBulkRuns(clock)
