"""Sellers on their way to TikTok and back, kept in PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from services.console.tests.suite_authorizations import AuthorizationsSuite

from console import tables
from console.tables.authorizations import PostgresAuthorizations
from devstack.databases import Database
from runtime.migrations import migrate


class TestAuthorizations(AuthorizationsSuite):
    """``services/console/tests`` runs the suite in memory."""

    @pytest.fixture
    async def begun(self, database: Database) -> AsyncIterator[list[PostgresAuthorizations]]:
        await migrate(database.admin_dsn, [tables.MIGRATIONS])
        async with AsyncExitStack() as stack:
            opened = [tables.open_authorizations(database.app_dsn) for _ in range(4)]
            yield [await stack.enter_async_context(each) for each in opened]
