"""The mapper's tables: orders that wait, releases that are worked off, variants of each store."""

from importlib.resources import files
from typing import Final

from mapper.tables.kinds import WaitsFor
from mapper.tables.releases import Claim, Release, Releases
from mapper.tables.waiting import Tables, Waiting, normal_sku
from runtime.migrations import MigrationSet

MIGRATIONS: Final = MigrationSet("mapper", files("mapper") / "migrations")
"""For ``ordersync migrate``."""

__all__ = [
    "MIGRATIONS",
    "Claim",
    "Release",
    "Releases",
    "Tables",
    "Waiting",
    "WaitsFor",
    "normal_sku",
]
