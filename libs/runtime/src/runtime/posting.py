"""An endpoint that takes what a platform posts: one path, small bodies, an answer in time.

``POST`` to the path is given to ``take``, which says the status; besides that:

| answer | when |
|---|---|
| 404, 405 | another path, another method |
| 413 | the body is longer than ``longest`` bytes; the rest of it is not read |
| 400 | the database takes nothing of the kind, whenever it comes: it is logged |
| 503 | it could not be kept in time, or the database is away: the platform sends it again |
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

import structlog

from runtime.kafka.policy import ABOUT_THE_DATA, OUTSIDE, is_infrastructure
from runtime.outage import what_and_where

log = structlog.get_logger()
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Mapping[bytes, bytes]
"""Names in lower case."""
Take = Callable[[Headers, bytes], Awaitable[int]]
"""Headers and raw body → the status to answer with."""


class TooLong(Exception):
    """The body is longer than any that is expected."""


@dataclass(frozen=True, slots=True)
class PostEndpoint:
    """The ASGI app. ``limit_s``: before the sender gives up; ``answered`` is told each status."""

    path: str
    take: Take
    answered: Callable[[int], None]
    longest: int = 64 * 1024
    limit_s: float = 2.5

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        status = await self._status(scope, receive)
        self.answered(status)
        headers = [(b"content-length", b"0")]
        if status == 413:
            headers.append((b"connection", b"close"))  # the rest of the body is not read
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _status(self, scope: Mapping[str, Any], receive: Receive) -> int:
        if scope["path"].rstrip("/") != self.path:
            return 404
        if scope["method"] != "POST":
            return 405
        headers = {name.lower(): value for name, value in scope["headers"]}
        try:
            async with asyncio.timeout(self.limit_s):
                return await self.take(headers, await self._body(headers, receive))
        except TooLong:
            return 413
        except (*OUTSIDE, *ABOUT_THE_DATA) as error:
            if is_infrastructure(error):
                log.warning("webhook.not_kept", error=type(error).__name__)
                return 503
            log.warning("webhook.cannot_be_kept", why=what_and_where(error))
            return 400

    async def _body(self, headers: Headers, receive: Receive) -> bytes:
        """The raw body; TooLong as soon as that shows."""
        announced = headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self.longest:
            raise TooLong
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self.longest:
                raise TooLong
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                return bytes(body)
