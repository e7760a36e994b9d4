"""Which store, which API version, which token: decided before a request is read as GraphQL.

The store is named by the Host header (`demo.myshopify.com`), else by a path prefix
(`/demo.myshopify.com/admin/...`), else by the header X-Shopify-Shop-Domain.
"""

import json
import re
from dataclasses import dataclass

from starlette.types import Scope

from simulators.exchange import Answer
from simulators.shopify.store.store import Store
from simulators.shopify.world import World

_STORE_HOST = re.compile(r"[a-z0-9][a-z0-9\-]*\.myshopify\.com")
_PATH = re.compile(r"(?:/(?P<domain>[^/]+))?/admin/(?P<rest>.+)")
_VERSION = re.compile(r"\d{4}-\d{2}|unstable")
_SUPPORTED = ("2026-01", "2026-04", "2026-07", "2026-10", "2027-01", "unstable")
BAD_TOKEN = "[API] Invalid API key or access token (unrecognized login or wrong password)"  # noqa: S105  (a text)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request goes: the store's domain, and the path below `/admin/`."""

    domain: str | None
    rest: str


def headers_of(scope: Scope) -> dict[bytes, bytes]:
    """The headers of a request, names in lower case."""
    return dict(scope["headers"])


def address_of(scope: Scope) -> Address | None:
    """None when the path is none of Shopify's."""
    found = _PATH.fullmatch(scope["path"])
    if found is None:
        return None
    headers = headers_of(scope)
    host = headers.get(b"host", b"").decode("latin-1").partition(":")[0].lower()
    if _STORE_HOST.fullmatch(host):
        return Address(host, found["rest"])
    named = headers.get(b"x-shopify-shop-domain", b"").decode("latin-1")
    domain = found["domain"] or named or None
    return Address(domain.lower() if domain else None, found["rest"])


def version_of(asked: str) -> str | None:
    """The version that serves a request: an old one is served by the oldest; None: no version."""
    if not _VERSION.fullmatch(asked):
        return None
    return asked if asked in _SUPPORTED else _SUPPORTED[0]


def store_of(world: World, address: Address | None) -> Store | None:
    """The store of a request, if it exists."""
    return world.stores.get(address.domain or "") if address else None


def text_error(status: int, text: str) -> Answer:
    """An error whose `errors` is one text, as the HTTP layer gives it."""
    return Answer.json(status, json.dumps({"errors": text}).encode())
