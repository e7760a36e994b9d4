"""Access tokens: where a seller authorises us, get, refresh (Partner Center "Authorization guide").

The token host is unsigned and takes app secret and tokens in the query: so no URL of these calls is
logged or in an error.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from httpclient.transport import Timeouts
from tiktok.calls import USER_AGENT, App
from tiktok.errors import NoAnswer
from tiktok.exchange import Clock, Reply, exchange
from tiktok.transport import keep_queries_out_of_logs
from tiktok.wire.values import moment

AUTH_URL = "https://auth.tiktok-shops.com"
AUTHORIZE_URL = "https://services.us.tiktokshop.com"

_LONGEST_DURATION_S = 1_000_000_000
ACCESS_LIVES = timedelta(days=7)
"""By default (Partner Center "Authorization guide")."""


@dataclass(frozen=True)
class Tokens:
    """What a grant consists of. Both tokens change with a refresh: store them together.

    ``refresh_expires_at`` None: the answer does not say, so it is as it was.
    """

    access_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_token: str = field(repr=False)
    refresh_expires_at: datetime | None
    open_id: str
    seller_name: str
    seller_region: str
    scopes: tuple[str, ...]


def authorize_url(service_id: str, state: str, *, base_url: str = AUTHORIZE_URL) -> str:
    """Return where a seller (US) grants access. ``service_id`` is Partner Center's, no app key.

    TikTok sends the browser back to the app's redirect URL with ``code`` (valid for 30 minutes,
    once) and ``state``.
    """
    query = urlencode({"service_id": service_id, "state": state})
    return f"{base_url.rstrip('/')}/open/authorize?{query}"


class TokenClient:
    """Gets and refreshes the tokens of a grant. Repeats nothing by itself."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        app: App,
        *,
        clock: Clock,
        base_url: str = AUTH_URL,
        timeouts: Timeouts | None = None,
    ) -> None:
        self._http = http
        self._app = app
        self._clock = clock
        self._base_url = base_url.rstrip("/")
        self._timeouts = timeouts or Timeouts()
        keep_queries_out_of_logs()

    async def get(self, auth_code: str) -> Tokens:
        """Exchange the code of a callback; AuthorizationLost when it is spent or too old."""
        query = {"auth_code": auth_code, "grant_type": "authorized_code"}
        return await self._tokens("token_get", "/api/v2/token/get", query)

    async def refresh(self, refresh_token: str) -> Tokens:
        """Return new tokens for an old refresh token; AuthorizationLost when that is dead.

        What the answer leaves out besides the access token is as it was, or as usual: an answer
        that was thrown away might be the only one that names the new tokens.
        """
        query = {"refresh_token": refresh_token, "grant_type": "refresh_token"}
        return await self._tokens("token_refresh", "/api/v2/token/refresh", query, refresh_token)

    async def _tokens(
        self, operation: str, path: str, query: Mapping[str, str], before: str = ""
    ) -> Tokens:
        sent_at = self._clock()
        secrets = {"app_key": self._app.key, "app_secret": self._app.secret}
        request = self._http.build_request(
            "GET",
            f"{self._base_url}{path}",
            params={**secrets, **query},
            headers={"User-Agent": USER_AGENT},
            timeout=self._timeouts.as_httpx(),
        )
        reply = await exchange(
            self._http, request, operation=operation, sent_at=sent_at, timeouts=self._timeouts
        )
        return _read(reply, operation, before)


def _read(reply: Reply, operation: str, before: str) -> Tokens:
    """``before``: the refresh token that holds on where the answer has none; "": there is none."""
    data = {"refresh_token": before, **_given(reply.data)}
    scopes = data.get("granted_scopes")
    try:
        return Tokens(
            access_token=_required(data, "access_token"),
            access_expires_at=_expiry(data, "access_token_expire_in", reply.sent_at)
            or reply.sent_at + ACCESS_LIVES,
            refresh_token=_required(data, "refresh_token"),
            refresh_expires_at=_expiry(data, "refresh_token_expire_in", reply.sent_at),
            open_id=str(data.get("open_id") or ""),
            seller_name=str(data.get("seller_name") or ""),
            seller_region=str(data.get("seller_base_region") or ""),
            scopes=tuple(map(str, scopes)) if isinstance(scopes, list) else (),
        )
    except LookupError as missing:
        why = f"the answer lacks {missing.args[0]}"
    raise NoAnswer(operation, why, request_id=reply.request_id)


def _given(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value for name, value in data.items() if value not in ("", None)}


def _required(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value:
        raise LookupError(name)
    return value


def _expiry(data: Mapping[str, Any], name: str, now: datetime) -> datetime | None:
    """Read ``…_expire_in``: unix seconds in spite of its name; a small number is a duration.

    None where it says nothing that can be.
    """
    try:
        seconds = int(data[name])
    except (KeyError, TypeError, ValueError):
        return None
    if seconds <= 0:
        return None
    return now + timedelta(seconds=seconds) if seconds < _LONGEST_DURATION_S else moment(seconds)
