"""Which Kafka and PostgreSQL a stack uses: given ones, native ones, or containers.

1. `KAFKA_BOOTSTRAP` and `DATABASE_URL` are set: these. `DATABASE_URL` must name a role that may
   create databases and roles, unless `ADMIN_DATABASE_URL` names one beside it.
2. `DEVSTACK_BACKEND=docker`: containers.
3. Otherwise: native processes, the same on every machine.

A stack that cannot start is an error with one sentence, never a skip.
"""

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Protocol

from devstack.cache import cache_folder
from devstack.databases import Access
from devstack.errors import StackFailed, StackRefused
from devstack.kafka import Kafka, answers_metadata
from devstack.postgres import Postgres

Backend = Literal["env", "native", "docker"]


class Servers(Protocol):
    """One Kafka and one PostgreSQL, each started when first asked for; StackFailed if it cannot."""

    @property
    def kafka(self) -> str:
        """The broker's host:port."""

    @property
    def postgres(self) -> Access:
        """How to reach PostgreSQL."""

    def stop(self) -> None:
        """Stop what was started here, and remove its data."""


def choose(environ: Mapping[str, str]) -> Backend:
    """The back-end that these variables ask for. Raises StackRefused for half or unknown ones."""
    given = {name for name in ("KAFKA_BOOTSTRAP", "DATABASE_URL") if environ.get(name)}
    if len(given) == 2:
        return "env"
    if given:
        raise StackRefused(
            f"{given.pop()} is set alone: set KAFKA_BOOTSTRAP and DATABASE_URL, or neither"
        )
    backend = environ.get("DEVSTACK_BACKEND") or "native"
    if backend not in {"native", "docker"}:
        raise StackRefused(f"DEVSTACK_BACKEND is native or docker, not {backend!r}")
    return "docker" if backend == "docker" else "native"


def servers(environ: Mapping[str, str]) -> Servers:
    """The servers of the chosen back-end, none of them started yet."""
    match choose(environ):
        case "env":
            return GivenServers(environ)
        case "docker":
            # Only then: the container client is a development dependency.
            from devstack.containers import ContainerServers  # noqa: PLC0415 - see above

            return ContainerServers()
        case _:
            return NativeServers(cache_folder(environ))


class GivenServers:
    """Servers that somebody else runs: used, never started, stopped or emptied."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._bootstrap = environ["KAFKA_BOOTSTRAP"]
        admin = environ.get("ADMIN_DATABASE_URL")
        database = environ["DATABASE_URL"]
        self._access = Access(database) if admin is None else Access(admin, app=database)

    @property
    def kafka(self) -> str:
        """KAFKA_BOOTSTRAP, after one of its brokers has answered."""
        if not any(answers_metadata(broker) for broker in self._bootstrap.split(",")):
            raise StackFailed(f"no Kafka broker answers at KAFKA_BOOTSTRAP={self._bootstrap}")
        return self._bootstrap

    @property
    def postgres(self) -> Access:
        """The given server; whether it answers is known when a database is made."""
        return self._access

    def stop(self) -> None:
        """Nothing: they are not ours."""


class NativeServers:
    """Servers of our own in a temporary folder, gone after `stop()`."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._folder = Path(tempfile.mkdtemp(prefix="ordersync-servers-"))
        self._kafka: Kafka | None = None
        self._postgres: Postgres | None = None

    @property
    def kafka(self) -> str:
        """The broker's host:port; the first call starts it."""
        if self._kafka is None:
            log = self._folder / "kafka.log"
            broker = Kafka(self._folder / "kafka", cache=self._cache, log=log)
            broker.start()
            self._kafka = broker
        return self._kafka.bootstrap

    @property
    def postgres(self) -> Access:
        """How to reach PostgreSQL; the first call starts it."""
        if self._postgres is None:
            server = Postgres(self._folder / "postgres", log=self._folder / "postgres.log")
            server.start()
            self._postgres = server
        return self._postgres.access

    def stop(self) -> None:
        """Stop both and remove everything they wrote."""
        if self._kafka is not None:
            self._kafka.stop()
        if self._postgres is not None:
            self._postgres.discard()
        shutil.rmtree(self._folder, ignore_errors=True)
