"""Access tokens from Shopify; an embedded app's through the official package ``shopifyapp``.

Its GraphQL call is never used (it repeats mutations by itself), and neither are its logs: they hold
requests unredacted. Sources: shopify.dev "Token exchange", "Refresh access tokens", "Client
credentials", "Authorization code grant".
"""

import asyncio
import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from shopify_app import ShopifyApp
from shopify_app.types import TokenExchangeResult

from httpclient.transport import LOST_CONNECTION, Timeouts
from shopify.stores import store_domain

_PAIR_LIVES: Final = timedelta(hours=1)
"""An access token that comes with a refresh token (shopify.dev "Refresh access tokens")."""
_CREDENTIALS_LIVE: Final = timedelta(seconds=86_399)
_REFUSALS: Final = (400, 401)
"""What the token endpoint answers when it refuses; anything else may pass."""
_PERMANENT: Final = {
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_subject_token",
    "refresh_token_expired",
    "configuration_error",
}


class TokenRefused(Exception):
    """Shopify gives no token: connect the store again. The text is the package's stable code."""

    safe = True


class TokenDelayed(Exception):
    """Shopify could not be asked now; again later."""

    safe = True


@dataclass(frozen=True, slots=True)
class StoreToken:
    """A store's token; ``expires_at`` None: never. ``refresh_token`` "": there is none."""

    access_token: str = field(repr=False)
    scope: str
    expires_at: datetime | None = None
    refresh_token: str = field(repr=False, default="")


class TokenSource:
    """Gets and renews the tokens of one app. ``http`` is the caller's to close.

    No request takes longer than ``limit_s``, however slowly its answer comes: others wait for it.
    TokenRefused and TokenDelayed are raised by all; ``now`` is when the token is asked for.
    """

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        http: httpx.AsyncClient,
        limit_s: float = Timeouts.total_s,
    ) -> None:
        self._limit_s = limit_s
        self._app = ShopifyApp(client_id, client_secret)
        self._id, self._secret = client_id, client_secret
        self._http = http

    async def renew(self, store: str, refresh_token: str, now: datetime) -> StoreToken:
        """A new access token and refresh token.

        The old refresh token is good until the new access token is first used (since 2026-08-28),
        so an answer that was lost is asked for again with it.
        """
        given = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        token = _given(await self._asked(store, given), now, _PAIR_LIVES)
        return replace(token, refresh_token=token.refresh_token or refresh_token)

    async def by_credentials(self, store: str, now: datetime) -> StoreToken:
        """For a store of our own organisation; lives a day. Whether it may create orders: probe."""
        given = {"grant_type": "client_credentials"}
        return _given(await self._asked(store, given), now, _CREDENTIALS_LIVE)

    async def by_session(self, store: str, session_token: str) -> StoreToken:
        """An embedded app's session token for an offline token that expires and is renewed.

        The app's secret goes to ``store`` only, whatever store the session token names.
        """
        claims = _claims(session_token)
        if claims.get("dest") != f"https://{store_domain(store)}":
            raise TokenRefused("session_token_of_another_store")
        try:
            async with asyncio.timeout(self._limit_s):
                result = await self._app.exchange_using_token_exchange_async(
                    "offline",
                    {"exchangeable": True, "token": session_token, "claims": claims},
                    {"status": 401, "body": "", "headers": {}},
                    http_client=self._http,
                )
        except TimeoutError:
            raise TokenDelayed("deadline") from None
        except ValueError:  # the package reads a page of HTML as JSON
            raise TokenDelayed("unreadable_answer") from None
        return _token(result)

    async def by_code(self, store: str, code: str, now: datetime) -> StoreToken:
        """The code that installing the app gave."""
        return _given(await self._asked(store, {"code": code, "expiring": "1"}), now, None)

    async def _asked(self, store: str, given: Mapping[str, str]) -> Mapping[str, Any]:
        """The token endpoint's answer to one request.

        Not through the package, whose refresh takes an answer without ``expires_in`` for a token
        that has ended, one without a token for a token, and raises at a page of HTML.
        """
        url = f"https://{store_domain(store)}/admin/oauth/access_token"
        body = {"client_id": self._id, "client_secret": self._secret, **given}
        try:
            async with asyncio.timeout(self._limit_s):
                answer = await self._http.post(url, json=body)
        except TimeoutError:
            raise TokenDelayed("deadline") from None
        except LOST_CONNECTION as failure:
            raise TokenDelayed(type(failure).__name__) from None
        if answer.status_code in _REFUSALS:
            error = _body(answer).get("error")
            raise TokenRefused(str(error) if error in _PERMANENT else "invalid_grant")
        if answer.status_code != 200:
            raise TokenDelayed(f"http_{answer.status_code}")
        return _body(answer)


def _body(answer: httpx.Response) -> Mapping[str, Any]:
    """What it says; nothing when it is no JSON object (Shopify also refuses with a page)."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _given(body: Mapping[str, Any], now: datetime, usual: timedelta | None) -> StoreToken:
    """``usual``: how long such a token lives where its answer does not say; None: for ever.

    One that comes with a refresh token ends, whatever else is said.
    """
    refresh_token = str(body.get("refresh_token") or "")
    usual = _PAIR_LIVES if usual is None and refresh_token else usual
    try:
        lives_s = float(body.get("expires_in") or 0)
        lives = timedelta(seconds=lives_s) if lives_s > 0 else usual
        access_token = str(body["access_token"] or "")
    except (KeyError, TypeError, ValueError, OverflowError):
        raise TokenDelayed("unreadable_answer") from None
    if not access_token:
        raise TokenDelayed("unreadable_answer")
    expires_at = now + lives if lives is not None else None
    return StoreToken(access_token, str(body.get("scope", "")), expires_at, refresh_token)


def _token(result: TokenExchangeResult) -> StoreToken:
    if not result.ok or result.access_token is None:
        code = str(result.log.code)
        raise TokenRefused(code) if code in _PERMANENT else TokenDelayed(code)
    given = result.access_token
    expires_at = None
    if given.expires:
        expires_at = datetime.fromisoformat(given.expires)
    refresh_token = getattr(given, "refresh_token", None) or ""
    return StoreToken(given.token, given.scope, expires_at, refresh_token)


def _claims(session_token: str) -> Mapping[str, Any]:
    """What the token says; whether it is genuine is for Shopify to judge at the exchange."""
    try:
        part = session_token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (IndexError, ValueError, binascii.Error):
        raise TokenRefused("invalid_subject_token") from None
    if not isinstance(claims, dict):
        raise TokenRefused("invalid_subject_token")
    return claims
