"""A database with the event store's tables, seen by its administrator and by the application."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.integration.database_access import connected

from devstack.databases import Database
from eventstore import postgres
from eventstore.postgres import PostgresEventStore
from runtime.migrations import migrate


@pytest.fixture
async def events_database(database: Database) -> Database:
    """The test's database with the event store's tables in it."""
    await migrate(database.admin_dsn, [postgres.MIGRATIONS])
    return database


@pytest.fixture
async def admin(events_database: Database) -> AsyncIterator[Any]:
    async with connected(events_database.admin_dsn) as connection:
        yield connection


@pytest.fixture
async def app(events_database: Database) -> AsyncIterator[Any]:
    async with connected(events_database.app_dsn) as connection:
        yield connection


@pytest.fixture
async def store(events_database: Database) -> AsyncIterator[PostgresEventStore]:
    async with postgres.connect(events_database.app_dsn) as store:
        yield store
