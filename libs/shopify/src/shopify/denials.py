"""Who may not do what: the reasons why a store's token is turned away, as stable kinds.

Sources: shopify.dev "Status and error codes" of the Admin API; wording of ACCESS_DENIED as seen by
several integrations.
"""

import re
from enum import StrEnum


class DenialKind(StrEnum):
    """Why a call was turned away before it ran."""

    TOKEN = "token"  # noqa: S105 - the kind's name, not a secret
    TOKEN_MISSING = "token_missing"  # noqa: S105 - the kind's name, not a secret
    SCOPE = "scope"
    OFFLINE_TOKEN = "offline_token"  # noqa: S105 - the kind's name, not a secret
    PROTECTED_DATA = "protected_data"
    FORBIDDEN = "forbidden"
    FROZEN = "frozen"
    LOCKED = "locked"
    SECURITY = "security"
    STORE_UNKNOWN = "store_unknown"
    STORE_MOVED = "store_moved"


BY_STATUS = {
    401: DenialKind.TOKEN,
    402: DenialKind.FROZEN,
    403: DenialKind.FORBIDDEN,
    404: DenialKind.STORE_UNKNOWN,
    423: DenialKind.LOCKED,
    430: DenialKind.SECURITY,
}

_SCOPE = re.compile(r"\b(?:read|write)_[a-z_]+\b")
_ALTERNATIVES = re.compile(r"([^.]*?\b(?:read|write)_[a-z_]+\b[^.]*?)\bor\b[^.]*")


def read_denial(message: str) -> tuple[DenialKind, tuple[str, ...]]:
    """Return the kind of a denial and the scopes that it asks for.

    Of several of which one is enough, the first. Where no scope is named there is nothing that
    anybody could grant: FORBIDDEN.
    """
    scopes = tuple(dict.fromkeys(_SCOPE.findall(_ALTERNATIVES.sub(r"\1", message))))
    if "offline token" in message:
        return DenialKind.OFFLINE_TOKEN, scopes
    if "protected-customer-data" in message or "not approved to" in message:
        return DenialKind.PROTECTED_DATA, scopes
    return (DenialKind.SCOPE if scopes else DenialKind.FORBIDDEN), scopes
