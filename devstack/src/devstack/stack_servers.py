"""The servers of one `devstack up`: our own under the supervisor, or given ones."""

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from devstack.backends import Servers
from devstack.cache import cache_folder
from devstack.databases import Access, Database, create_database, drop_database
from devstack.folder import StateFolder
from devstack.kafka import Kafka
from devstack.postgres import Postgres
from devstack.supervisor import Supervisor
from devstack.watched import Supervised


@dataclass(frozen=True)
class StackServers:
    """Where Kafka and the stack's database are; `close()` after everything has stopped."""

    kafka: str
    access: Access
    database_name: str
    topic_prefix: str
    close: Callable[[], None]

    @property
    def database(self) -> Database:
        """The stack's database; it exists after `create_database()`."""
        name = self.database_name
        return Database(name, self.access.admin_dsn(name), self.access.app_dsn(name))

    async def create_database(self) -> None:
        """Make it, empty. Raises StackFailed."""
        await create_database(self.access, self.database_name)


def native_servers(
    folder: StateFolder,
    supervisor: Supervisor,
    *,
    kafka_port: int | None,
    postgres_port: int | None,
) -> StackServers:
    """Launch both under the supervisor, which waits for them; their data go with the folder."""
    kafka = Kafka(
        folder.data / "kafka", cache=cache_folder(), log=folder.log("kafka"), port=kafka_port
    )
    supervisor.launch([Supervised(kafka.program, kafka.is_ready)])
    log = folder.log("postgres")
    postgres = Postgres(folder.data / "postgres", log=log, port=postgres_port)
    folder.keep_track_of(postgres.home)
    supervisor.launch([Supervised(postgres.program, postgres.is_ready)])
    return StackServers(kafka.bootstrap, postgres.access, "ordersync", "", postgres.discard)


def given_servers(servers: Servers) -> StackServers:
    """Servers that may hold other things: a database and topics of our own names on them."""
    run = secrets.token_hex(4)
    name = f"ordersync_{run}"
    kafka, access = servers.kafka, servers.postgres

    def close() -> None:
        asyncio.run(drop_database(access, name))
        servers.stop()

    return StackServers(kafka, access, name, f"{run}-", close)
