"""Both catalogues of a shop, read page by page, and what they suggest for its links.

Partner Center: Search Products 202502, Get Product 202309; Admin GraphQL 2026-10: productVariants.
"""

from collections.abc import Sequence

from connections.grants import GrantAccess
from console.backend import Refused
from console.products.suggestions import Suggestion, TikTokSku, VariantIndex, suggest
from console.shops.actions import known_shop, require_store
from eventstore.store import EventStore
from eventstore.tail import stream_pages
from lifecycle import link
from lifecycle.shop import Shop
from ordersync_contracts.events import ProductLinked
from shopify.answers import Done
from shopify.calls import Calls
from shopify.variants import Variant, read_variants
from tiktok.client import TikTokClient
from tiktok.pages import Page
from tiktok.wire.products import Product


class CatalogueNotRead(Refused):
    """A store did not answer to the end, so nothing can be said about its variants."""


class Products:
    """The products of connected TikTok shops; both raise ``tiktok.errors.TikTokError``."""

    def __init__(self, tiktok: TikTokClient, accesses: GrantAccess) -> None:
        self._tiktok = tiktok
        self._accesses = accesses

    async def page(self, shop: Shop, page_token: str | None) -> Page[Product]:
        """One page of the search, which knows no barcodes."""
        access = await self._accesses.access(shop.shop_id, shop.grant_id)
        return await self._tiktok.products_search(access, page_token=page_token)

    async def detail(self, shop: Shop, product_id: str) -> Product:
        """One product with barcodes and external ids."""
        access = await self._accesses.access(shop.shop_id, shop.grant_id)
        return await self._tiktok.product_detail(access, product_id)


async def suggestions(
    store: EventStore, products: Products, shopify: Calls, shop_id: str
) -> tuple[Suggestion, ...]:
    """What both catalogues suggest for every SKU of the shop.

    Details are read only of products with a SKU that nothing in the search names a variant for.
    Raises UnknownShop, NoStore or CatalogueNotRead.
    """
    known = await known_shop(store, shop_id)
    domain = require_store(known, shop_id)
    variants = VariantIndex(await read_catalogue(shopify, domain))
    links = await _links(store, shop_id, domain)
    skus = await read_skus(products, known)
    open_ids = {
        suggestion.sku.product_id
        for suggestion in suggest(skus, variants, links)
        if suggestion.found == "nothing"
    }
    detailed = [
        sku
        for product_id in sorted(open_ids)
        for sku in _skus(await products.detail(known, product_id))
    ]
    return suggest(_merged(skus, detailed), variants, links)


async def read_catalogue(shopify: Calls, domain: str) -> tuple[Variant, ...]:
    """All variants of a store. Raises CatalogueNotRead."""
    variants: list[Variant] = []
    after: str | None = None
    while True:
        answer = await shopify.execute(domain, "variants_page", {"after": after})
        if not isinstance(answer, Done):
            raise CatalogueNotRead(f"store {domain}: {type(answer).__name__} to its variants")
        page = read_variants(answer.data)
        variants.extend(page.nodes)
        after = page.page_info.next_cursor
        if after is None:
            return tuple(variants)


async def read_skus(products: Products, known: Shop) -> tuple[TikTokSku, ...]:
    """All SKUs of a TikTok shop, each once; the search ends at 10,000 products."""
    skus: dict[str, TikTokSku] = {}
    token: str | None = None
    while True:
        page = await products.page(known, token)
        skus |= {sku.sku_id: sku for product in page.items for sku in _skus(product)}
        if page.next_page_token in {None, token}:
            return tuple(skus.values())
        token = page.next_page_token


async def _links(store: EventStore, shop_id: str, domain: str) -> dict[str, ProductLinked]:
    """The links of the shop into this store that hold now, by SKU."""
    links: dict[str, ProductLinked] = {}
    async for streams in stream_pages(store, f"link-{shop_id}"):
        for history in (await store.read_many(streams)).values():
            product_link = link.linked(history)
            if product_link is not None and product_link.store == domain:
                links[product_link.sku_id] = product_link
    return links


def _skus(product: Product) -> tuple[TikTokSku, ...]:
    return tuple(
        TikTokSku(
            sku_id=sku.id,
            seller_sku=sku.seller_sku,
            external_sku_id=sku.external_sku_id,
            barcode=sku.identifier_code.code,
            product_id=product.id,
            product_name=product.title,
        )
        for sku in product.skus
        if sku.id
    )


def _merged(skus: Sequence[TikTokSku], detailed: Sequence[TikTokSku]) -> tuple[TikTokSku, ...]:
    """The SKUs in their order, with their details where they were read."""
    known = {sku.sku_id: sku for sku in detailed}
    return tuple(known.get(sku.sku_id, sku) for sku in skus)
