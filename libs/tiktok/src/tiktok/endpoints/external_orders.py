"""Endpoints about references to orders in other systems."""

from tiktok.calls import Shop, SignedCalls
from tiktok.pages import read_page
from tiktok.searches import path_segment
from tiktok.wire.external_orders import ExternalOrder


class ExternalOrderEndpoints(SignedCalls):
    """References to an order's counterpart elsewhere."""

    async def external_orders(
        self, shop: Shop, order_id: str, *, platform: str = "SHOPIFY"
    ) -> tuple[ExternalOrder, ...]:
        """Return an order's references elsewhere (Get External Order References 202406)."""
        path = f"/order/202406/orders/{path_segment(order_id)}/external_orders"
        query = {"platform": platform}
        reply = await self.about_shop(shop, "external_orders_get", "GET", path, query)
        return read_page(reply, "external_orders", ExternalOrder).items
