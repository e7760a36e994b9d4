"""Authorisations under way, in PostgreSQL; not a view: it is never emptied with the rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg

_BEGIN = """
    WITH dropped AS (
        DELETE FROM console.authorization_begun WHERE expires_at < now()
    )
    INSERT INTO console.authorization_begun (state_digest, begun_by, expires_at)
    VALUES ($1, $2, $3)
"""
_TAKE = """
    DELETE FROM console.authorization_begun WHERE state_digest = $1 RETURNING expires_at > $2
"""


class PostgresAuthorizations:
    """Keeps what ``authorizations.Authorizations`` promises."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def begin(self, state_digest: str, begun_by: str, expires_at: datetime) -> None:
        """See ``Authorizations.begin``."""
        await self._connection.execute(_BEGIN, state_digest, begun_by, expires_at)

    async def take(self, state_digest: str, now: datetime) -> bool:
        """See ``Authorizations.take``; one statement: two who come at once are one and nobody."""
        return bool(await self._connection.fetchval(_TAKE, state_digest, now))


@asynccontextmanager
async def open_authorizations(dsn: str) -> AsyncIterator[PostgresAuthorizations]:
    """In the database at ``dsn``."""
    connection = await asyncpg.connect(dsn, server_settings={"application_name": "ordersync"})
    try:
        yield PostgresAuthorizations(connection)
    finally:
        await connection.close()
