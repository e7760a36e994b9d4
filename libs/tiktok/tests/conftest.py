"""A scripted HTTP server and the two transports that must behave alike."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tiktok.calls import App, Shop
from tiktok.client import TikTokClient
from tiktok.transport import Timeouts, open_http

NOW = datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)
GOLDEN = Path(__file__).parent / "golden"


class ScriptedTikTok:
    """Reads whole requests and answers each by one script; ``requests`` holds their heads."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.read_one = asyncio.Event()
        self.script: Callable[[asyncio.StreamWriter], Awaitable[None]] = self.silence
        self.url = ""
        self._released = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                fields = dict(
                    line.lower().split(": ", 1) for line in head.split("\r\n") if ": " in line
                )
                await reader.readexactly(int(fields.get("content-length", "0")))
                self.requests.append(head)
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

    def release(self) -> None:
        self._released.set()


@pytest.fixture
async def tiktok_server() -> AsyncIterator[ScriptedTikTok]:
    scripted = ScriptedTikTok()
    listening = await asyncio.start_server(scripted.serve, "127.0.0.1", 0)
    scripted.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield scripted
    scripted.release()
    listening.close()
    await listening.wait_closed()


@pytest.fixture(params=["aiohttp", "httpcore"])
async def tiktok_http(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    transport = None if request.param == "aiohttp" else httpx.AsyncHTTPTransport()
    async with open_http(transport=transport) as client:
        yield client


@pytest.fixture
def app() -> App:
    return App("6abc123def", "test_app_secret_0123456789")


@pytest.fixture
def shop() -> Shop:
    return Shop(token="TTP_planted_token", cipher="TTP_AbC+/dEf==")


@pytest.fixture
def make_client(app: App) -> Callable[..., TikTokClient]:
    def make(http: httpx.AsyncClient, url: str, **timeouts: float) -> TikTokClient:
        limits = Timeouts(**{"connect_s": 2.0, "read_s": 2.0, "total_s": 5.0, **timeouts})
        return TikTokClient(http, app, clock=lambda: NOW, base_url=url, timeouts=limits)

    return make


class Recorded:
    """A MockTransport's handler: keeps what it was asked, answers with one envelope."""

    def __init__(self, data: object = None, *, status: int = 200, **envelope: object) -> None:
        self.requests: list[httpx.Request] = []
        self._body = {"code": 0, "message": "Success", "request_id": "r1", "data": data} | envelope
        self._status = status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._status, json=self._body)

    @property
    def last(self) -> httpx.Request:
        return self.requests[-1]


@pytest.fixture
def recorded() -> type[Recorded]:
    return Recorded


@pytest.fixture
def client_on(app: App) -> Callable[..., TikTokClient]:
    def on(handler: Callable[[httpx.Request], httpx.Response]) -> TikTokClient:
        http = open_http(transport=httpx.MockTransport(handler))
        return TikTokClient(http, app, clock=lambda: NOW, base_url="https://api.invalid/")

    return on


@pytest.fixture
def golden() -> Callable[[str], dict]:
    return lambda name: json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
