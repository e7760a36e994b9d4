"""PostgreSQL keeps what every event store promises, seen through the application's role."""

from collections.abc import AsyncIterator

import pytest
from libs.eventstore.tests.suite_eventstore import EventStoreSuite

from devstack.databases import Database
from eventstore import postgres
from runtime.migrations import migrate


class TestPostgresEventStore(EventStoreSuite):
    """Runs the shared suite; ``libs/eventstore/tests`` runs it in memory."""

    @pytest.fixture
    async def store(self, database: Database) -> AsyncIterator[postgres.PostgresEventStore]:
        await migrate(database.admin_dsn, [postgres.MIGRATIONS])
        async with postgres.connect(database.app_dsn, listen=True) as store:
            yield store
