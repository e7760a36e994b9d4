"""Pages of any search, one after the other."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

from fetcher.reading.shop_calls import ShopCalls
from lifecycle.shop import Shop
from tiktok.calls import Shop as Access
from tiktok.pages import Page
from tiktok.wire.values import WireRecord

R = TypeVar("R", bound=WireRecord)
Ask = Callable[[Access, str | None], Awaitable[Page[R]]]
"""One page of a search; None asks for the first."""


class PageTokenLoops(Exception):
    """TikTok gave a page token twice; the window is read again later."""

    safe = True


async def pages(calls: ShopCalls, shop: Shop, ask: Ask[R]) -> AsyncIterator[Page[R]]:
    """Every page, each asked for when the one before was worked on."""
    token: str | None = None
    seen: set[str] = set()
    while True:
        page = await _page(calls, shop, ask, token)
        yield page
        token = page.next_page_token
        if token is None:
            return
        if token in seen:
            raise PageTokenLoops(f"shop {shop.shop_id}")
        seen.add(token)


async def _page(calls: ShopCalls, shop: Shop, ask: Ask[R], token: str | None) -> Page[R]:
    return await calls.make(shop, lambda access: ask(access, token))
