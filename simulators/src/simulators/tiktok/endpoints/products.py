"""Search Products 202502 (and 202309), Get Product 202309."""

from collections.abc import Callable, Sequence

from simulators.tiktok import params
from simulators.tiktok.call import ShopCall, Work
from simulators.tiktok.catalogue import Product
from simulators.tiktok.endpoints.search_params import PageRules, answered_search, read_search
from simulators.tiktok.envelope import Refused, bad_parameter
from simulators.tiktok.shelf import Shelf

_STATUSES = (
    "ALL",
    "DRAFT",
    "PENDING",
    "FAILED",
    "ACTIVATE",
    "SELLER_DEACTIVATED",
    "PLATFORM_DEACTIVATED",
    "FREEZE",
    "DELETED",
)
_RULES = PageRules(most=100, closed_windows=True)
_MOST_FILTERS = 10
_MOST_RESULTS = 10_000


def search(call: ShopCall) -> Work:
    """POST /product/{202309,202502}/products/search; never more than 10,000 in all."""
    status = params.word(call.body, "status", _STATUSES)
    return answered_search(
        read_search(call, _RULES, _filter(call), None if status == "ALL" else status),
        lambda search: _shelf(call.shop.products).search(search),
        lambda products: {"products": [product.listed() for product in products]},
    )


def detail(call: ShopCall) -> Work:
    """GET /product/202309/products/{product_id}."""
    for product in call.shop.products:
        if product.id == call.path["product_id"]:
            full = product.full
            return lambda: full
    raise bad_parameter("Invalid 'product_id': the product does not exist.")


def _shelf(products: Sequence[Product]) -> Shelf[Product]:
    shelf: Shelf[Product] = Shelf()
    for product in products[:_MOST_RESULTS]:
        shelf.put(product)
    return shelf


def _filter(call: ShopCall) -> Callable[[Product], bool] | None:
    seller_skus = params.words(call.body, "seller_skus")
    sku_ids = params.words(call.body, "sku_ids")
    if len(seller_skus) > _MOST_FILTERS:
        raise Refused(12019027, 400, "No more than 10 seller_skus can be searched.")
    if len(sku_ids) > _MOST_FILTERS:
        raise Refused(12019087, 400, "No more than 10 sku_ids can be searched.")
    if not seller_skus and not sku_ids:
        return None

    def keep(product: Product) -> bool:
        return any(
            (not seller_skus or sku.seller_sku in seller_skus)
            and (not sku_ids or sku.id in sku_ids)
            for sku in product.skus
        )

    return keep
