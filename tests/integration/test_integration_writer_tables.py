"""The shopify-writer's tables in PostgreSQL keep what they promise."""

import pytest
from tests.integration.database_access import Pool
from tests.integration.suite_writer_tables import CheckpointsSuite, KeptOrdersSuite, TurnsSuite

from shopify_writer.tables import MIGRATIONS, PostgresCheckpoints, PostgresKeptOrders, PostgresTurns

MIGRATED = [MIGRATIONS]


class TestKeptOrders(KeptOrdersSuite):
    @pytest.fixture
    def kept(self, pool: Pool) -> PostgresKeptOrders:
        return PostgresKeptOrders(pool)


class TestCheckpoints(CheckpointsSuite):
    @pytest.fixture
    def checkpoints(self, pool: Pool) -> PostgresCheckpoints:
        return PostgresCheckpoints(pool)


class TestTurns(TurnsSuite):
    @pytest.fixture
    def turns(self, pool: Pool) -> PostgresTurns:
        return PostgresTurns(pool)
