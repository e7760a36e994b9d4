"""httpx as the interface, aiohttp underneath: five to ten times the calls per second.

No retries of ours, no cookies. (aiohttp itself repeats a GET, PUT or DELETE once when a kept
connection turns out to be closed; all of those are repeatable.)
"""

from dataclasses import dataclass
from typing import Final

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

LOST_CONNECTION: Final = (httpx.HTTPError, aiohttp.ClientError, OSError, TimeoutError)
"""What a call raises when the network failed, and not our own code."""
_KEEP_ALIVE_S: Final = 10.0


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


def aiohttp_transport(max_connections: int) -> AiohttpTransport:
    """A transport with a pool of its own; a connection is kept for ten seconds between calls."""
    tls = httpx.create_ssl_context()

    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=max_connections, keepalive_timeout=_KEEP_ALIVE_S, ssl=tls
        )
        return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())

    return AiohttpTransport(verify=tls, client=session)
