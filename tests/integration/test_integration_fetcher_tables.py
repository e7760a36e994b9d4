"""The fetcher's tables in PostgreSQL keep what those in memory promise."""

from collections.abc import AsyncIterator
from typing import TypeAlias

import asyncpg
import pytest
from services.fetcher.tests.suite_tables import CheckpointSuite, OrderIndexSuite

from devstack.databases import Database
from fetcher.tables import MIGRATIONS, PostgresCheckpoints, PostgresOrderIndex
from runtime.migrations import migrate

Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    await migrate(database.admin_dsn, [MIGRATIONS])
    async with asyncpg.create_pool(database.app_dsn, min_size=1, max_size=8) as pool:
        yield pool


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
