"""A Shopify store's access token, from the vault; renewed ahead of its end, by one process."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from runtime.clock import Clock, utc_now
from shopify.oauth import StoreToken, TokenDelayed, TokenRefused, TokenSource
from shopify.tokens import TokenUnavailable
from vault.interface import Vault

log = structlog.get_logger()
RENEW_BEFORE: Final = timedelta(minutes=10)
"""An expiring token lives an hour."""
_KIND: Final = "shopify_store"


class StoreTokens:
    """Gives each connected store's offline token (keeps ``shopify.tokens.TokenProvider``).

    Without ``source`` (an app's id and secret) tokens are given as they are and never renewed.
    """

    def __init__(
        self, vault: Vault, source: TokenSource | None = None, clock: Clock = utc_now
    ) -> None:
        self._vault = vault
        self._source = source
        self._clock = clock

    async def token(self, store: str) -> str:
        """The store's token; TokenUnavailable when it is not connected or cannot be renewed."""
        credential = await self._read(store)
        if self._source is None or self._is_good(credential):
            return str(credential["access_token"])
        return await self._renewed(store, self._source)

    async def _read(self, store: str) -> Mapping[str, Any]:
        credential = await self._vault.get_credential(_KIND, store)
        if credential is None:
            raise TokenUnavailable(f"no access token for store {store}: connect it")
        return credential

    async def _renewed(self, store: str, source: TokenSource) -> str:
        async with self._vault.grant_lock(f"{_KIND}:{store}"):
            credential = await self._read(store)
            if self._is_good(credential):
                return str(credential["access_token"])
            try:
                renewed = await _ask(source, store, credential)
            except TokenRefused as refused:
                raise TokenUnavailable(f"store {store}: {refused}: connect it again") from None
            except TokenDelayed:
                return str(credential["access_token"])  # it may live on for some minutes
            await self._vault.put_credential(_KIND, store, to_credential(renewed, credential))
            log.info("store_token.renewed", store=store)
            return renewed.access_token

    def _is_good(self, credential: Mapping[str, Any]) -> bool:
        expires_at = credential.get("expires_at")
        if not expires_at:
            return True
        return datetime.fromisoformat(str(expires_at)) - self._clock() > RENEW_BEFORE


async def _ask(source: TokenSource, store: str, credential: Mapping[str, Any]) -> StoreToken:
    refresh_token = str(credential.get("refresh_token") or "")
    if refresh_token:
        return await source.renew(store, refresh_token)
    return await source.by_credentials(store)


def to_credential(token: StoreToken, before: Mapping[str, Any] | None = None) -> dict[str, str]:
    """A token as the vault keeps it; both halves change together."""
    return {
        **{key: str(value) for key, value in (before or {}).items()},
        "access_token": token.access_token,
        "refresh_token": token.refresh_token,
        "expires_at": token.expires_at.isoformat() if token.expires_at else "",
    }
