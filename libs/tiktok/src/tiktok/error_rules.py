"""HTTP status and ``code`` → error.

The code decides; where it does not say enough, the message's wording; where there is no known code,
the HTTP status. Whether business errors come with HTTP 200 is not documented, so a code counts
whatever the status.

| code | HTTP | error |
|---|---|---|
| 0 | 2xx | none |
| 105002 | 401 | ``TokenExpired`` |
| 36009004 about ``access_token`` or ``x-tts-access-token`` | 400 | ``TokenExpired`` |
| 105001, 105004, 36004001, 36004004 | | ``AuthorizationLost`` |
| 105005 | 403 | ``ScopeMissing`` |
| 101000; 36009004 about the shop id | 401 | ``ShopNotCovered`` |
| 106001, 36009033 | 401, 403 | ``Misconfigured`` |
| 36009004 about ``app_key``, ``app_secret``, ``timestamp`` | 400 | ``Misconfigured`` |
| 36009002 | 429 | ``Throttled`` |
| 36009003, 36009007 | 500, 408 | ``ServerTrouble`` |
| 10002014, 10002015, 10037002–4, 10006402 (fetching), 21011044 (on hold) | | ``ServerTrouble`` |
| 21008111 | | ``NotOurs`` |
| any other | 4xx | ``CallRejected`` |
| none known | 3xx | ``Misconfigured`` |
| any other | 401, 403 | ``AuthorizationLost`` |
| none | 401 | ``AuthorizationLost`` |
| none | 403 | ``ServerTrouble``: turned away on the way, and nobody says what to grant |
| none known | 408, 5xx, 429 | ``ServerTrouble``, ``Throttled`` |
| none, not JSON | 2xx | ``NoAnswer`` |

Sources: Partner Center "Common errors" and the error tables of each endpoint; two live captures.
"""

from dataclasses import dataclass

from tiktok.errors import (
    AuthorizationLost,
    CallRejected,
    Misconfigured,
    NotOurs,
    ScopeMissing,
    ServerTrouble,
    ShopNotCovered,
    Throttled,
    TikTokError,
    TokenExpired,
)

_Verdict = tuple[type[TikTokError], str]

_EXPIRED = (TokenExpired, "the access token is not accepted any more: refresh it")
_LOST = (AuthorizationLost, "the authorisation is not valid: authorise the shop again")
_NOT_COVERED = (ShopNotCovered, "the token does not cover this shop: read the shops again")
_BUSY = (ServerTrouble, "TikTok could not do it now")
_SLOW_DOWN = (Throttled, "too many requests")
_REJECTED = (CallRejected, "TikTok cannot take this call")

_CATCH_ALL = 36009004
_FORBIDDEN = 403

_BY_CODE: dict[int, _Verdict] = {
    105002: _EXPIRED,
    105001: _LOST,
    105004: _LOST,
    36004001: _LOST,
    36004004: _LOST,
    105005: (ScopeMissing, "a scope is missing: authorise the shop again with it"),
    101000: _NOT_COVERED,
    106001: (Misconfigured, "the signature is not accepted: check the app secret"),
    36009033: (Misconfigured, "this address is not in the app's IP allow-list"),
    36009002: _SLOW_DOWN,
    21008111: (NotOurs, "it belongs to another seller"),
    **dict.fromkeys((36009003, 36009007, 10002014, 10002015, 10006402, 21011044), _BUSY),
    **dict.fromkeys((10037002, 10037003, 10037004), _BUSY),
}

_WRONG_TIME: _Verdict = (Misconfigured, "the time is not accepted: set this machine's clock")

_BY_WORDING: tuple[tuple[str, _Verdict], ...] = (
    ("access_token", _EXPIRED),
    ("access-token", _EXPIRED),
    ("access token", _EXPIRED),
    ("app_key", (Misconfigured, "the app key is not accepted: check the app key")),
    ("app_secret", (Misconfigured, "the app secret is not accepted: check the app secret")),
    ("timestamp", _WRONG_TIME),
    ("shop id", _NOT_COVERED),
    ("shop_id", _NOT_COVERED),
)

_BY_STATUS: dict[int, _Verdict] = {401: _LOST, 403: _LOST, 408: _BUSY, 429: _SLOW_DOWN}

_BY_STATUS_CLASS: dict[int, _Verdict] = {
    3: (Misconfigured, "the address redirects: check the API address"),
    5: _BUSY,
}


@dataclass(frozen=True)
class Failure:
    """A failed answer. ``message`` is only looked at, never kept."""

    operation: str
    http_status: int
    code: int | None
    message: str
    request_id: str | None
    retry_after_s: float | None
    clock_ahead_s: int | None = None


def error_for(failure: Failure) -> TikTokError:
    """Return the error that the answer means. Pure; the table above is the rule."""
    kind, why = _verdict(failure)
    if (kind, why) == _WRONG_TIME and failure.clock_ahead_s:
        seconds, where = (
            abs(failure.clock_ahead_s),
            "ahead of" if failure.clock_ahead_s > 0 else "behind",
        )
        why = f"{why}, it is {seconds} s {where} TikTok's"
    return kind(
        failure.operation,
        why,
        code=failure.code,
        http_status=failure.http_status,
        request_id=failure.request_id,
        retry_after_s=failure.retry_after_s,
    )


def _verdict(failure: Failure) -> _Verdict:
    if failure.code in _BY_CODE:
        return _BY_CODE[failure.code]
    if failure.code == _CATCH_ALL:
        return _by_wording(failure.message.casefold())
    if failure.code is None and failure.http_status == _FORBIDDEN:
        return _BUSY
    by_class = _BY_STATUS_CLASS.get(failure.http_status // 100, _REJECTED)
    return _BY_STATUS.get(failure.http_status, by_class)


def _by_wording(message: str) -> _Verdict:
    return next((verdict for words, verdict in _BY_WORDING if words in message), _REJECTED)
