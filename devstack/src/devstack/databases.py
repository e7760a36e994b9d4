"""Databases and the application's roles on a PostgreSQL server, ours or a given one.

`ordersync_app` is the group that migrations grant to; `ordersync` is the login the services use and
a member of it. Neither may create or alter anything.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import asyncpg

from devstack.errors import StackFailed

ADMIN_ROLE = "postgres"
APP_GROUP = "ordersync_app"
APP_LOGIN = "ordersync"
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


@dataclass(frozen=True)
class Access:
    """How to reach a server: the administrator's URL and, if it exists already, the application's.

    Without `app` the login `ordersync` is made, with a password derived from the administrator's,
    so that every run against one server agrees on it.
    """

    admin: str = field(repr=False)
    app: str | None = field(default=None, repr=False)

    def admin_dsn(self, database: str) -> str:
        """The administrator's URL of this database."""
        return urlunsplit(urlsplit(self.admin)._replace(path=f"/{database}"))

    def app_dsn(self, database: str) -> str:
        """The application's URL of this database."""
        parts = urlsplit(self.admin if self.app is None else self.app)
        host = parts.netloc.rpartition("@")[2]
        login = f"{quote(self.app_login, safe='')}:{quote(self.app_password, safe='')}"
        return urlunsplit(parts._replace(netloc=f"{login}@{host}", path=f"/{database}"))

    @property
    def app_login(self) -> str:
        """The role the services log in as."""
        given = None if self.app is None else urlsplit(self.app).username
        return APP_LOGIN if given is None else unquote(given)

    @property
    def app_password(self) -> str:
        """That role's password."""
        if self.app is not None:
            return unquote(urlsplit(self.app).password or "")
        key = (urlsplit(self.admin).password or "").encode()
        return hmac.new(key, APP_LOGIN.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class Database:
    """One database: its name, and its URL for the administrator and for the application."""

    name: str
    admin_dsn: str = field(repr=False)
    app_dsn: str = field(repr=False)


async def create_database(access: Access, name: str) -> Database:
    """Make an empty database that the application's role may enter; the roles are made if missing.

    Raises StackFailed, naming the server's reason but no password.
    """
    try:
        connection = await asyncpg.connect(access.admin)
        try:
            await connection.execute(_roles(access))
            await connection.execute(f"CREATE DATABASE {_name(name)} TEMPLATE template0")
        finally:
            await connection.close()
    except _AWAY as problem:
        raise StackFailed(f"the database {name} could not be created: {problem}") from problem
    return Database(name, access.admin_dsn(name), access.app_dsn(name))


async def drop_database(access: Access, name: str) -> None:
    """Remove the database, ending whoever still uses it; a missing one is already removed."""
    try:
        connection = await asyncpg.connect(access.admin)
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {_name(name)} WITH (FORCE)")
        finally:
            await connection.close()
    except _AWAY as problem:
        raise StackFailed(f"the database {name} could not be removed: {problem}") from problem


def _roles(access: Access) -> str:
    """Make what is missing of group and login. Two runs may do so at once, hence one lock."""
    group, login = _name(APP_GROUP), _name(access.app_login)
    return f"""
        DO $$ BEGIN
            PERFORM pg_advisory_xact_lock(hashtext({_text(APP_GROUP)}));
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {_text(APP_GROUP)}) THEN
                CREATE ROLE {group} NOLOGIN;
            END IF;
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {_text(access.app_login)}) THEN
                CREATE ROLE {login} LOGIN PASSWORD {_text(access.app_password)};
            END IF;
            GRANT {group} TO {login};
        END $$;
    """


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
