"""Endpoints about packages and cancellations."""

from tiktok.calls import Shop, SignedCalls
from tiktok.pages import Page, read_item, read_page
from tiktok.searches import Window, paging, path_segment, windows
from tiktok.wire.cancellations import Cancellation
from tiktok.wire.packages import Package, PackageDetail


class FulfilmentEndpoints(SignedCalls):
    """What became of an order: packages, cancellations."""

    async def packages_search(
        self, shop: Shop, *, updated: Window, page_token: str | None = None, page_size: int = 50
    ) -> Page[Package]:
        """Return one page of packages, oldest first (Search Package 202309; at most 50 a page)."""
        query = paging(page_size, page_token, "update_time")
        path, body = "/fulfillment/202309/packages/search", windows(updated)
        reply = await self.about_shop(shop, "packages_search", "POST", path, query, body)
        return read_page(reply, "packages", Package)

    # Called by nobody yet: tracking back to TikTok looks an order's packages up before it adds one.
    async def package_detail(self, shop: Shop, package_id: str) -> PackageDetail:
        """Return one package (Get Package Detail 202309)."""
        path = f"/fulfillment/202309/packages/{path_segment(package_id)}"
        return read_item(await self.about_shop(shop, "package_detail", "GET", path), PackageDetail)

    async def cancellations_search(
        self, shop: Shop, *, updated: Window, page_token: str | None = None, page_size: int = 50
    ) -> Page[Cancellation]:
        """Return one page of cancellations, oldest first (Search Cancellations 202309)."""
        query = paging(page_size, page_token, "update_time")
        path, body = "/return_refund/202309/cancellations/search", windows(updated)
        reply = await self.about_shop(shop, "cancellations_search", "POST", path, query, body)
        return read_page(reply, "cancellations", Cancellation)
