"""What protects pages without sign-in: who may ask, from where, and what a page may load."""

import hmac
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.randomness import NewId

COOKIE: Final = "console_form"
FIELD: Final = "form_token"
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SecureHeaders:
    """Adds the headers to every answer, and a form token to browsers that have none."""

    def __init__(self, app: ASGIApp, new_token: NewId) -> None:
        self._app = app
        self._new_token = new_token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        known = _cookie(Headers(scope=scope))
        token = known or self._new_token()
        scope.setdefault("state", {})[FIELD] = token

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not known:
                    headers.append(
                        "Set-Cookie", f"{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict"
                    )
            await send(message)

        await self._app(scope, receive, with_headers)


def form_token(request: Request) -> str:
    """What a form of this browser carries."""
    token: str = request.scope["state"][FIELD]
    return token


def is_forged(request: Request, given: object) -> bool:
    """Whether a form did not come from a page of ours in the same browser."""
    if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
        return True
    known = _cookie(request.headers)
    if not (known and isinstance(given, str)):
        return True
    return not hmac.compare_digest(known.encode(errors="replace"), given.encode(errors="replace"))


def _cookie(headers: Headers) -> str:
    """Ours among whatever others stand beside it: all servers of a machine share its cookies."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")
