"""What is counted exactly: statements, round trips, bytes of write-ahead log."""

import asyncpg


class WalMeter:
    """Reads how far the server's write-ahead log has been written."""

    def __init__(self, admin: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._admin = admin

    async def position(self) -> int:
        """Bytes since the server's beginning."""
        return int(
            await self._admin.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        )
