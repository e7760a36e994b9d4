"""Products: SKUs without a link first, with the orders that wait for them."""

from dataclasses import dataclass
from typing import ClassVar

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from console.backend import Refused, Submission
from console.products.actions import NotLinked, link_product, unlink_product
from console.typed import is_text
from console.web.site import Site, back_to, form_id, submitted, text


@dataclass(frozen=True)
class ProductsPage:
    """Shows and changes which Shopify variant each TikTok SKU is."""

    path: ClassVar[str] = "/products"
    title: ClassVar[str] = "Products"
    site: Site

    def routes(self) -> list[Route]:
        """Its addresses."""
        return [
            Route("/products", self.show),
            Route("/products/link", self.link, methods=["POST"]),
            Route("/products/unlink", self.unlink, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """GET /products, of the shop in the address or of all."""
        shop_id = request.query_params.get("shop") or None
        shop_id = shop_id if shop_id and is_text(shop_id) else None
        skus = await self.site.backend.rows.skus(shop_id)
        return self.site.page(
            request,
            "products.html",
            shop_id=shop_id,
            shops=await self.site.shops(),
            unlinked=[sku for sku in skus if sku.variant_id is None],
            linked=[sku for sku in skus if sku.variant_id is not None],
        )

    async def link(self, request: Request) -> Response:
        """POST /products/link."""
        form = await submitted(request)
        submission, shop_id, sku_id = self._named(form)
        try:
            await link_product(submission, shop_id, sku_id, text(form, "variant"))
        except Refused as refused:
            return back_to("/products", f"Not linked. {refused}")
        await self.site.refresh()
        return back_to("/products", f"SKU {sku_id} is linked. Orders that waited for it go on.")

    async def unlink(self, request: Request) -> Response:
        """POST /products/unlink."""
        submission, shop_id, sku_id = self._named(await submitted(request))
        try:
            await unlink_product(submission, shop_id, sku_id)
        except NotLinked as refused:
            return back_to("/products", str(refused))
        await self.site.refresh()
        return back_to("/products", f"SKU {sku_id} is not linked any more.")

    def _named(self, form: FormData) -> tuple[Submission, str, str]:
        """Who sent the form, and the shop and SKU that it names."""
        shop_id, sku_id = text(form, "shop_id"), text(form, "sku_id")
        if not (shop_id and sku_id):
            raise HTTPException(400, "The form lacks shop_id or sku_id: reload the page.")
        return self.site.backend.submission(form_id(form)), shop_id, sku_id
