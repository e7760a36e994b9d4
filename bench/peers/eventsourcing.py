"""``eventsourcing`` 9.5.6 (PyPI) in a process and a virtual environment of its own.

Its PostgreSQL recorder as it comes: table lock, psycopg pipeline, state as bytes. It is driven
through its recorder, below its mapper and its snapshots, so only storing is compared.
"""

import asyncio
import json
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

from bench.peers import fetch

_LIMIT_S = 120.0


class EventSourcing:
    """Speaks to the process, a line at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def ask(self, do: str, **what: Any) -> dict[str, Any]:
        """The answer to one request."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **what}).encode() + b"\n")
        return await self.answer()

    async def answer(self) -> dict[str, Any]:
        """The next line; raises when the process ended."""
        assert self._process.stdout is not None
        async with asyncio.timeout(_LIMIT_S):
            line = await self._process.stdout.readline()
        if not line:
            raise ConnectionError("the eventsourcing process ended: see its words above")
        answer: dict[str, Any] = json.loads(line)
        return answer


@asynccontextmanager
async def connect(dsn: str, payloads: Sequence[bytes]) -> AsyncIterator[EventSourcing]:
    """The recorder on the database at ``dsn``, with these events to append."""
    python = await asyncio.to_thread(fetch.eventsourcing_python)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "payloads"
        file.write_bytes(b"\n".join(payloads))
        process = await asyncio.create_subprocess_exec(
            str(python),
            "-P",
            str(Path(__file__).with_name("eventsourcing_worker.py")),
            json.dumps(_target(dsn)),
            str(file),
            stdin=PIPE,
            stdout=PIPE,
            limit=1 << 20,
        )
        peer = EventSourcing(process)
        try:
            await peer.answer()
            yield peer
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


def _target(dsn: str) -> dict[str, str]:
    parts = urlsplit(dsn)
    return {
        "dbname": parts.path.strip("/"),
        "host": parts.hostname or "127.0.0.1",
        "port": str(parts.port or 5432),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }
