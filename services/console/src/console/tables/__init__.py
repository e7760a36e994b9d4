"""The rows in PostgreSQL (tables: ``migrations/``)."""

from importlib.resources import files
from typing import Final

from console.tables.authorizations import open_authorizations
from console.tables.postgres import PostgresRows, connect
from runtime.migrations import MigrationSet

MIGRATIONS: Final = MigrationSet("console", files("console") / "migrations")
"""For ``ordersync migrate``."""

__all__ = ["MIGRATIONS", "PostgresRows", "connect", "open_authorizations"]
