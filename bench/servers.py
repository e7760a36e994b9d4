"""Kafka and PostgreSQL to measure on: as devstack starts them, with room in memory."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import asyncpg

from devstack import backends
from devstack.cache import cache_folder
from devstack.databases import Access, Database, create_database, drop_database
from devstack.kafka import Kafka
from devstack.postgres import Postgres

# What a production server has and a test server has not: room for the working set, and no
# checkpoint in the middle of a measurement. The same for every contender.
_ROOM: Final = {
    "shared_buffers": "'1GB'",
    "max_wal_size": "'8GB'",
    "checkpoint_timeout": "'30min'",
    "shared_preload_libraries": "'pg_stat_statements'",
}


@dataclass
class BenchServers:
    """The servers of one run, each started when first asked for."""

    folder: Path
    given: backends.Servers | None

    @cached_property
    def kafka(self) -> str:
        """The broker's host:port."""
        if self.given is not None:
            return self.given.kafka
        self._broker = Kafka(
            self.folder / "kafka", cache=cache_folder(), log=self.folder / "kafka.log"
        )
        self._broker.start()
        return self._broker.bootstrap

    @cached_property
    def postgres(self) -> Access:
        """How to reach PostgreSQL."""
        if self.given is not None:
            return self.given.postgres
        self._server = Postgres(self.folder / "postgres", log=self.folder / "postgres.log")
        self._server.start()
        return self._server.access

    async def make_room(self) -> None:
        """Give our own server memory and restart it; a given server stays as it is."""
        access = self.postgres
        if self.given is not None:
            return
        connection = await asyncpg.connect(access.admin)
        for name, value in _ROOM.items():
            await connection.execute(f"ALTER SYSTEM SET {name} = {value}")
        await connection.close()
        self._server.stop()
        self._server.start()

    def stop(self) -> None:
        """Stop what was started here."""
        if "kafka" in self.__dict__ and self.given is None:
            self._broker.stop()
        if "postgres" in self.__dict__ and self.given is None:
            self._server.discard()
        if self.given is not None:
            self.given.stop()


@contextmanager
def servers() -> Iterator[BenchServers]:
    """Servers of the back-end that the environment chooses."""
    native = backends.choose(os.environ) == "native"
    with TemporaryDirectory(prefix="ordersync-bench-") as folder:
        own = BenchServers(Path(folder), None if native else backends.servers(os.environ))
        try:
            yield own
        finally:
            own.stop()


@asynccontextmanager
async def database(access: Access) -> AsyncIterator[Database]:
    """An empty database, gone afterwards."""
    name = f"bench_{secrets.token_hex(4)}"
    made = await create_database(access, name)
    try:
        yield made
    finally:
        await drop_database(access, name)
