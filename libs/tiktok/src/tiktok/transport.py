"""The HTTP client that TikTok is called with: no redirects, no retries of ours, no cookies."""

import logging
import re
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from httpclient.transport import aiohttp_transport

_QUERY = re.compile(r"(https?://[^\s?]+)\?\S*")


def open_http(
    *, max_connections: int = 100, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """Return the HTTP client for ``TikTokClient`` and ``TokenClient``; the caller closes it.

    ``transport`` replaces the real one (tests: ``httpx.MockTransport``).
    """
    return httpx.AsyncClient(
        transport=transport or aiohttp_transport(max_connections),
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
