"""A store's address. Only ``<name>.myshopify.com`` is ever called.

Any other domain answers with a redirect that turns the POST into a GET, whose answer looks like
data (shopify-api-node issue 645).
"""

import re

_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,99}\.myshopify\.com")


def store_domain(text: str) -> str:
    """Return the store's domain in lower case. ValueError says what to give instead."""
    domain = text.strip().lower()
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(
            "store: expected the store's own domain, <name>.myshopify.com, and nothing else"
        )
    return domain
