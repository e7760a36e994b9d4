"""httpx as the interface, aiohttp underneath: five to ten times the calls per second.

No redirects, no retries of ours, no cookies. (aiohttp itself repeats a GET, PUT or DELETE once when
a kept connection turns out to be closed; all of those are repeatable.)
"""

import logging
import re
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

KEEP_ALIVE_S = 10.0

_QUERY = re.compile(r"(https?://[^\s?]+)\?\S*")


@dataclass(frozen=True)
class Timeouts:
    """Seconds. ``total`` bounds the whole call: a slow drip of bytes defeats ``read`` alone."""

    connect_s: float = 5.0
    read_s: float = 20.0
    total_s: float = 30.0

    def as_httpx(self) -> httpx.Timeout:
        """Return the same limits for one httpx request."""
        return httpx.Timeout(self.read_s, connect=self.connect_s, pool=self.total_s)


def open_http(
    *, max_connections: int = 100, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """Return the HTTP client for ``TikTokClient`` and ``TokenClient``; the caller closes it.

    ``transport`` replaces the real one (tests: ``httpx.MockTransport``).
    """
    return httpx.AsyncClient(
        transport=transport or _aiohttp_transport(max_connections),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        follow_redirects=False,
    )


def keep_queries_out_of_logs() -> None:
    """From now on httpx's own log lines show URLs without their query (it holds secrets)."""
    log = logging.getLogger("httpx")
    if not any(isinstance(present, _WithoutQuery) for present in log.filters):
        log.addFilter(_WithoutQuery())


class _WithoutQuery(logging.Filter):
    """Works on the finished text: another library's filter may have formatted it already."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = _QUERY.sub(r"\1", record.getMessage()), ()
        return True


def _aiohttp_transport(max_connections: int) -> AiohttpTransport:
    tls = httpx.create_ssl_context()

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=max_connections, keepalive_timeout=KEEP_ALIVE_S, ssl=tls
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return AiohttpTransport(verify=tls, client=session)
