"""The shopify-writer's tables in PostgreSQL keep what they promise."""

from collections.abc import AsyncIterator

import asyncpg
import pytest
from tests.integration.suite_writer_tables import CheckpointsSuite, KeptOrdersSuite, TurnsSuite

from devstack.databases import Database
from runtime.migrations import migrate
from shopify_writer.tables import (
    MIGRATIONS,
    PostgresCheckpoints,
    PostgresKeptOrders,
    PostgresTurns,
)


@pytest.fixture
async def pool(database: Database) -> "AsyncIterator[asyncpg.Pool[asyncpg.Record]]":
    await migrate(database.admin_dsn, [MIGRATIONS])
    async with asyncpg.create_pool(database.app_dsn, min_size=1, max_size=4) as made:
        yield made


class TestKeptOrders(KeptOrdersSuite):
    @pytest.fixture
    def kept(self, pool: "asyncpg.Pool[asyncpg.Record]") -> PostgresKeptOrders:
        return PostgresKeptOrders(pool)


class TestCheckpoints(CheckpointsSuite):
    @pytest.fixture
    def checkpoints(self, pool: "asyncpg.Pool[asyncpg.Record]") -> PostgresCheckpoints:
        return PostgresCheckpoints(pool)


class TestTurns(TurnsSuite):
    @pytest.fixture
    def turns(self, pool: "asyncpg.Pool[asyncpg.Record]") -> PostgresTurns:
        return PostgresTurns(pool)
