"""Endpoints about orders."""

from collections.abc import Sequence

from tiktok.calls import Shop, SignedCalls
from tiktok.pages import Page, read_page
from tiktok.searches import SortField, Window, paging, windows
from tiktok.wire.orders import Order

DETAIL_LIMIT = 50


class OrderEndpoints(SignedCalls):
    """Orders: search, detail."""

    async def orders_search(
        self,
        shop: Shop,
        *,
        updated: Window | None = None,
        created: Window | None = None,
        status: str | None = None,
        sort_by: SortField = "update_time",
        newest_first: bool = False,
        page_token: str | None = None,
        page_size: int = 100,
    ) -> Page[Order]:
        """Return one page of orders (Get Order List 202309; at most 100 a page), oldest first.

        Orders move while pages are read: the same order may come twice, or outside the window.
        """
        body: dict[str, object] = {} if status is None else {"order_status": status}
        body |= windows(updated, created)
        query = paging(page_size, page_token, sort_by, newest_first=newest_first)
        path = "/order/202309/orders/search"
        reply = await self.about_shop(shop, "orders_search", "POST", path, query, body)
        return read_page(reply, "orders", Order)

    async def order_detail(self, shop: Shop, ids: Sequence[str]) -> Page[Order]:
        """Return 1 to 50 orders by id; unknown ones are left out (Get Order Detail 202507)."""
        if not 1 <= len(ids) <= DETAIL_LIMIT:
            raise ValueError(f"ids: expected 1 to {DETAIL_LIMIT} ids, got {len(ids)}")
        path, query = "/order/202507/orders", {"ids": ",".join(ids)}
        reply = await self.about_shop(shop, "order_detail", "GET", path, query)
        return read_page(reply, "orders", Order)
