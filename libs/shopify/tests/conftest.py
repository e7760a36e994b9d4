"""A scripted HTTP server and the two transports that must be classified alike."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import httpx
import pytest

from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from shopify.transport import Timeouts, open_http

STORE = "demo.myshopify.com"
TOKEN = "shpat_planted_token_4711"
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class ScriptedServer:
    """Answers every whole request by one script; ``executed`` holds what it read."""

    def __init__(self) -> None:
        self.executed: list[tuple[str, bytes]] = []
        self.connections = 0
        self.read_one = asyncio.Event()
        self.script: Callable[[asyncio.StreamWriter], Awaitable[None]] = self.silence
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
    ) -> Callable[[asyncio.StreamWriter], Awaitable[None]]:
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


@pytest.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    scripted = ScriptedServer()
    listening = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield scripted
    scripted.release()
    listening.close()
    await listening.wait_closed()


@pytest.fixture(params=["aiohttp", "httpcore"])
async def http(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    transport = None if request.param == "aiohttp" else httpx.AsyncHTTPTransport()
    async with open_http(transport=transport) as client:
        yield client


@pytest.fixture
def timeouts() -> Timeouts:
    return Timeouts(connect_s=2.0, read_s=2.0, total_s=5.0)


@pytest.fixture
def make_client(timeouts: Timeouts) -> Callable[..., ShopifyClient]:
    def make(http: httpx.AsyncClient, **settings: object) -> ShopifyClient:
        settings.setdefault("timeouts", timeouts)
        return ShopifyClient(http, StaticTokens({STORE: TOKEN}), clock=lambda: NOW, **settings)

    return make
