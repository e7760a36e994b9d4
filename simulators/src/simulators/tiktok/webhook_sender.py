"""Sends notifications: signed, at least once, and as unreliably as one orders it to be.

`PUT /_sim/webhooks` gives the app's one URL and the odds (0 to 1) of losing, doubling and
overtaking; a shop's own subscription (Update Shop Webhook 202309) takes precedence over that URL.
An answer other than 200 within 3 s, or none, is tried again (here after seconds, by a setting;
TikTok waits 2 min, 30 min, 3 h, 12 h).
"""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

import httpx

from simulators.outbox import Outbox
from simulators.tiktok.envelope import to_json
from simulators.tiktok.ids import IdSource
from simulators.tiktok.notices import EVENT_NAMES, Notice
from simulators.tiktok.settings import Settings
from simulators.tiktok.signing import webhook_signature

_OVERTAKEN_WITHIN_S = 1.0
_AT_A_TIME = 64


class BadWebhooks(ValueError):
    """Webhook settings that cannot be used; names the field and the fix."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """`PUT /_sim/webhooks`: where to, and what goes wrong on the way."""

    url: str | None = None
    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    delay_s: float = 0.0


@dataclass(slots=True)
class Tally:
    """What became of the notifications so far; `dropped` on order, `failed` after all tries."""

    delivered: int = 0
    dropped: int = 0
    doubled: int = 0
    overtaken: int = 0
    failed: int = 0


class WebhookSender:
    """Sends in the background; `subscribed` gives a shop's own address for an event, or None."""

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], float],
        ids: IdSource,
        subscribed: Callable[[str, str], str | None],
        transport: httpx.AsyncBaseTransport | None = None,
        seed: int = 0,
    ) -> None:
        self._seed = seed
        self.delivery = Delivery()
        self.tally = Tally()
        self._settings = settings
        self._now = now
        self._ids = ids
        self._subscribed = subscribed
        self.outbox = Outbox(settings.webhook_timeout_s, transport)
        self._dice = random.Random(self._seed)
        self._slots = asyncio.Semaphore(_AT_A_TIME)
        self._next_sent = asyncio.Event()

    def configure(self, raw: Mapping[str, object]) -> None:
        """Changes the given settings and puts the dice back. Raises BadWebhooks."""
        unknown = sorted({*raw} - set(asdict(self.delivery)))
        if unknown:
            raise BadWebhooks(f"{unknown[0]}: unknown; use {', '.join(asdict(self.delivery))}")
        for key, value in raw.items():
            _check(key, value)
        self.delivery = replace(self.delivery, **raw)  # type: ignore[arg-type]  # checked above
        self._dice = random.Random(self._seed)

    def shown(self) -> dict[str, object]:
        """Settings and tally as JSON; `pending` are on their way."""
        return {**asdict(self.delivery), **asdict(self.tally), "pending": len(self.outbox)}

    def send(self, notice: Notice) -> None:
        """Puts a notification on its way, if anybody listens."""
        url = self._subscribed(notice.shop_id, EVENT_NAMES[notice.type]) or self.delivery.url
        if not url:
            return
        lost, doubled, overtaken = (self._dice.random() for _ in range(3))
        self._next_sent.set()
        self._next_sent = asyncio.Event()
        if lost < self.delivery.drop:
            self.tally.dropped += 1
            return
        late = overtaken < self.delivery.reorder
        copies = 2 if doubled < self.delivery.duplicate else 1
        self.tally.overtaken += late
        self.tally.doubled += copies - 1
        body = self._body(notice)
        for _ in range(copies):
            overtaken_by = self._next_sent if late else None
            self.outbox.start(self._deliver(url, body, overtaken_by))

    def _body(self, notice: Notice) -> bytes:
        return to_json(
            {
                "type": notice.type,
                "tts_notification_id": self._ids.take("7380"),
                "shop_id": notice.shop_id,
                "timestamp": int(self._now()),
                "data": notice.data,
            }
        )

    async def _deliver(self, url: str, body: bytes, overtaken_by: asyncio.Event | None) -> None:
        await asyncio.sleep(self.delivery.delay_s)
        if overtaken_by is not None:
            await _wait_for_next(overtaken_by)
        for wait in (*self._settings.webhook_retries_s, None):
            async with self._slots:
                if await self._is_accepted(url, body):
                    self.tally.delivered += 1
                    return
            if wait is not None:
                await asyncio.sleep(wait)
        self.tally.failed += 1

    async def _is_accepted(self, url: str, body: bytes) -> bool:
        signature = webhook_signature(self._settings.app_key, self._settings.app_secret, body)
        headers = {"Authorization": signature, "Content-Type": "application/json"}
        return await self.outbox.post(url, body, headers) == 200


async def _wait_for_next(sent: asyncio.Event) -> None:
    """Until the next notification is on its way and had a moment's head start, or a second."""
    try:
        await asyncio.wait_for(sent.wait(), _OVERTAKEN_WITHIN_S)
        await asyncio.sleep(_OVERTAKEN_WITHIN_S / 10)
    except TimeoutError:
        return


def _check(key: str, value: object) -> None:
    if key == "url":
        if value is not None and not (isinstance(value, str) and value.startswith("http")):
            raise BadWebhooks("url: an http or https address, or null for none")
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise BadWebhooks(f"{key}: a number, 0 or more")
    if key != "delay_s" and value > 1:
        raise BadWebhooks(f"{key}: odds between 0 and 1")
