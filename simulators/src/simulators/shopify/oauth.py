"""`POST /admin/oauth/access_token`: the four ways to a token (Shopify: access tokens).

`GET /admin/oauth/authorize` is a person who agrees at once: it redirects with a code, signed.

client_credentials gives a token for 86,399 s. authorization_code and token exchange give an offline
token without end, or with `expiring=1` one for 3,600 s and a refresh token that rotates; the old
one is good until the new access token is first used (Shopify: since 2026-08-28). Whether a
client-credentials token counts as offline is not known of the real one: here it does, unless the
store is put with `offline: false`.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from simulators.shopify.gate import address_of, store_of
from simulators.shopify.store.store import Store
from simulators.shopify.world import World

_CREDENTIALS_S = 86_399
_EXPIRING_S = 3_600
_REFRESH_S = 7_776_000
_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ONLINE = "urn:shopify:params:oauth:token-type:online-access-token"


class BadGrant(ValueError):
    """A refused grant; the text is OAuth's error code."""


class TokenEndpoint:
    """Issues tokens. Authorisation codes come from installing, or from `POST /_sim/codes`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._codes: dict[str, str] = {}
        self._refresh: dict[str, str] = {}
        self._successors: dict[str, str] = {}

    def make_code(self, domain: str) -> str:
        """A code as the install redirect would carry it; it can be used once."""
        code = self._world.randomness.new_secret()
        self._codes[code] = domain
        return code

    async def install(self, request: Request) -> Response:
        """The installation's page, and the person in front of it."""
        store = store_of(self._world, address_of(request.scope))
        if store is None:
            return JSONResponse({"errors": "Not Found"}, 404)
        asked = request.query_params
        target = asked.get("redirect_uri", "")
        if asked.get("client_id") != self._world.settings.client_id or not target:
            return JSONResponse({"error": "invalid_request"}, 400)
        returned = {
            "code": self.make_code(store.domain),
            "host": base64.urlsafe_b64encode(store.domain.encode()).decode().rstrip("="),
            "shop": store.domain,
            "state": asked.get("state", ""),
            "timestamp": str(int(self._world.now())),
        }
        query = urlencode({**returned, "hmac": self._signature(returned)})
        return RedirectResponse(f"{target}?{query}", 302)

    def _signature(self, returned: Mapping[str, str]) -> str:
        signed = "&".join(f"{key}={returned[key]}" for key in sorted(returned))
        secret = self._world.settings.client_secret.encode()
        return hmac.digest(secret, signed.encode(), hashlib.sha256).hex()

    async def answer(self, request: Request) -> Response:
        """The endpoint."""
        store = store_of(self._world, address_of(request.scope))
        if store is None:
            return JSONResponse({"errors": "Not Found"}, 404)
        try:
            given = _fields(await request.body())
            self._check_client(given)
            return JSONResponse(self._issue(store, given))
        except BadGrant as refused:
            status = 401 if str(refused) == "invalid_client" else 400
            return JSONResponse({"error": str(refused)}, status)

    def _check_client(self, given: Mapping[str, str]) -> None:
        settings = self._world.settings
        known = hmac.compare_digest(given.get("client_id", ""), settings.client_id)
        secret = given.get("client_secret", "").encode()
        if not (known and hmac.compare_digest(secret, settings.client_secret.encode())):
            raise BadGrant("invalid_client")

    def _issue(self, store: Store, given: Mapping[str, str]) -> dict[str, object]:
        kind = given.get("grant_type") or ("authorization_code" if "code" in given else "")
        if kind == "client_credentials":
            expires_at = self._world.now() + _CREDENTIALS_S
            grant = store.grants.issue("shpca", expires_at, offline=store.grants.fixed.offline)
            return _answer(grant.token, grant.scopes, _CREDENTIALS_S)
        if kind == "authorization_code":
            self._use(self._codes, given.get("code", ""), store, "invalid_request")
            return self._offline(store, expiring=given.get("expiring") == "1")
        if kind == "refresh_token":
            return self._refreshed(store, given.get("refresh_token", ""))
        if kind == _EXCHANGE:
            return self._exchanged(store, given)
        raise BadGrant("unsupported_grant_type")

    def _use(self, held: dict[str, str], key: str, store: Store, error: str) -> None:
        if held.get(key) != store.domain:
            raise BadGrant(error)
        del held[key]

    def _refreshed(self, store: Store, old: str) -> dict[str, object]:
        """Rotated: the old pair holds until a call is made with the new access token."""
        is_known = self._refresh.get(old) == store.domain
        if not is_known or self._successors.get(old) in store.grants.used:
            raise BadGrant("invalid_grant")
        answer = self._offline(store, expiring=True)
        self._successors[old] = str(answer["access_token"])
        return answer

    def _exchanged(self, store: Store, given: Mapping[str, str]) -> dict[str, object]:
        self._check_session_token(store, given.get("subject_token", ""))
        if given.get("requested_token_type") == _ONLINE:
            grant = store.grants.issue("shpua", self._world.now() + _CREDENTIALS_S, offline=False)
            return _answer(grant.token, grant.scopes, _CREDENTIALS_S)
        return self._offline(store, expiring=given.get("expiring") == "1")

    def _offline(self, store: Store, *, expiring: bool) -> dict[str, object]:
        expires_at = self._world.now() + _EXPIRING_S if expiring else None
        grant = store.grants.issue("shpat", expires_at)
        if not expiring:
            return _answer(grant.token, grant.scopes, None)
        refresh = f"shprt_{self._world.randomness.new_secret()}"
        self._refresh[refresh] = store.domain
        return {
            **_answer(grant.token, grant.scopes, _EXPIRING_S),
            "refresh_token": refresh,
            "refresh_token_expires_in": _REFRESH_S,
        }

    def _check_session_token(self, store: Store, token: str) -> None:
        signed, _, signature = token.rpartition(".")
        secret = self._world.settings.client_secret.encode()
        expected = hmac.digest(secret, signed.encode(), hashlib.sha256)
        try:
            claims = json.loads(_decoded(signed.partition(".")[2]))
            genuine = hmac.compare_digest(_decoded(signature), expected)
        except ValueError:
            raise BadGrant("invalid_subject_token") from None
        right = claims.get("dest") == f"https://{store.domain}"
        if not (genuine and right and claims.get("exp", 0) > self._world.now()):
            raise BadGrant("invalid_subject_token")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _fields(body: bytes) -> dict[str, str]:
    try:
        given = json.loads(body)
    except ValueError:
        given = dict(parse_qsl(body.decode("utf-8", "replace")))
    if not isinstance(given, dict):
        raise BadGrant("invalid_request")
    return {str(key): str(value) for key, value in given.items()}


def _answer(token: str, scopes: tuple[str, ...], expires_in: int | None) -> dict[str, object]:
    answer: dict[str, object] = {"access_token": token, "scope": ",".join(scopes)}
    return answer if expires_in is None else {**answer, "expires_in": expires_in}
