"""httpx as the interface, aiohttp underneath: five to ten times the calls per second.

No redirects, no retries, no cookies (``.myshopify.com`` cookies would cross from store to store).
"""

from dataclasses import dataclass

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

KEEP_ALIVE_S = 10.0


@dataclass(frozen=True)
class Timeouts:
    """Seconds. ``total`` bounds the whole call: a slow drip of bytes defeats ``read`` alone."""

    connect_s: float = 5.0
    read_s: float = 20.0
    total_s: float = 30.0

    @classmethod
    def within(cls, total_s: float) -> "Timeouts":
        """The usual limits, none longer than the whole call."""
        return cls(min(cls.connect_s, total_s), min(cls.read_s, total_s), total_s)

    def as_httpx(self) -> httpx.Timeout:
        """Return the same limits for one httpx request."""
        return httpx.Timeout(self.read_s, connect=self.connect_s, pool=self.total_s)


def open_http(
    *, max_connections: int = 100, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """Return the HTTP client to give to ``ShopifyClient``; the caller closes it.

    ``transport`` replaces the real one (tests: ``httpx.MockTransport``).
    """
    return _Plain(transport or _aiohttp_transport(max_connections))


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
    transport = _aiohttp_transport(4)
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


def _aiohttp_transport(max_connections: int) -> AiohttpTransport:
    tls = httpx.create_ssl_context()

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=max_connections, keepalive_timeout=KEEP_ALIVE_S, ssl=tls
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return AiohttpTransport(verify=tls, client=session)
