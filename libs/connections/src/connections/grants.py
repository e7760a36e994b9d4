"""A seller's authorisation at TikTok: the token and cipher of each of its shops, renewed in time.

A grant may cover several shops; its tokens are one row under one lock, whichever shop needs them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from runtime.clock import Clock
from tiktok.calls import Shop
from tiktok.errors import TryLater
from tiktok.tokens import TokenClient, Tokens
from vault.interface import Vault

log = structlog.get_logger()
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

    async def access(self, shop_id: str, grant_id: str, *, refused: str = "") -> Shop:
        """What a call for this shop needs.

        ``refused`` is a token that TikTok no longer accepts: another one is given. A token that
        cannot be renewed now is given as long as it lives. Raises GrantMissing, or what refreshing
        raises (``AuthorizationLost`` when the grant is dead).
        """
        credential = await self._vault.get_credential("tiktok_shop", shop_id)
        if credential is None:
            raise GrantMissing(f"shop {shop_id} is not connected")
        return Shop(await self._token(grant_id, refused), str(credential["cipher"]))

    async def change_cipher(self, shop_id: str, cipher: str) -> None:
        """TikTok calls the shop by another cipher now."""
        await self._vault.put_credential("tiktok_shop", shop_id, {"cipher": cipher})

    async def ends_at(self, grant_id: str) -> datetime | None:
        """When the seller has to authorise again at the latest; None when that is not known."""
        grant = await self._vault.get_credential("tiktok_grant", grant_id) or {}
        text = grant.get("refresh_expires_at")
        return datetime.fromisoformat(text) if isinstance(text, str) else None

    async def _token(self, grant_id: str, refused: str) -> str:
        grant = await self._vault.get_credential("tiktok_grant", grant_id)
        if grant is None:
            raise GrantMissing(f"grant {grant_id} is not in the vault")
        if self._is_good(grant, refused):
            return str(grant["access_token"])
        return await self._renewed(grant_id, refused)

    async def _renewed(self, grant_id: str, refused: str) -> str:
        async with self._vault.grant_lock(grant_id) as held:
            grant = await held.read()
            if grant is None:
                raise GrantMissing(f"grant {grant_id} is not in the vault")
            if self._is_good(grant, refused):
                return str(grant["access_token"])
            try:
                renewed = await self._tokens.refresh(str(grant["refresh_token"]))
            except TryLater:
                if not self._is_good(grant, refused, for_another=timedelta(0)):
                    raise
                log.warning("grant.not_renewed_yet", grant=grant_id)
                return str(grant["access_token"])
            await held.write({**grant, **to_credential(renewed)})
            log.info("grant.renewed", grant=grant_id)
            return renewed.access_token

    def _is_good(
        self, grant: Mapping[str, Any], refused: str, for_another: timedelta = RENEW_BEFORE
    ) -> bool:
        expires_at = datetime.fromisoformat(str(grant["access_expires_at"]))
        return grant["access_token"] != refused and expires_at - self._clock() > for_another


def to_credential(tokens: Tokens) -> dict[str, str]:
    """A grant's tokens as the vault keeps them; both change together."""
    return {
        "access_token": tokens.access_token,
        "refresh_token": tokens.refresh_token,
        "access_expires_at": tokens.access_expires_at.isoformat(),
        "refresh_expires_at": tokens.refresh_expires_at.isoformat(),
    }
