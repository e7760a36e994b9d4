"""The webhook endpoint: is it TikTok's, is it here already, and thank you. Nothing is fetched here.

``POST`` to the path, answered within ``LIMIT_S`` (TikTok waits 3 s, then sends again):

| answer | when |
|---|---|
| 200, empty | the notification is durable, now or since an earlier time |
| 400 | TikTok signed it, but it is no notification |
| 401 | the signature over the raw body is wrong |
| 404, 405 | another path, another method |
| 413 | the body is longer than ``LONGEST_BODY`` |
| 503 | it could not be kept: TikTok sends it again, and polling finds what it says anyway |

Partner Center: "Webhooks overview".
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any, Final

import asyncpg
import structlog

from fetcher.figures import Figures
from fetcher.notifications import Inbox
from runtime.clock import Clock
from tiktok.calls import App
from tiktok.webhooks import Notification, NotificationUnreadable, is_genuine, read_notification

log = structlog.get_logger()
PATH: Final = "/webhooks/tiktok"
LONGEST_BODY: Final = 64 * 1024
LIMIT_S: Final = 2.5
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
_STORE_AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class TooLong(Exception):
    """The body is longer than any notification."""


class WebhookEndpoint:
    """The ASGI app. ``apps`` are the app with its secret and, while it is changed, the old one."""

    def __init__(
        self,
        apps: Sequence[App],
        inbox: Inbox,
        arrived: Callable[[], None],
        clock: Clock,
        figures: Figures,
    ) -> None:
        self._apps = tuple(apps)
        self._inbox = inbox
        self._arrived = arrived
        self._clock = clock
        self._figures = figures

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            return
        status = await self._status(scope, receive)
        self._figures.answered(status)
        headers = [(b"content-length", b"0")]
        if status == 413:
            headers.append((b"connection", b"close"))  # the rest of the body is not read
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    async def _status(self, scope: Mapping[str, Any], receive: Receive) -> int:
        if scope["path"].rstrip("/") != PATH:
            return 404
        if scope["method"] != "POST":
            return 405
        headers = {name.lower(): value for name, value in scope["headers"]}
        try:
            async with asyncio.timeout(LIMIT_S):
                raw = await _body(headers, receive)
                return await self._kept(raw, headers.get(b"authorization", b""))
        except TooLong:
            return 413
        except _STORE_AWAY as error:
            log.warning("webhook.not_kept", error=type(error).__name__)
            return 503

    async def _kept(self, raw: bytes, authorization: bytes) -> int:
        signature = authorization.decode("latin-1")
        # Every app is tried, also after a match: the time taken tells nothing.
        if not any([is_genuine(app, raw, signature) for app in self._apps]):  # noqa: C419 - see above
            log.warning("webhook.not_genuine")
            return 401
        try:
            notification = _identified(read_notification(raw), raw)
        except NotificationUnreadable as unreadable:
            log.warning("webhook.unreadable", why=str(unreadable))
            return 400
        is_new = await self._inbox.put(notification, self._clock())
        self._figures.notified(notification.kind, is_new=is_new)
        if is_new:
            self._arrived()
        return 200


def _identified(notification: Notification, raw: bytes) -> Notification:
    """The oldest kind has no id: what it says stands for it."""
    if notification.notification_id:
        return notification
    return replace(notification, notification_id=hashlib.sha256(raw).hexdigest())


async def _body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    """The raw body; TooLong as soon as that shows."""
    announced = headers.get(b"content-length", b"0")
    if announced.isdigit() and int(announced) > LONGEST_BODY:
        raise TooLong
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > LONGEST_BODY:
            raise TooLong
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return bytes(body)
