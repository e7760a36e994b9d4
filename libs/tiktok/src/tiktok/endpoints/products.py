"""Endpoints about products."""

from tiktok.calls import Shop, SignedCalls
from tiktok.pages import Page, read_item, read_page
from tiktok.searches import Window, paging, path_segment
from tiktok.wire.products import Product


class ProductEndpoints(SignedCalls):
    """Products: search, detail."""

    async def products_search(
        self,
        shop: Shop,
        *,
        updated: Window | None = None,
        status: str = "ALL",
        page_token: str | None = None,
        page_size: int = 100,
    ) -> Page[Product]:
        """Return one page of products (Search Products 202502). It ends at 10,000 products."""
        body: dict[str, object] = {"status": status}
        if updated is not None:
            body |= updated.as_body("update_time", end="le")
        query = paging(page_size, page_token)
        path = "/product/202502/products/search"
        reply = await self.about_shop(shop, "products_search", "POST", path, query, body)
        return read_page(reply, "products", Product)

    async def product_detail(self, shop: Shop, product_id: str) -> Product:
        """Return one product with options, barcodes and external ids (Get Product 202309)."""
        path = f"/product/202309/products/{path_segment(product_id)}"
        return read_item(await self.about_shop(shop, "product_detail", "GET", path), Product)
