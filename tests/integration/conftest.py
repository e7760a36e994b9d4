"""Databases with the tables that a file of tests names as ``MIGRATED``; groups on real Kafka."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import pytest
from structlog.testing import capture_logs
from tests.integration.consumer_group import Group, NewGroup
from tests.integration.database_access import Pool

from devstack.backends import Servers
from devstack.databases import Database, create_database, drop_database
from runtime.migrations import migrate


@pytest.fixture(scope="module")
def migrated(stack: Servers, request: pytest.FixtureRequest) -> Iterator[Database]:
    """One database for the file, to be emptied after each test: making one takes half a second."""
    database = asyncio.run(create_database(stack.postgres, f"file_{secrets.token_hex(4)}"))
    asyncio.run(migrate(database.admin_dsn, request.module.MIGRATED))
    yield database
    asyncio.run(drop_database(stack.postgres, database.name))


@pytest.fixture
async def pool(database: Database, request: pytest.FixtureRequest) -> AsyncIterator[Pool]:
    """The application's connections to a database of the test's own."""
    await migrate(database.admin_dsn, request.module.MIGRATED)
    async with asyncpg.create_pool(database.app_dsn, min_size=1, max_size=8) as pool:
        yield pool


@pytest.fixture
def new_group(stack: Servers, topic_prefix: str) -> NewGroup:
    async def create(partitions: int = 4) -> Group:
        made = Group(stack.kafka, topic_prefix)
        await made.create(partitions)
        return made

    return create


@pytest.fixture
async def group(new_group: NewGroup) -> Group:
    return await new_group()


@pytest.fixture
def logged() -> Iterator[list[Any]]:
    """What was logged; tracebacks printed with their locals take longer than what is tested."""
    with capture_logs() as lines:
        yield lines
