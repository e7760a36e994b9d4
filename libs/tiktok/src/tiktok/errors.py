"""What can go wrong with a call, by who has to act.

::

    TikTokError
    ├── TryLater              nobody: call again later
    │   ├── Throttled             too many requests; retry_after_s
    │   ├── ServerTrouble         TikTok failed, timed out or is down
    │   └── NoAnswer              network, time-out, an answer that cannot be read
    ├── TokenExpired          us: refresh the access token, then once more
    ├── AuthorizationLost     the seller: authorise again
    │   └── ScopeMissing          … with a scope that is missing
    ├── ShopNotCovered        us: read the authorised shops again
    ├── Misconfigured         the operator: app key, secret, clock, address, IP allow-list
    ├── NotOurs               nobody: the order or package belongs to another seller
    └── CallRejected          the developers: a call that TikTok cannot take

Which answer becomes which: ``error_rules``. An error says operation, our own words, TikTok's code,
HTTP status and request id. It never holds a text of TikTok's (those echo parameters), a query or a
token, and has no cause attached whose text could.
"""


class TikTokError(Exception):
    """A call failed. ``operation`` is the client's method, ``why`` a sentence of ours."""

    def __init__(
        self,
        operation: str,
        why: str,
        *,
        code: int | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        self.operation = operation
        self.why = why
        self.code = code
        self.http_status = http_status
        self.request_id = request_id
        self.retry_after_s = retry_after_s
        facts = {"code": code, "HTTP": http_status, "request": request_id}
        known = ", ".join(f"{name} {value}" for name, value in facts.items() if value is not None)
        super().__init__(f"{operation}: {why}" + (f" ({known})" if known else ""))


class TryLater(TikTokError):
    """Nothing is wrong with the call: make it again later."""


class Throttled(TryLater):
    """Too many requests. ``retry_after_s`` when TikTok says how long."""


class ServerTrouble(TryLater):
    """TikTok could not do it now."""


class NoAnswer(TryLater):
    """No answer that can be read. A change may have been made: make only repeatable ones again."""


class TokenExpired(TikTokError):
    """The access token is not accepted any more: refresh it and call once more."""


class AuthorizationLost(TikTokError):
    """The seller's authorisation is gone: the seller has to give it again."""


class ScopeMissing(AuthorizationLost):
    """The seller did not grant a scope that this call needs."""


class ShopNotCovered(TikTokError):
    """Token and shop do not belong together: read the authorised shops again."""


class Misconfigured(TikTokError):
    """The operator has to correct a setting; ``why`` names it."""


class NotOurs(TikTokError):
    """The order or package belongs to another seller."""


class CallRejected(TikTokError):
    """TikTok cannot take this call: a bug of ours."""
