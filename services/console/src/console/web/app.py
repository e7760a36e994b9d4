"""The pages as one application."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from console.web.order import OrderPage
from console.web.orders import OrdersPage
from console.web.products import ProductsPage
from console.web.security import SecureHeaders
from console.web.settings import SettingsPage
from console.web.site import Site

HOSTS: Final = ("127.0.0.1", "localhost", "[::1]")
"""A page without sign-in answers under these names only, or any site's name could point here."""


def build(site: Site) -> Starlette:
    """All pages, given their surroundings."""
    orders, order = OrdersPage(site), OrderPage(site)
    settings, products = SettingsPage(site), ProductsPage(site)
    return Starlette(
        routes=[
            Route("/", _home),
            Route("/orders", orders.show),
            Route("/orders/live", orders.live),
            Route("/orders/sync", orders.sync, methods=["POST"]),
            Route("/orders/{shop_id}/{order_id}", order.show),
            Route("/orders/{shop_id}/{order_id}/live", order.live),
            Route("/products", products.show),
            Route("/products/link", products.link, methods=["POST"]),
            Route("/products/unlink", products.unlink, methods=["POST"]),
            Route("/settings", settings.show),
            Route("/settings/{shop_id}", settings.save, methods=["POST"]),
            Mount("/static", StaticFiles(packages=[("console.web", "static")])),
        ],
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS)),
            Middleware(SecureHeaders),
        ],
        exception_handlers=_problems(site),
    )


async def _home(_: Request) -> Response:
    return RedirectResponse("/orders", status_code=303)


def _problems(site: Site) -> Mapping[Any, Any]:
    async def refused(request: Request, error: HTTPException) -> Response:
        return site.page(request, "problem.html", status=error.status_code, sentence=error.detail)

    return {HTTPException: refused}
