"""Which path and method is which endpoint."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from simulators.tiktok.call import SellerEndpoint, ShopEndpoint
from simulators.tiktok.endpoints import (
    aftersales,
    external_orders,
    orders,
    packages,
    products,
    shops,
    webhooks,
)
from simulators.tiktok.endpoints.price_detail import price_detail
from simulators.tiktok.envelope import Refused


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint, about a shop or about the seller; faults match it by `operation`."""

    method: str
    path: str
    operation: str
    shop: ShopEndpoint | None = None
    seller: SellerEndpoint | None = None


ROUTES = (
    Route("GET", "/authorization/202309/shops", "authorized_shops", seller=shops.authorized),
    Route("POST", "/order/202309/orders/search", "orders_search", orders.search),
    Route("GET", "/order/202309/orders", "order_detail", orders.detail),
    Route("GET", "/order/202507/orders", "order_detail", orders.detail),
    Route("GET", "/order/202407/orders/{order_id}/price_detail", "price_detail", price_detail),
    Route(
        "POST", "/order/202406/orders/external_orders", "external_orders_add", external_orders.add
    ),
    Route(
        "GET",
        "/order/202406/orders/{order_id}/external_orders",
        "external_orders_get",
        external_orders.get,
    ),
    Route("POST", "/product/202309/products/search", "products_search", products.search),
    Route("POST", "/product/202502/products/search", "products_search", products.search),
    Route("GET", "/product/202309/products/{product_id}", "product_detail", products.detail),
    Route("POST", "/fulfillment/202309/packages/search", "packages_search", packages.search),
    Route("GET", "/fulfillment/202309/packages/{package_id}", "package_detail", packages.detail),
    Route("GET", "/fulfillment/202309/orders/{order_id}/tracking", "tracking", packages.tracking),
    Route(
        "POST",
        "/return_refund/202309/cancellations/search",
        "cancellations_search",
        aftersales.cancellations,
    ),
    Route("POST", "/return_refund/202309/returns/search", "returns_search", aftersales.returns),
    Route("GET", "/event/202309/webhooks", "webhooks_list", webhooks.listed),
    Route("PUT", "/event/202309/webhooks", "webhooks_put", webhooks.put),
    Route("DELETE", "/event/202309/webhooks", "webhooks_delete", webhooks.delete),
)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


_PATTERNS = [(route, _pattern(route.path)) for route in ROUTES if "{" in route.path]


def find(method: str, path: str) -> tuple[Route, Mapping[str, str]]:
    """The route of a request and the ids in its path. Raises Refused: path first, then method."""
    on_path: list[tuple[Route, Mapping[str, str]]] = [
        (route, {}) for route in ROUTES if route.path == path
    ]
    for route, pattern in () if on_path else _PATTERNS:
        match = pattern.fullmatch(path)
        if match:
            on_path.append((route, match.groupdict()))
    if not on_path:
        raise Refused(36009009, 404, "Invalid path.")
    for found in on_path:
        if found[0].method == method:
            return found
    raise Refused(36009010, 405, "Invalid method.")
