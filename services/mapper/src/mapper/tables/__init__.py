"""The mapper's tables in PostgreSQL, in its own schema.

- ``waiting``     orders that wait, and releases that are worked off
- ``sku_checks``  SKUs whose link is to be looked at
- ``catalogues``  what is known of each store's products
"""

from importlib.resources import files
from typing import Final

from runtime.migrations import MigrationSet

MIGRATIONS: Final = MigrationSet("mapper", files("mapper") / "migrations")
