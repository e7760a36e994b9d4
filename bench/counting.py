"""Counting what a client says to PostgreSQL, on the wire, and what the server writes of it."""

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg

_STATEMENTS = frozenset(b"QE")
"""Simple Query and Execute (PostgreSQL: Message Formats)."""
_SSL_REQUEST = struct.pack(">i", 80877103)
"""Comes before the start-up message; neither has a type byte."""


@dataclass
class Counted:
    """What passed so far: statements, and changes from the client's turn to the server's."""

    statements: int = 0
    round_trips: int = 0


class WalMeter:
    """Reads how far the server's write-ahead log has been written."""

    def __init__(self, admin: "asyncpg.Connection[asyncpg.Record]") -> None:
        self._admin = admin

    async def position(self) -> int:
        """Bytes since the server's beginning."""
        return int(await self._admin.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn"))


class _Passage:
    """One connection through the proxy."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._clients_turn = False
        self._rest = b""
        self._started = False

    async def to_server(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on and count what the client says."""
        while data := await reader.read(1 << 20):
            self._count(data)
            self._clients_turn = True
            writer.write(data)
            await writer.drain()

    async def to_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on the answers; the first bytes after the client's end a round trip."""
        while data := await reader.read(1 << 20):
            if self._clients_turn:
                self._clients_turn = False
                self._counted.round_trips += 1
            writer.write(data)
            await writer.drain()

    def _count(self, data: bytes) -> None:
        self._rest += data
        while len(self._rest) >= (head := 5 if self._started else 4):
            (length,) = struct.unpack_from(">i", self._rest, head - 4)
            if len(self._rest) < head - 4 + length:
                return
            if self._started and self._rest[0] in _STATEMENTS:
                self._counted.statements += 1
            self._started = self._started or self._rest[4:8] != _SSL_REQUEST
            self._rest = self._rest[head - 4 + length :]


@asynccontextmanager
async def counting_proxy(dsn: str) -> AsyncIterator[tuple[str, Counted]]:
    """Another way to the database at ``dsn``, and the count of what goes that way."""
    parts = urlsplit(dsn)
    counted = Counted()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server = await asyncio.open_connection(parts.hostname, parts.port)
        passage = _Passage(counted)
        try:
            await asyncio.gather(
                _until_closed(passage.to_server(reader, server[1]), server[1]),
                _until_closed(passage.to_client(server[0], writer), writer),
            )
        finally:
            server[1].close()
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    login = parts.netloc.rpartition("@")[0]
    try:
        yield urlunsplit(parts._replace(netloc=f"{login}@127.0.0.1:{port}")), counted
    finally:
        listening.close()


async def _until_closed(passing: Awaitable[None], writer: asyncio.StreamWriter) -> None:
    """One side that hangs up ends the other."""
    with contextlib.suppress(OSError):
        await passing
    writer.close()
