"""How the tests make a client."""

from typing import Protocol

import httpx

from shopify.client import ShopifyClient
from shopify.transport import Timeouts


class MakeClient(Protocol):
    """Makes a client with the test's token and clock."""

    def __call__(
        self,
        http: httpx.AsyncClient,
        *,
        base_url: str | None = None,
        timeouts: Timeouts | None = None,
    ) -> ShopifyClient: ...
