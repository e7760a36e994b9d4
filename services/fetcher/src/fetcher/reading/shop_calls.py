"""Calls for a shop with its grant's token: renewed, or its cipher read anew, when refused.

One call, or the pages of a search, one after the other.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol, TypeVar

import structlog

from connections.grants import GrantAccess
from lifecycle.shop import Shop
from tiktok.calls import Shop as Access
from tiktok.client import TikTokClient
from tiktok.errors import ShopNotCovered, TokenExpired
from tiktok.pages import Page
from tiktok.wire.values import WireRecord

log = structlog.get_logger()
T = TypeVar("T")
R = TypeVar("R", bound=WireRecord)


class Search(Protocol[R]):
    """One page of a search; no token asks for the first."""

    async def __call__(self, access: Access, /, *, page_token: str | None) -> Page[R]:
        """Ask."""


class PageTokenLoops(Exception):
    """TikTok gave a page token twice; the window is read again later."""

    safe = True


class ShopCalls:
    """Makes calls for shops; each is repeated once at most, and only when access was the matter."""

    def __init__(self, tiktok: TikTokClient, accesses: GrantAccess) -> None:
        self.tiktok = tiktok
        self._accesses = accesses

    async def make(self, shop: Shop, call: Callable[[Access], Awaitable[T]]) -> T:
        """The answer of ``call``; what it raises the second time is raised."""
        access = await self._accesses.access(shop.shop_id, shop.grant_id)
        try:
            return await call(access)
        except TokenExpired:
            access = await self._accesses.access(shop.shop_id, shop.grant_id, refused=access.token)
            return await call(access)
        except ShopNotCovered:
            return await call(await self._with_new_cipher(shop, access))

    async def pages(self, shop: Shop, search: Search[R]) -> AsyncIterator[Page[R]]:
        """Every page, each asked for when the one before was worked on."""
        token: str | None = None
        seen: set[str] = set()
        while True:
            page = await self._page(shop, search, token)
            yield page
            token = page.next_page_token
            if token is None:
                return
            if token in seen:
                raise PageTokenLoops(f"shop {shop.shop_id}")
            seen.add(token)

    async def _page(self, shop: Shop, search: Search[R], token: str | None) -> Page[R]:
        return await self.make(shop, lambda access: search(access, page_token=token))

    async def is_covered(self, shop: Shop) -> bool:
        """Whether the grant lists the shop now; what a dead grant raises is raised."""
        return shop.shop_id in await self._ciphers(shop)

    async def _with_new_cipher(self, shop: Shop, refused: Access) -> Access:
        cipher = (await self._ciphers(shop)).get(shop.shop_id)
        if cipher is None or cipher == refused.cipher:
            raise ShopNotCovered("authorized_shops", "the grant does not cover this shop any more")
        await self._accesses.change_cipher(shop.shop_id, cipher)
        log.info("shop.cipher_changed", shop=shop.shop_id)
        return Access(refused.token, cipher)

    async def _ciphers(self, shop: Shop) -> dict[str, str]:
        async def ask(access: Access) -> dict[str, str]:
            covered = await self.tiktok.authorized_shops(access.token)
            return {authorized.id: authorized.cipher for authorized in covered}

        access = await self._accesses.access(shop.shop_id, shop.grant_id)
        try:
            return await ask(access)
        except TokenExpired:
            return await ask(
                await self._accesses.access(shop.shop_id, shop.grant_id, refused=access.token)
            )
