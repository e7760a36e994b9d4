"""References to orders in other systems (Partner Center: Get External Order References 202406)."""

from typing import ClassVar

from tiktok.wire.values import WireRecord


class ExternalOrder(WireRecord):
    """The order's counterpart elsewhere; ``platform`` SHOPIFY, WOOCOMMERCE, …"""

    UNREAD: ClassVar[frozenset[str]] = frozenset({"line_items"})

    id: str = ""
    platform: str = ""
