"""One signed call (Partner Center "Sign your API request")."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import httpx

from httpclient.transport import Timeouts
from tiktok.errors import Throttled
from tiktok.exchange import Clock, Reply, exchange
from tiktok.rate_limit import RateLimit
from tiktok.signing import sign
from tiktok.transport import keep_queries_out_of_logs

USER_AGENT = "ordersync/0.1"
_HEADERS = {"Content-Type": "application/json", "User-Agent": USER_AGENT}


@dataclass(frozen=True)
class App:
    """Our app as Partner Center knows it."""

    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Shop:
    """Whose call it is: a grant's access token, and the cipher of one of its shops."""

    token: str = field(repr=False)
    cipher: str = field(repr=False)


@dataclass(frozen=True)
class Call:
    """What is asked. ``operation`` names it in errors; ``body`` None sends none."""

    operation: str
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, object] | None = field(default=None, repr=False)


class SignedCalls:
    """Signs calls with the app's secret and sends them to one address.

    ``ahead``: by how much our clock is ahead of TikTok's, as far as its last answer tells.
    """

    def __init__(
        self,
        http: httpx.AsyncClient,
        base_url: str,
        app: App,
        clock: Clock,
        timeouts: Timeouts,
        rate_limit: RateLimit | None = None,
    ) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._app = app
        self._clock = clock
        self._timeouts = timeouts
        self._rate_limit = rate_limit
        self.ahead = timedelta()
        keep_queries_out_of_logs()

    async def make(self, call: Call, token: str, cipher: str | None = None) -> Reply:
        """Make one call. Endpoints about the seller refuse a cipher, those about a shop want it."""
        sent_at = self._clock()
        body = b"" if call.body is None else _encoded(call.body)
        request = self._http.build_request(
            call.method,
            f"{self._base_url}{call.path}",
            params=self._signed_query(call, cipher, body, int(sent_at.timestamp())),
            content=body,
            headers={**_HEADERS, "x-tts-access-token": token},
            timeout=self._timeouts.as_httpx(),
        )
        reply = await exchange(
            self._http, request, operation=call.operation, sent_at=sent_at, timeouts=self._timeouts
        )
        self.ahead = reply.sent_at - reply.asked_at
        return reply

    def now(self) -> datetime:
        """The time by TikTok's clock, as far as its last answer tells; never later."""
        return self._clock() - self.ahead

    def _signed_query(
        self, call: Call, cipher: str | None, body: bytes, timestamp: int
    ) -> dict[str, str]:
        query = {**call.query, "app_key": self._app.key, "timestamp": str(timestamp)}
        if cipher is not None:
            query["shop_cipher"] = cipher
        return {**query, "sign": sign(self._app.secret, call.path, query, body)}

    async def about_shop(
        self,
        shop: Shop,
        operation: str,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Reply:
        """Make a call about one shop, in its turn."""
        call = Call(operation, method, path, query or {}, body)
        if self._rate_limit is None:
            return await self.make(call, shop.token, shop.cipher)
        await self._rate_limit.turn(shop.cipher, operation)
        try:
            return await self.make(call, shop.token, shop.cipher)
        except Throttled as refused:
            self._rate_limit.refused(shop.cipher, operation, refused.retry_after_s)
            raise


def _encoded(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
