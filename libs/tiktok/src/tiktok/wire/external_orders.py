"""References to orders in other systems (Partner Center: … External Order References 202406)."""

from typing import ClassVar

from tiktok.wire.values import WireObject, WireRecord


class ExternalOrder(WireRecord):
    """The order's counterpart elsewhere; ``platform`` SHOPIFY, WOOCOMMERCE, …"""

    UNREAD: ClassVar[frozenset[str]] = frozenset({"line_items"})

    id: str = ""
    platform: str = ""


class RefusedOrder(WireObject):
    """Whose reference was refused."""

    order_id: str = ""


class RefusedReference(WireRecord):
    """A reference that was not taken; ``code`` is text here, 36020001 for one that exists."""

    code: str = ""
    detail: RefusedOrder = RefusedOrder()
