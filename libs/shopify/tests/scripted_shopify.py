"""A scripted HTTP server in Shopify's place, and how the tests make a client."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias

import httpx

from shopify.client import ShopifyClient
from shopify.transport import Timeouts

Script: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]


class MakeClient(Protocol):
    """Makes a client with the test's token and clock."""

    def __call__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str | None = None,
        timeouts: Timeouts | None = None,
    ) -> ShopifyClient: ...


class ScriptedServer:
    """Answers every whole request by one script; ``executed`` holds what it read."""

    def __init__(self) -> None:
        self.executed: list[tuple[str, bytes]] = []
        self.connections = 0
        self.read_one = asyncio.Event()
        self.script: Script = self.silence
        self.url = ""
        self._released = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                fields = dict(
                    line.lower().split(": ", 1) for line in head.split("\r\n") if ": " in line
                )
                body = await reader.readexactly(int(fields["content-length"]))
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
