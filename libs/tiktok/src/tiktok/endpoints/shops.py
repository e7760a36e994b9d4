"""Endpoints about the seller's shops."""

from tiktok.calls import Call, SignedCalls
from tiktok.pages import read_page
from tiktok.wire.shops import AuthorizedShop


class ShopEndpoints(SignedCalls):
    """Which shops a grant covers."""

    async def authorized_shops(self, token: str) -> tuple[AuthorizedShop, ...]:
        """Return the shops a grant covers (Get Authorized Shops 202309)."""
        call = Call("authorized_shops", "GET", "/authorization/202309/shops")
        reply = await self.make(call, token)
        return read_page(reply, "shops", AuthorizedShop).items
