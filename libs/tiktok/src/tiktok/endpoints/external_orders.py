"""Endpoints about references to orders in other systems."""

from collections.abc import Mapping

from tiktok.calls import Shop, SignedCalls
from tiktok.pages import read_page
from tiktok.searches import path_segment
from tiktok.wire.external_orders import ExternalOrder, RefusedReference

REFERENCE_LIMIT = 100


class ExternalOrderEndpoints(SignedCalls):
    """References to an order's counterpart elsewhere: attach, read."""

    async def external_orders_add(
        self, shop: Shop, references: Mapping[str, str], *, platform: str = "SHOPIFY"
    ) -> tuple[RefusedReference, ...]:
        """Attach another system's order id to 1 to 100 orders; return those refused.

        ``references``: TikTok order id → the other id (Add External Order References 202406).
        """
        if not 1 <= len(references) <= REFERENCE_LIMIT:
            raise ValueError(f"references: expected 1 to {REFERENCE_LIMIT}, got {len(references)}")
        orders = [
            {"id": order_id, "external_order": {"id": external_id, "platform": platform}}
            for order_id, external_id in references.items()
        ]
        path, body = "/order/202406/orders/external_orders", {"orders": orders}
        reply = await self.about_shop(shop, "external_orders_add", "POST", path, {}, body)
        return read_page(reply, "errors", RefusedReference).items

    async def external_orders(
        self, shop: Shop, order_id: str, *, platform: str = "SHOPIFY"
    ) -> tuple[ExternalOrder, ...]:
        """Return an order's references elsewhere (Get External Order References 202406)."""
        path = f"/order/202406/orders/{path_segment(order_id)}/external_orders"
        query = {"platform": platform}
        reply = await self.about_shop(shop, "external_orders_get", "GET", path, query)
        return read_page(reply, "external_orders", ExternalOrder).items
