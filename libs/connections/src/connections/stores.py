"""A Shopify store's access token, from the vault; renewed ahead of its end, by one process."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from runtime.batcher import Batcher
from runtime.clock import Clock
from shopify.oauth import StoreToken, TokenDelayed, TokenRefused, TokenSource
from shopify.tokens import TokenUnavailable
from vault.interface import Vault

log = structlog.get_logger()
RENEW_BEFORE: Final = timedelta(minutes=10)
"""An expiring token lives an hour."""
FORCED_EVERY: Final = timedelta(minutes=5)
"""A store that refuses every token is not asked for a new one at every call."""
_KIND: Final = "shopify_store"


class StoreTokens:
    """Gives each connected store's offline token (keeps ``shopify.tokens.TokenProvider``).

    Without ``source`` (an app's id and secret) tokens are given as they are and never renewed.
    """

    def __init__(self, vault: Vault, clock: Clock, source: TokenSource | None = None) -> None:
        self._vault = vault
        self._source = source
        self._clock = clock
        self._forced_at: dict[str, datetime] = {}
        self._reads: dict[str, Batcher[str, Mapping[str, Any] | None]] = {}

    async def token(self, store: str) -> str:
        """The store's token; TokenUnavailable when it is not connected or cannot be renewed."""
        reads = self._reads.setdefault(store, Batcher(self._read_once))
        credential = _connected(store, await reads.add(store))
        if self._source is None or self._is_good(credential):
            return str(credential["access_token"])
        return await self._renewed(store, self._source)

    async def another(self, store: str, refused: str) -> str | None:
        """A token other than ``refused``: one that somebody put there, or a renewed one.

        None when this token is not renewed, or cannot be now.
        """
        credential = await self._vault.get_credential(_KIND, store)
        if credential is None:
            return None
        if credential["access_token"] != refused:
            return str(credential["access_token"])
        if self._source is None or not credential.get("expires_at") or not self._may_force(store):
            return None
        try:
            renewed = await self._renewed(store, self._source, refused)
        except TokenUnavailable:
            return None
        return renewed if renewed != refused else None

    def _may_force(self, store: str) -> bool:
        now, last = self._clock(), self._forced_at.get(store)
        if last is not None and now - last < FORCED_EVERY:
            return False
        self._forced_at[store] = now
        return True

    async def _read_once(self, asked: Sequence[str]) -> Sequence[Mapping[str, Any] | None]:
        """Calls to one store that begin at the same time read its credential once."""
        return [await self._vault.get_credential(_KIND, asked[0])] * len(asked)

    async def _renewed(self, store: str, source: TokenSource, refused: str = "") -> str:
        async with self._vault.grant_lock(f"{_KIND}:{store}"):
            credential = _connected(store, await self._vault.get_credential(_KIND, store))
            if self._is_good(credential) and credential["access_token"] != refused:
                return str(credential["access_token"])
            try:
                renewed = await _ask(source, store, credential)
            except TokenRefused as why:
                raise TokenUnavailable(f"store {store}: {why}: connect it again") from None
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


def _connected(store: str, credential: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if credential is None:
        raise TokenUnavailable(f"no access token for store {store}: connect it")
    return credential


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
