"""The webhook endpoint: is it TikTok's, is it here already, and thank you. Nothing is fetched here.

``POST`` to the path, answered within ``LIMIT_S`` (TikTok waits 3 s, then sends again):

| answer | when |
|---|---|
| 200, empty | the notification is durable, now or since an earlier time |
| 400 | TikTok signed it, but it is no notification |
| 401 | the signature over the raw body is wrong |
| 404, 405, 413, 503 | see ``runtime.posting``; polling finds what a lost one says anyway |

Partner Center: "Webhooks overview".
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import structlog

from fetcher.metrics import Metrics
from inbox.interface import Inbox
from runtime.clock import Clock
from runtime.posting import Headers, PostEndpoint, Receive, Send
from tiktok.calls import App
from tiktok.searches import is_id
from tiktok.webhooks import Notification, NotificationUnreadable, is_genuine, read_notification

log = structlog.get_logger()
PATH: Final = "/webhooks/tiktok"
LONGEST_BODY: Final = 64 * 1024
LIMIT_S: Final = 2.5


class WebhookEndpoint:
    """The ASGI app. ``apps`` are the app with its secret and, while it is changed, the old one."""

    def __init__(
        self,
        apps: Sequence[App],
        inbox: Inbox[Notification],
        arrived: Callable[[], None],
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._apps = tuple(apps)
        self._inbox = inbox
        self._arrived = arrived
        self._clock = clock
        self._metrics = metrics
        self._posts = PostEndpoint(PATH, self._take, metrics.answered, LONGEST_BODY, LIMIT_S)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        await self._posts(scope, receive, send)

    async def _take(self, headers: Headers, raw: bytes) -> int:
        signature = headers.get(b"authorization", b"").decode("latin-1")
        # Every app is tried, also after a match: the time taken tells nothing.
        genuine = [is_genuine(app.key, app.secret, raw, signature) for app in self._apps]
        if not any(genuine):
            log.warning("webhook.not_genuine")
            return 401
        try:
            notification = _identified(read_notification(raw), raw)
        except NotificationUnreadable as unreadable:
            log.warning("webhook.unreadable", why=str(unreadable))
            return 400
        is_new = await self._inbox.put(notification, self._clock())
        self._metrics.notified(notification.kind, is_new=is_new)
        if is_new:
            self._arrived()
        return 200


def _identified(notification: Notification, raw: bytes) -> Notification:
    """The oldest kind has no id: what it says stands for it, as for what no id looks like."""
    if is_id(notification.notification_id):
        return notification
    return replace(notification, notification_id=hashlib.sha256(raw).hexdigest())
