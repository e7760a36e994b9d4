"""Access tokens from Shopify, through the official package ``shopifyapp``.

Its GraphQL call is never used (it repeats mutations by itself), and neither are its logs: they hold
requests unredacted. Sources: shopify.dev "Token exchange", "Refresh access tokens", "Client
credentials", "Authorization code grant".
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import httpx
from shopify_app import ShopifyApp
from shopify_app.types import ClientCredentialsExchangeResult, TokenExchangeResult

from shopify.stores import store_domain

_SUFFIX: Final = ".myshopify.com"
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
    """Gets and renews the tokens of one app. ``http`` is the caller's to close."""

    def __init__(self, client_id: str, client_secret: str, http: httpx.AsyncClient) -> None:
        self._app = ShopifyApp(client_id, client_secret)
        self._id, self._secret = client_id, client_secret
        self._http = http

    async def renew(self, store: str, refresh_token: str) -> StoreToken:
        """A new access token and refresh token; the old ones end when the new one is used."""
        old = {"shop": _name(store), "refresh_token": refresh_token, "access_mode": "offline"}
        expired = {
            "token": "",
            "expires": "",
            "refresh_token_expires": "",
            "scope": "",
            "user": None,
        }
        result = await self._app.refresh_token_exchanged_access_token_async(
            {**expired, **old}, http_client=self._http
        )
        return _token(result)

    async def by_credentials(self, store: str) -> StoreToken:
        """For a store of our own organisation; lives a day. Whether it may create orders: probe."""
        result = await self._app.exchange_using_client_credentials_async(
            _name(store), http_client=self._http
        )
        return _token(result)

    async def by_session(self, store: str, session_token: str) -> StoreToken:
        """An embedded app's session token for an offline token that expires and is renewed.

        The app's secret goes to ``store`` only, whatever store the session token names.
        """
        claims = _claims(session_token)
        if claims.get("dest") != f"https://{store_domain(store)}":
            raise TokenRefused("session_token_of_another_store")
        result = await self._app.exchange_using_token_exchange_async(
            "offline",
            {"exchangeable": True, "token": session_token, "claims": claims},
            {"status": 401, "body": "", "headers": {}},
            http_client=self._http,
        )
        return _token(result)

    async def by_code(self, store: str, code: str, now: datetime) -> StoreToken:
        """The code that installing the app gave (the package has no such call)."""
        given = {"client_id": self._id, "client_secret": self._secret, "code": code}
        url = f"https://{store_domain(store)}/admin/oauth/access_token"
        try:
            answer = await self._http.post(url, json={**given, "expiring": "1"})
        except httpx.HTTPError as failure:
            raise TokenDelayed(type(failure).__name__) from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise TokenDelayed(f"http_{answer.status_code}")
        body = _body(answer)
        if answer.status_code != 200:
            error = body.get("error")
            raise TokenRefused(str(error) if error in _PERMANENT else "invalid_grant")
        return _given(body, now)


def _name(store: str) -> str:
    return store_domain(store).removesuffix(_SUFFIX)


def _body(answer: httpx.Response) -> Mapping[str, Any]:
    """What it says; nothing when it is no JSON object (Shopify also refuses with a page)."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _given(body: Mapping[str, Any], now: datetime) -> StoreToken:
    try:
        lives_s = body.get("expires_in")
        return StoreToken(
            str(body["access_token"]),
            str(body.get("scope", "")),
            None if lives_s is None else now + timedelta(seconds=float(lives_s)),
            str(body.get("refresh_token", "")),
        )
    except (KeyError, TypeError, ValueError):
        raise TokenDelayed("unreadable_answer") from None


def _token(result: TokenExchangeResult | ClientCredentialsExchangeResult) -> StoreToken:
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
