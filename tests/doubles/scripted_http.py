"""A scripted HTTP server in a platform's place; both clients are tested against it."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeAlias

Script: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]


class ScriptedServer:
    """Answers every whole request by one script; ``executed`` holds what it read."""

    def __init__(self) -> None:
        self.executed: list[tuple[str, bytes]] = []
        self.read_one = asyncio.Event()
        self.script: Script = self.silence
        self.url = ""
        self.serving: list[asyncio.Task[None] | None] = []
        self._released = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.append(asyncio.current_task())
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                fields = dict(
                    line.lower().split(": ", 1) for line in head.split("\r\n") if ": " in line
                )
                body = await reader.readexactly(int(fields.get("content-length", "0")))
                self.executed.append((head, body))
                self.read_one.set()
                await self.script(writer)
        writer.close()

    async def silence(self, writer: asyncio.StreamWriter) -> None:
        await self._released.wait()

    async def reset(self, writer: asyncio.StreamWriter) -> None:
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    def answering(
        self, body: bytes, *, status: str = "200 OK", cut: int = 0, headers: str = ""
    ) -> Script:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()

        async def script(writer: asyncio.StreamWriter) -> None:
            writer.write(head + body[: len(body) - cut])
            await writer.drain()
            if cut:
                writer.close()

        return script

    async def garbage(self, writer: asyncio.StreamWriter) -> None:
        writer.write(b"\x00\x01 this is not HTTP\r\n\r\n")
        writer.close()

    def release(self) -> None:
        self._released.set()


@contextlib.asynccontextmanager
async def scripted_server() -> AsyncIterator[ScriptedServer]:
    """One that listens on a free port, at its ``url``, until the block ends."""
    scripted = ScriptedServer()
    listening = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield scripted
    scripted.release()
    listening.close()
    await asyncio.gather(*filter(None, scripted.serving))
    await listening.wait_closed()
