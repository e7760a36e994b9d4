"""TikTok's stand-ins: a scripted HTTP server, a recorder, and how the tests make a client."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeAlias

import httpx

from tiktok.client import TikTokClient

Script: TypeAlias = Callable[[asyncio.StreamWriter], Awaitable[None]]
Handler: TypeAlias = Callable[[httpx.Request], httpx.Response]
ClientOn: TypeAlias = Callable[[Handler], TikTokClient]
Golden: TypeAlias = Callable[[str], dict[str, Any]]


class MakeClient(Protocol):
    """Makes a client of the server at ``url``, with the test's app and clock."""

    def __call__(
        self, http: httpx.AsyncClient, url: str, *, read_s: float = 2.0, total_s: float = 5.0
    ) -> TikTokClient: ...


class ScriptedTikTok:
    """Reads whole requests and answers each by one script; ``requests`` holds their heads."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.read_one = asyncio.Event()
        self.script: Script = self.silence
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
    ) -> Script:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()

        async def script(writer: asyncio.StreamWriter) -> None:
            writer.write(head + body[: len(body) - cut])
            await writer.drain()
            if cut:
                writer.close()

        return script

    def release(self) -> None:
        self._released.set()


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
