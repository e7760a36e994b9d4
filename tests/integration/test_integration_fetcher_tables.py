"""The fetcher's tables in PostgreSQL keep what those in memory promise."""

import pytest
from services.fetcher.tests.suite_tables import CheckpointSuite, OrderIndexSuite
from tests.integration.database_access import Pool

from fetcher.tables import MIGRATIONS, PostgresCheckpoints, PostgresOrderIndex

MIGRATED = [MIGRATIONS]


class TestPostgresCheckpoints(CheckpointSuite):
    """Runs the shared suite; ``services/fetcher/tests`` runs it in memory."""

    @pytest.fixture
    def checkpoints(self, pool: Pool) -> PostgresCheckpoints:
        return PostgresCheckpoints(pool)


class TestPostgresOrderIndex(OrderIndexSuite):
    """Runs the shared suite; ``services/fetcher/tests`` runs it in memory."""

    @pytest.fixture
    def order_index(self, pool: Pool) -> PostgresOrderIndex:
        return PostgresOrderIndex(pool)
