"""One HTTP request and what may become of it: executed, answered, held, or cut off.

The vocabulary in which faults are written. `Exchange.transport` is there under `serving.serve`
(its protocol puts the connection into the ASGI state); in-process tests have none, and there a cut
connection is a `ConnectionResetError` raised out of the app.
"""

import socket
import struct
from asyncio import Transport
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_LINGER_NOTHING = struct.pack("ii", 1, 0)
"""SO_LINGER with zero seconds: closing sends RST, so the peer sees a reset, not an end of file."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer. Header names in lower case; content-length is added on sending."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @classmethod
    def json(cls, status: int, body: bytes, headers: Iterable[tuple[str, str]] = ()) -> "Answer":
        """An answer whose body is JSON text already."""
        extra = tuple((name.lower().encode(), value.encode()) for name, value in headers)
        return cls(status, ((b"content-type", b"application/json"), *extra), body)


async def read_body(receive: Receive) -> bytes | None:
    """The whole request body, or None when the client went away before sending all of it."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that was read to its end and has no answer yet."""

    app: ASGIApp
    scope: Scope
    body: bytes
    receive: Receive
    send: Send

    async def proceed(self) -> None:
        """The app executes the request and answers it itself."""
        await self.app(self.scope, self._replayed(), self.send)

    async def execute(self) -> Answer:
        """The app executes the request; its answer is returned and not sent."""
        started: list[Message] = []
        parts: list[bytes] = []

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.append(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(self.scope, self._replayed(), keep)
        headers = tuple((bytes(k), bytes(v)) for k, v in started[0]["headers"])
        return Answer(started[0]["status"], headers, b"".join(parts))

    async def answer(self, answer: Answer, *, cut_after: int | None = None) -> None:
        """Sends an answer; with `cut_after` only that many bytes of the body it announced."""
        headers = [(k, v) for k, v in answer.headers if k != b"content-length"]
        headers.append((b"content-length", str(len(answer.body)).encode()))
        await self.send(
            {"type": "http.response.start", "status": answer.status, "headers": headers}
        )
        body = answer.body if cut_after is None else answer.body[:cut_after]
        more = cut_after is not None
        await self.send({"type": "http.response.body", "body": body, "more_body": more})

    async def client_gone(self) -> None:
        """Returns when the client has closed the connection."""
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def reset(self) -> None:
        """Cuts the connection with a TCP reset; nothing that was not yet sent arrives."""
        transport = self._transport()
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOTHING)
        transport.abort()
        await self.client_gone()

    async def close(self) -> None:
        """Closes the connection after what was sent so far."""
        self._transport().close()
        await self.client_gone()

    def _transport(self) -> Transport:
        transport: Transport | None = self.scope.get("state", {}).get("transport")
        if transport is None:
            raise ConnectionResetError("the simulator cut the connection (no real one: in-process)")
        return transport

    def _replayed(self) -> Receive:
        given = False

        async def receive() -> Message:
            nonlocal given
            if given:
                return await self.receive()
            given = True
            return {"type": "http.request", "body": self.body, "more_body": False}

        return receive
