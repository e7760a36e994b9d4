"""Versioned SQL files of several owners, applied once each, under one lock.

Promises: every file runs in its own transaction together with the row that records it, so a
killed run leaves whole files only; two runs at once wait for each other; a file that was applied
and then changed is refused by name. Files are ``NNNN_name.sql``, numbered from 0001 without gaps.

    MigrationProblem
     ├─ MigrationMisnamed   a file name or numbering we do not understand
     ├─ MigrationChanged    a file differs from what was applied
     └─ MigrationFailed     PostgreSQL refused a file; nothing of that file is left
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.resources.abc import Traversable

import asyncpg

APP_ROLE = "ordersync_app"
"""The group role (NOLOGIN) that migrations grant to; the application's login is its member."""

LOCK = 0x6F72_6465_7273_7963
"""Key of the session advisory lock that one run of migrations holds ("ordersyc" in ASCII)."""

_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_RECORD = """
    CREATE SCHEMA IF NOT EXISTS migrations;
    CREATE TABLE IF NOT EXISTS migrations.applied (
        owner text NOT NULL,
        number integer NOT NULL,
        name text NOT NULL,
        sha256 text NOT NULL,
        applied_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (owner, number)
    );
    GRANT USAGE ON SCHEMA migrations TO ordersync_app;
    GRANT SELECT ON migrations.applied TO ordersync_app;
"""


class MigrationProblem(Exception):
    """Why the database could not be brought up to date; the text names the file."""

    safe = True


class MigrationMisnamed(MigrationProblem):
    """A file name or numbering we do not understand."""


class MigrationChanged(MigrationProblem):
    """A file differs from what was applied: restore it, and put the change into a new file."""


class MigrationFailed(MigrationProblem):
    """PostgreSQL refused a file; nothing of that file is left, those before it are."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its owner, number from 1, name, text, and the SHA-256 of the text in hex."""

    owner: str
    number: int
    name: str
    sql: str = field(repr=False)
    sha256: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.owner}/{self.number:04d}_{self.name}.sql"


@dataclass(frozen=True, slots=True)
class MigrationSet:
    """The migrations of one owner of tables, kept in ``folder`` of its package."""

    owner: str
    folder: Traversable

    def files(self) -> tuple[Migration, ...]:
        """All files in order; MigrationMisnamed for a gap, a double or an unknown name."""
        found = sorted((_parsed(self.owner, file) for file in _sql(self.folder)), key=_number)
        for expected, migration in enumerate(found, start=1):
            if migration.number != expected:
                raise MigrationMisnamed(f"{migration}: number {expected:04d} expected here")
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Applied:
    """A file that this run applied."""

    owner: str
    number: int
    name: str


async def migrate(admin_dsn: str, sets: Sequence[MigrationSet]) -> tuple[Applied, ...]:
    """Apply what is missing, set after set in the order given; what this run applied.

    ``admin_dsn`` must be a direct connection (no transaction pooler) of a role that may create
    schemas and, the first time in a cluster, roles. Waits while another run is at work.
    """
    wanted = [migration for owned in sets for migration in owned.files()]
    async with _alone(admin_dsn) as connection:
        await _create_app_role(connection)
        await connection.execute(_RECORD)
        done = await _digests(connection)
        _refuse_changed(wanted, done)
        missing = [file for file in wanted if (file.owner, file.number) not in done]
        return tuple([await _apply(connection, migration) for migration in missing])


def _sql(folder: Traversable) -> Iterator[Traversable]:
    return (file for file in folder.iterdir() if file.name.endswith(".sql"))


def _number(migration: Migration) -> int:
    return migration.number


def _parsed(owner: str, file: Traversable) -> Migration:
    match = _FILE_NAME.fullmatch(file.name)
    if match is None:
        raise MigrationMisnamed(f"{owner}/{file.name}: expected a name like 0001_create_jobs.sql")
    content = file.read_bytes()
    digest = sha256(content).hexdigest()
    return Migration(owner, int(match[1]), match[2], content.decode(), digest)


@asynccontextmanager
async def _alone(dsn: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that holds the lock. The server notices within a second if we are killed."""
    settings = {"application_name": "ordersync-migrate", "client_connection_check_interval": "1s"}
    connection = await asyncpg.connect(dsn, server_settings=settings)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        yield connection
    finally:
        await connection.close()


async def _create_app_role(connection: asyncpg.Connection) -> None:
    """Roles belong to the whole cluster, so another database's run may come first."""
    if await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", APP_ROLE):
        return
    try:
        await connection.execute(f"CREATE ROLE {APP_ROLE} NOLOGIN")
    except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError):
        return


async def _digests(connection: asyncpg.Connection) -> dict[tuple[str, int], str]:
    rows = await connection.fetch("SELECT owner, number, sha256 FROM migrations.applied")
    return {(row["owner"], row["number"]): row["sha256"] for row in rows}


def _refuse_changed(wanted: Sequence[Migration], done: Mapping[tuple[str, int], str]) -> None:
    for migration in wanted:
        if done.get((migration.owner, migration.number), migration.sha256) != migration.sha256:
            raise MigrationChanged(
                f"{migration} was changed after it was applied: restore it, and put the change "
                "into a new file"
            )


async def _apply(connection: asyncpg.Connection, migration: Migration) -> Applied:
    try:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO migrations.applied (owner, number, name, sha256)"
                " VALUES ($1, $2, $3, $4)",
                migration.owner,
                migration.number,
                migration.name,
                migration.sha256,
            )
    except asyncpg.PostgresError as error:
        raise MigrationFailed(f"{migration}: {error}") from error
    return Applied(migration.owner, migration.number, migration.name)
