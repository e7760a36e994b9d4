"""The HTTP clients that Shopify is called with: no redirects, no retries, no cookies.

(``.myshopify.com`` cookies would cross from store to store.)
"""

import httpx

from httpclient.transport import Timeouts, aiohttp_transport


def open_http(
    *, max_connections: int = 100, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """Return the HTTP client to give to ``ShopifyClient``; the caller closes it.

    ``transport`` replaces the real one (tests: ``httpx.MockTransport``).
    """
    return _Plain(transport or aiohttp_transport(max_connections))


class _Plain(httpx.AsyncClient):
    """Sends a request once and reads the answer whole, and does nothing else.

    What httpx does besides (cookies, redirects, authentication, hooks) is what must not happen
    here, and was a third of what a call costs.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        super().__init__(transport=transport)
        self._plain = transport

    async def send(self, request: httpx.Request, **_: object) -> httpx.Response:
        """The answer, whatever its status."""
        if self.is_closed:
            raise RuntimeError("the client is closed")
        response = await self._plain.handle_async_request(request)
        response.request = request
        try:
            await response.aread()
        finally:
            await response.aclose()
        return response


def open_token_http(base_url: str | None = None) -> httpx.AsyncClient:
    """Return the HTTP client to give to ``oauth.TokenSource``; the caller closes it.

    ``base_url`` sends every store's requests to one server, with the store's domain in ``Host``.
    """
    transport = aiohttp_transport(4)
    return httpx.AsyncClient(
        transport=_Sent(transport, base_url) if base_url else transport,
        timeout=Timeouts().as_httpx(),
        follow_redirects=False,
    )


class _Sent(httpx.AsyncBaseTransport):
    """Sends everything to one server."""

    def __init__(self, transport: httpx.AsyncBaseTransport, base_url: str) -> None:
        self._transport = transport
        self._base = httpx.URL(base_url)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Keeps path and ``Host``."""
        request.url = request.url.copy_with(
            scheme=self._base.scheme, host=self._base.host, port=self._base.port
        )
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        """Closes the transport below."""
        await self._transport.aclose()
