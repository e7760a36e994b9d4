"""Shops that a grant covers (Partner Center: Get Authorized Shops 202309)."""

from pydantic import Field

from tiktok.wire.values import WireRecord


class AuthorizedShop(WireRecord):
    """One shop. ``cipher`` goes with every call about it; ``code`` is what the seller sees."""

    id: str = ""
    name: str = ""
    region: str = ""
    seller_type: str = ""
    cipher: str = Field(default="", repr=False)
    code: str = ""
