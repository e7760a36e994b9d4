"""A seller's authorisation at TikTok: the token and cipher of each of its shops, renewed in time.

A grant may cover several shops; its tokens are one row under one lock, whichever shop needs them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from runtime.cancellation import to_its_end
from runtime.clock import Clock
from tiktok.calls import Shop
from tiktok.errors import AuthorizationLost, TikTokError, TokenExpired
from tiktok.tokens import TokenClient, Tokens
from vault.interface import LockedGrant, Vault

log = structlog.get_logger()
FORCED_EVERY: Final = timedelta(minutes=5)
"""Where every token is refused, a new one is not asked for at every call."""
ASK_AGAIN_AFTER: Final = timedelta(seconds=30)
"""A refresh that was lost or refused is not asked for at every call either."""
ROTATED_WITHIN_S: Final = 35.0
"""Seconds that a cancelled renewal may still take: a call's, and a statement's."""
RENEW_BEFORE: Final = timedelta(hours=6)
"""An access token lives 7 days: it is renewed long before a call could meet its end."""


class GrantMissing(Exception):
    """The vault holds no authorisation for this shop: the seller has to give it again."""

    safe = True


class GrantAccess:
    """Gives shops their access; refreshes a grant's tokens, one refresher at a time."""

    def __init__(self, vault: Vault, tokens: TokenClient, clock: Clock) -> None:
        self._vault = vault
        self._tokens = tokens
        self._clock = clock
        self._failed: dict[str, tuple[datetime, TikTokError]] = {}  # by refresh token
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def access(self, shop_id: str, grant_id: str, *, refused: str = "") -> Shop:
        """What a call for this shop needs.

        ``refused`` is a token that TikTok no longer accepts: another one is given. A token that
        cannot be renewed is given as long as it lives. Raises GrantMissing, TokenExpired where a
        new token is refused as well, or what refreshing raises (``AuthorizationLost`` when the
        grant is dead).
        """
        credential = await self._vault.get_credential("tiktok_shop", shop_id)
        if credential is None:
            raise GrantMissing(f"shop {shop_id} is not connected")
        return Shop(await self._token(grant_id, refused), str(credential["cipher"]))

    async def change_cipher(self, shop_id: str, cipher: str) -> None:
        """TikTok calls the shop by another cipher now."""
        await self._vault.put_credential("tiktok_shop", shop_id, {"cipher": cipher})

    async def ends_at(self, grant_id: str) -> datetime | None:
        """When the seller has to authorise again at the latest; None when that is not known.

        A grant whose refreshing is refused ends with its access token.
        """
        grant = await self._vault.get_credential("tiktok_grant", grant_id) or {}
        is_dead = isinstance(self._failure(str(grant.get("refresh_token"))), AuthorizationLost)
        text = grant.get("access_expires_at" if is_dead else "refresh_expires_at")
        return datetime.fromisoformat(text) if isinstance(text, str) and text else None

    async def _token(self, grant_id: str, refused: str) -> str:
        grant = await self._vault.get_credential("tiktok_grant", grant_id)
        if grant is None:
            raise GrantMissing(f"grant {grant_id} is not in the vault")
        if self._is_good(grant, refused):
            return str(grant["access_token"])
        return await self._renewed(grant_id, refused)

    async def _renewed(self, grant_id: str, refused: str) -> str:
        """By one of this process, so that those who wait hold no connections; then by one of all.

        Whoever comes second uses what the first was given.
        """
        async with self._turns[grant_id], self._vault.grant_lock(grant_id) as held:
            grant = await held.read()
            if grant is None:
                raise GrantMissing(f"grant {grant_id} is not in the vault")
            if self._is_good(grant, refused):
                return str(grant["access_token"])
            self._check_new(grant, refused)
            try:
                return await to_its_end(self._rotate(grant_id, grant, held), ROTATED_WITHIN_S)
            except TikTokError:
                if not self._is_good(grant, refused, for_another=timedelta(0)):
                    raise
                return str(grant["access_token"])

    async def _rotate(self, grant_id: str, grant: Mapping[str, Any], held: LockedGrant) -> str:
        """Not to be cut in two: the answer alone holds the refresh token that lives on."""
        renewed = await self._ask(grant_id, str(grant["refresh_token"]))
        renewed_at = {"renewed_at": self._clock().isoformat()}
        await held.write({**grant, **to_credential(renewed), **renewed_at})
        log.info("grant.renewed", grant=grant_id)
        return renewed.access_token

    def _check_new(self, grant: Mapping[str, Any], refused: str) -> None:
        """Raise TokenExpired where a token is refused that is hardly older than its refusal."""
        renewed_at = grant.get("renewed_at")
        if refused != grant["access_token"] or not renewed_at:
            return
        if self._clock() - datetime.fromisoformat(str(renewed_at)) < FORCED_EVERY:
            raise TokenExpired("token_refresh", "a token that was just given is refused")

    async def _ask(self, grant_id: str, refresh_token: str) -> Tokens:
        """What failed a moment ago fails again, unasked."""
        failure = self._failure(refresh_token, ASK_AGAIN_AFTER)
        if failure is not None:
            raise failure
        try:
            renewed = await self._tokens.refresh(refresh_token)
        except TikTokError as error:
            self._failed[refresh_token] = (self._clock(), error)
            log.warning("grant.not_renewed", grant=grant_id, error=type(error).__name__)
            raise
        self._failed.pop(refresh_token, None)
        return renewed

    def _failure(self, refresh_token: str, within: timedelta = timedelta.max) -> TikTokError | None:
        """How refreshing by this token failed the last time, if that is not longer ago."""
        failed = self._failed.get(refresh_token)
        if failed is None or self._clock() - failed[0] >= within:
            return None
        return failed[1]

    def _is_good(
        self, grant: Mapping[str, Any], refused: str, for_another: timedelta = RENEW_BEFORE
    ) -> bool:
        expires_at = datetime.fromisoformat(str(grant["access_expires_at"]))
        return grant["access_token"] != refused and expires_at - self._clock() > for_another


def to_credential(tokens: Tokens) -> dict[str, str]:
    """A grant's tokens as the vault keeps them; both change together."""
    ends = tokens.refresh_expires_at
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "access_expires_at": tokens.access_expires_at.isoformat(),
        **({"refresh_expires_at": ends.isoformat()} if ends is not None else {}),
    }
