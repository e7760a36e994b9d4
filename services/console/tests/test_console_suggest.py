"""``products suggest`` on both simulators: both catalogues paged, only equal values proposed."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connections.grants import GrantAccess
from console.products.catalogues import Products, suggestions
from console.products.suggestions import Suggestion
from ordersync_contracts import events
from ordersync_contracts.streams import link_stream, shop_stream
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from simulators.shopify import in_process as shopify_sim
from simulators.shopify.in_process import InProcessShopify
from simulators.tiktok.in_process import SETTINGS, InProcessTikTok
from tiktok.calls import App
from tiktok.client import TikTokClient
from tiktok.tokens import TokenClient

VARIANTS = 260
PRODUCTS = 130
"""More than a page of each catalogue: 250 variants, 100 products."""
APP = App(SETTINGS.app_key, SETTINGS.app_secret)


def variant(n: int, **given: Any) -> dict[str, Any]:
    plain = {"id": f"gid://shopify/ProductVariant/{n}", "title": f"V{n}", "price": "1.00"}
    return plain | {"sku": f"SKU-{n}", "barcode": ""} | given


def product(n: int, **sku: Any) -> dict[str, Any]:
    given = {"id": f"9{n:05}", "seller_sku": f"TikTok-{n}", "price": {"sale_price": "1.00"}} | sku
    return {"id": f"8{n:05}", "title": f"Product {n}", "skus": [given]}


def variants() -> list[dict[str, Any]]:
    made = [variant(n) for n in range(1, VARIANTS + 1)]
    made[1] = variant(2, sku="Same")
    made[2] = variant(3, sku="same")
    made[VARIANTS - 1] = variant(VARIANTS, sku="LAST", barcode="00850001")
    return made


def products() -> list[dict[str, Any]]:
    made = [product(n) for n in range(PRODUCTS)]
    made[0] = product(0, seller_sku=" sku-1 ")
    made[1] = product(1, seller_sku="SAME")
    made[2] = product(2, seller_sku="", identifier_code={"code": "00850001", "type": "GTIN"})
    made[3] = product(3, seller_sku="own", external_sku_id="7")
    made[4] = product(4, seller_sku="")
    made[PRODUCTS - 1] = product(PRODUCTS - 1, seller_sku="Last")
    return made


@pytest.fixture
async def shopify() -> AsyncIterator[InProcessShopify]:
    async with shopify_sim.running() as sim:
        await sim.put(variants=variants())
        yield sim


@pytest.fixture
async def tiktok() -> AsyncIterator[InProcessTikTok]:
    sim = InProcessTikTok()
    sim.start()
    async with sim.http:
        await sim.open_shop(products())
        yield sim


class Both:
    """A shop whose two catalogues are the simulators'."""

    def __init__(self, tiktok: InProcessTikTok, shopify: InProcessShopify, store: Any) -> None:
        self.tiktok, self.shopify, self.store = tiktok, shopify, store
        self.calls: list[str] = []
        shopify.http.event_hooks = {"request": [self._noted]}
        tiktok.http.event_hooks = {"request": [self._noted]}

    async def _noted(self, request: httpx.Request) -> None:
        self.calls.append(request.url.path)

    async def connect(self, vault: Any) -> None:
        at = datetime.fromtimestamp(self.tiktok.now, UTC)
        later = (at + timedelta(days=5)).isoformat()
        granted = {
            "access_token": self.tiktok.token,
            "access_expires_at": later,
            "refresh_token": "unused",
            "refresh_expires_at": later,
        }
        await vault.put_credential(
            "tiktok_shop", self.tiktok.shop_id, {"cipher": self.tiktok.cipher}
        )
        await vault.put_credential("tiktok_grant", "grant-1", granted)

    async def suggest(self, vault: Any) -> dict[str, Suggestion]:
        def clock() -> datetime:
            return datetime.fromtimestamp(self.tiktok.now, UTC)

        client = TikTokClient(self.tiktok.http, APP, clock=clock, base_url="http://sim")
        tokens = TokenClient(self.tiktok.http, APP, clock=clock, base_url="http://sim")
        stores = ShopifyClient(
            self.shopify.http,
            StaticTokens({self.shopify.domain: self.shopify.token}),
            clock=clock,
            base_url="http://sim",
        )
        sold = Products(client, GrantAccess(vault, tokens, clock))
        found = await suggestions(self.store, sold, stores, self.tiktok.shop_id)
        return {suggestion.sku.sku_id: suggestion for suggestion in found}


@pytest.fixture
async def both(
    tiktok: InProcessTikTok, shopify: InProcessShopify, store: Any, story: Any, vault: Any
) -> Both:
    made = Both(tiktok, shopify, store)
    await story.shop(tiktok.shop_id, shopify.domain)
    await made.connect(vault)
    return made


def said(suggestion: Suggestion) -> tuple[str, str, list[str]]:
    return suggestion.found, suggestion.by, [v.id.rpartition("/")[2] for v in suggestion.candidates]


async def test_both_catalogues_are_read_to_their_last_page(both: Both, vault: Any) -> None:
    found = await both.suggest(vault)
    assert len(found) == PRODUCTS
    assert said(found[f"9{PRODUCTS - 1:05}"]) == ("proposed", "seller_sku", [str(VARIANTS)])
    assert sum(path.endswith("/graphql.json") for path in both.calls) == 2
    assert sum(path.endswith("/products/search") for path in both.calls) == 2


async def test_equal_values_are_proposed_and_several_are_shown_but_never_guessed(
    both: Both, vault: Any
) -> None:
    found = await both.suggest(vault)
    assert said(found["900000"]) == ("proposed", "seller_sku", ["1"])
    assert said(found["900001"]) == ("ambiguous", "seller_sku", ["2", "3"])
    assert found["900001"].variant_id is None
    assert said(found["900002"]) == ("proposed", "barcode", [str(VARIANTS)])
    assert said(found["900003"]) == ("proposed", "external_sku_id", ["7"])
    assert said(found["900004"]) == ("nothing", "", [])


async def test_a_linked_variant_that_shopify_no_longer_has_is_shown(
    both: Both, vault: Any, story: Any
) -> None:
    linked = events.ProductLinked(
        shop_id=both.tiktok.shop_id,
        sku_id="900000",
        variant_id="gid://shopify/ProductVariant/99999",
        store=both.shopify.domain,
        linked_by="person",
    )
    await story.tell(link_stream(both.tiktok.shop_id, "900000"), linked)
    assert said((await both.suggest(vault))["900000"]) == ("deleted", "seller_sku", ["1"])


async def test_suggesting_writes_nothing(both: Both, vault: Any) -> None:
    before = await both.store.head()
    await both.suggest(vault)
    assert await both.store.head() == before
    assert await both.store.read(shop_stream(both.tiktok.shop_id))
