"""Where a store's access token comes from.

A token is a secret: it is asked for at each call, goes into one header and is in no repr.
``orderCreate`` wants an *offline* token with ``write_orders`` (Admin GraphQL 2026-10: orderCreate).
"""

from collections.abc import Mapping
from typing import Protocol


class TokenUnavailable(Exception):
    """There is no token for this store now; the call ends as ``Unauthorized(TOKEN_MISSING)``."""


class TokenAwaited(Exception):
    """The token has ended and another cannot be had now; the call ends as ``Unreachable``."""

    safe = True


class TokenProvider(Protocol):
    """Gives a store's current access token. May refresh it first."""

    async def token(self, store: str) -> str:
        """Return the token of ``<name>.myshopify.com``.

        TokenUnavailable when there is none, TokenAwaited when there is none for the moment.
        """

    async def another(self, store: str, refused: str) -> str | None:
        """Return a token other than the one that the store refused; None when there is none."""


class StaticTokens:
    """Offline tokens that do not expire, one per store domain."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        self._tokens = dict(tokens)

    async def token(self, store: str) -> str:
        """Return the store's token; TokenUnavailable names the store that has none."""
        try:
            return self._tokens[store]
        except KeyError:
            raise TokenUnavailable(f"no access token for store {store}: connect it") from None

    async def another(self, store: str, refused: str) -> str | None:
        """Return None, unless the refused token is none of these: they are not renewed."""
        token = self._tokens.get(store)
        return None if token == refused else token
