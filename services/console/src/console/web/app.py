"""The pages as one application."""

from typing import Final

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from console.backend import Backend
from console.order_settings.page import SettingsPage
from console.orders.bulk import BulkSyncs
from console.orders.list_page import OrdersPage
from console.orders.order_page import OrderPage
from console.products.page import ProductsPage
from console.web.problems import problems
from console.web.security import SecureHeaders
from console.web.site import Site

HOSTS: Final = ("127.0.0.1", "localhost", "[::1]")
"""A page without sign-in answers under these names only, or any site's name could point here."""
PAGES: Final = (OrdersPage, OrderPage, ProductsPage, SettingsPage)
"""Each has its routes; those with a title are in the navigation, in this order."""


def pages(backend: Backend, bulk: BulkSyncs) -> ASGIApp:
    """All pages; also what none of them answers has the headers that protect them."""
    navigation = tuple((page.path, page.title) for page in PAGES if page.title)
    site = Site(backend, bulk, navigation)
    answering = Starlette(
        routes=[
            Route("/", _home),
            *(route for page in PAGES for route in page(site).routes()),
            Mount("/static", StaticFiles(packages=[("console.web", "static")])),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))],
        exception_handlers=problems(site),
    )
    return SecureHeaders(answering, new_token=backend.new_id)


async def _home(_: Request) -> Response:
    return RedirectResponse("/orders", status_code=303)
