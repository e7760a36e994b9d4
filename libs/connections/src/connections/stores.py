"""A Shopify store's access token, from the vault; renewed ahead of its end, by one process."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from runtime.batcher import Batcher
from runtime.cancellation import to_its_end
from runtime.clock import Clock
from shopify.oauth import StoreToken, TokenDelayed, TokenRefused, TokenSource
from shopify.tokens import TokenAwaited, TokenUnavailable
from vault.interface import LockedGrant, Vault
from vault.values import CredentialKind

log = structlog.get_logger()
ROTATED_WITHIN_S: Final = 65.0
"""Seconds that a cancelled renewal may still take: two calls', and a statement's."""
RENEW_BEFORE: Final = timedelta(minutes=10)
"""An expiring token lives an hour."""
FORCED_EVERY: Final = timedelta(minutes=5)
"""A store that refuses every token is not asked for a new one at every call."""
ASK_AGAIN_AFTER: Final = timedelta(seconds=30)
"""A renewal that was lost or refused is not asked for at every call either."""
RENEWALS: Final = 2
"""Stores whose tokens are renewed at once: each holds a connection of the pool meanwhile."""
KIND: Final[CredentialKind] = "shopify_store"
_Why = TokenRefused | TokenDelayed


class StoreTokens:
    """Gives each connected store's offline token (keeps ``shopify.tokens.TokenProvider``).

    Without ``source`` (an app's id and secret) tokens are given as they are and never renewed.
    """

    def __init__(self, vault: Vault, clock: Clock, source: TokenSource | None = None) -> None:
        self._vault = vault
        self._source = source
        self._clock = clock
        self._forced_at: dict[str, datetime] = {}
        self._failed: dict[str, tuple[datetime, _Why]] = {}
        self._reads: dict[str, Batcher[str, Mapping[str, Any] | None]] = {}
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._renewals = asyncio.Semaphore(RENEWALS)

    async def token(self, store: str) -> str:
        """The store's token, as long as it lives.

        TokenUnavailable when it is not connected or its renewal is refused, TokenAwaited when that
        is not answered.
        """
        reads = self._reads.setdefault(store, Batcher(self._read_once))
        credential = _connected(store, await reads.add(store))
        if self._source is None or self._is_good(credential):
            return str(credential["access_token"])
        return await self._renewed(store, self._source)

    async def another(self, store: str, refused: str) -> str | None:
        """A token other than ``refused``: one that somebody put there, or a renewed one.

        None when this token is not renewed, or cannot be now.
        """
        credential = await self._vault.get_credential(KIND, store)
        if credential is None:
            return None
        if credential["access_token"] != refused:
            return str(credential["access_token"])
        ends = credential.get("expires_at") or credential.get("refresh_token")
        if self._source is None or not ends or not self._may_force(store):
            return None
        try:
            renewed = await self._renewed(store, self._source, refused)
        except (TokenUnavailable, TokenAwaited):
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
        return [await self._vault.get_credential(KIND, asked[0])] * len(asked)

    async def _renewed(self, store: str, source: TokenSource, refused: str = "") -> str:
        """By one of this process, so that those who wait hold no connections; then by one of all.

        Whoever comes second uses what the first was given.
        """
        lock = self._vault.grant_lock(store, KIND)
        async with self._turns[store], self._renewals, lock as held:
            credential = _connected(store, await held.read())
            if self._is_good(credential) and credential["access_token"] != refused:
                return str(credential["access_token"])
            rotation = self._rotate(source, store, credential, held)
            try:
                return await to_its_end(rotation, ROTATED_WITHIN_S)
            except (TokenRefused, TokenDelayed) as why:
                return self._as_it_is(store, credential, refused, why)

    async def _rotate(
        self, source: TokenSource, store: str, credential: Mapping[str, Any], held: LockedGrant
    ) -> str:
        """Not to be cut in two: the answer alone holds the refresh token that lives on."""
        renewed = await self._ask(source, store, credential)
        await held.write(to_credential(renewed, credential))
        log.info("store_token.renewed", store=store)
        return renewed.access_token

    async def _ask(
        self, source: TokenSource, store: str, credential: Mapping[str, Any]
    ) -> StoreToken:
        """What failed a moment ago fails again, unasked."""
        now, failed = self._clock(), self._failed.get(store)
        if failed is not None and now - failed[0] < ASK_AGAIN_AFTER:
            raise failed[1]
        try:
            renewed = await _asked(source, store, str(credential.get("refresh_token") or ""), now)
        except (TokenRefused, TokenDelayed) as why:
            self._failed[store] = (now, why)
            log.warning("store_token.not_renewed", store=store, why=str(why))
            raise
        self._failed.pop(store, None)
        return renewed

    def _as_it_is(self, store: str, credential: Mapping[str, Any], refused: str, why: _Why) -> str:
        """The token that could not be renewed, to its end."""
        token = str(credential["access_token"])
        if token != refused and self._is_good(credential, for_another=timedelta(0)):
            return token
        if isinstance(why, TokenRefused):
            raise TokenUnavailable(f"store {store}: {why}: connect it again") from None
        raise TokenAwaited(f"store {store}: {why}") from None

    def _is_good(
        self, credential: Mapping[str, Any], for_another: timedelta = RENEW_BEFORE
    ) -> bool:
        expires_at = credential.get("expires_at")
        if not expires_at:
            return True
        return datetime.fromisoformat(str(expires_at)) - self._clock() > for_another


def _connected(store: str, credential: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if credential is None:
        raise TokenUnavailable(f"no access token for store {store}: connect it")
    return credential


async def _asked(source: TokenSource, store: str, refresh_token: str, now: datetime) -> StoreToken:
    """By the refresh token; if that is dead, by the app's own credentials, where those are good.

    They are for stores of the app's own organisation. TokenRefused says what the first was refused
    for.
    """
    if not refresh_token:
        return await source.by_credentials(store, now)
    try:
        return await source.renew(store, refresh_token, now)
    except TokenRefused as refused:
        try:
            return await source.by_credentials(store, now)
        except TokenRefused:
            raise refused from None


def to_credential(token: StoreToken, before: Mapping[str, Any] | None = None) -> dict[str, str]:
    """A token as the vault keeps it; both halves change together."""
    return {
        **{key: str(value) for key, value in (before or {}).items()},
        "access_token": token.access_token,
        "refresh_token": token.refresh_token,
        "expires_at": token.expires_at.isoformat() if token.expires_at else "",
    }
