"""The demo shop and its store: declared in both simulators, authorised, and connected.

`python -m devstack.connect` does it for the stack whose settings are in the environment; the
supervisor runs it when the stack starts and again when a simulator has lost its memory.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from devstack.both_sides import connect_both_sides
from devstack.catalogue import shopify_variants, tiktok_products
from devstack.errors import StackFailed
from devstack.settings import SHOP_ID, SHOPIFY_DOMAIN

SHOP_NAME = "Harbor & Pine"
SHOPIFY_TOKEN = "shpat_simulator"  # noqa: S105 - the simulator's published default, opens nothing
_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class DemoGrant:
    """The seller's authorisation as the TikTok simulator issued it."""

    auth_code: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


def connect_demo_shop(environ: Mapping[str, str]) -> None:
    """Connect the demo shop and store of the stack with these settings; again is harmless.

    Raises StackFailed naming the simulator that did not do its part.
    """
    declare_shop(environ["TIKTOK_API_URL"])
    declare_store(environ["SHOPIFY_SIMULATOR_URL"])
    announce_webhooks(environ["TIKTOK_API_URL"], environ["TIKTOK_WEBHOOK_URL"])
    announce_compliance(environ["SHOPIFY_SIMULATOR_URL"], environ["SHOPIFY_WEBHOOK_URL"])
    grant = authorise(environ["TIKTOK_API_URL"])
    asyncio.run(connect_both_sides(grant.auth_code, SHOPIFY_TOKEN))


def declare_shop(tiktok_url: str) -> None:
    """Make the TikTok shop with its products, or set them anew."""
    shop = {"name": SHOP_NAME, "region": "US", "products": tiktok_products()}
    _ask("PUT", f"{tiktok_url}/_sim/shops/{SHOP_ID}", shop)


def announce_webhooks(tiktok_url: str, address: str) -> None:
    """Tell the TikTok simulator where the app takes notifications."""
    _ask("PUT", f"{tiktok_url}/_sim/webhooks", {"url": address})


def announce_compliance(shopify_url: str, address: str) -> None:
    """Tell the Shopify simulator the address in the app's configuration."""
    _ask("PUT", f"{shopify_url}/_sim/webhooks", {"compliance_uri": address})


def declare_store(shopify_url: str) -> None:
    """Make the Shopify store with its variants, or set them anew."""
    store = {"variants": shopify_variants(), "token": SHOPIFY_TOKEN}
    _ask("PUT", f"{shopify_url}/_sim/shops/{SHOPIFY_DOMAIN}", store)


def authorise(tiktok_url: str) -> DemoGrant:
    """The seller says yes: a fresh grant for the demo shop."""
    answer = _ask("POST", f"{tiktok_url}/_sim/grants", {"shop_ids": [SHOP_ID]}).json()
    return DemoGrant(answer["auth_code"], answer["access_token"], answer["refresh_token"])


def _ask(method: str, url: str, body: Mapping[str, object]) -> httpx.Response:
    try:
        answer = httpx.request(method, url, json=body, timeout=_TIMEOUT_S)
    except httpx.HTTPError as problem:
        raise StackFailed(f"{method} {url}: {type(problem).__name__}") from problem
    if answer.is_error:
        raise StackFailed(f"{method} {url} answered {answer.status_code}: {answer.text[:300]}")
    return answer


def main() -> None:
    """Connect, or exit with the sentence that says why not."""
    try:
        connect_demo_shop(os.environ)
    except StackFailed as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
