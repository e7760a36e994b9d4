"""What asyncpg raises, by what is at fault: the database, the rows it was given, our functions."""

from typing import Final

import asyncpg

Faults = tuple[type[BaseException], ...]
ANY: Final[Faults] = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,  # connections and pools that are closed
    asyncpg.InternalClientError,
)
"""All of them; what is not ``ABOUT_A_ROW`` or ``RAISED_BY_US`` means that the database is away."""
ABOUT_A_ROW: Final[Faults] = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,  # a key too long for its index
    asyncpg.CardinalityViolationError,  # two that are one row
)
"""Raised again for the same rows; without the one at fault the others are taken."""
RAISED_BY_US: Final[Faults] = (asyncpg.PLPGSQLError,)
"""By a function of ours, over what it was given."""
