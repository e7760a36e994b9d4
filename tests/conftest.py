"""The servers every test that crosses a boundary runs on: real ones, started once per run."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator

import pytest
from tests.system.stack import System, running_system

from devstack import backends
from devstack.databases import Database, create_database, drop_database


@pytest.fixture(scope="session")
def stack() -> Iterator[backends.Servers]:
    """One Kafka and one PostgreSQL for the whole run.

    `stack.kafka` (host:port) and `stack.postgres` each start their server when first asked.
    """
    servers = backends.servers(os.environ)
    try:
        yield servers
    finally:
        servers.stop()


@pytest.fixture
async def database(stack: backends.Servers) -> AsyncIterator[Database]:
    """An empty database of the test's own (`.admin_dsn`, `.app_dsn`), without migrations."""
    name = f"test_{secrets.token_hex(6)}"
    yield await create_database(stack.postgres, name)
    await drop_database(stack.postgres, name)


@pytest.fixture
def topic_prefix() -> str:
    """A prefix no other test's topics have."""
    return f"t{secrets.token_hex(4)}-"


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The whole system, brought up once per run in a folder of its own, and down whatever happens.

    Tests share it: each makes orders of its own and leaves the settings as it found them.
    """
    with running_system(tmp_path_factory.mktemp("system")) as system:
        yield system
