"""TikTok and Shopify as connecting sees them."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from services.console.tests.happenings import NOW, STORE

from lifecycle.shop import Shop
from runtime.clock import Clock
from shopify.answers import Answer, CallFacts, Done, Unreachable
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from tiktok.errors import NoAnswer
from tiktok.pages import Page
from tiktok.tokens import Tokens
from tiktok.wire.products import Product
from tiktok.wire.reading import read
from tiktok.wire.shops import AuthorizedShop


class FakeSeller:
    """TikTok as connecting sees it: one grant over some shops."""

    def __init__(self, *shops: tuple[str, str]) -> None:
        self._shops = shops

    async def tokens(self, auth_code: str) -> Tokens:
        return Tokens(
            access_token=f"access-for-{auth_code}",
            access_expires_at=NOW + timedelta(days=7),
            refresh_token=f"refresh-for-{auth_code}",
            refresh_expires_at=NOW + timedelta(days=300),
            open_id="grant-1",
            seller_name="Harbor",
            seller_region="US",
            scopes=(),
        )

    async def shops(self, tokens: Tokens) -> tuple[AuthorizedShop, ...]:
        assert tokens.access_token
        return tuple(
            AuthorizedShop(id=shop_id, name="Harbor & Pine", region=region, cipher=f"c-{shop_id}")
            for shop_id, region in self._shops
        )


class FakeStore:
    """A Shopify store as connecting sees it."""

    def __init__(self) -> None:
        self.scopes = ["read_orders", "write_orders", "read_products"]
        self.currency = "USD"
        self.definition: dict[str, Any] | None = None
        self.status = 200
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        self.asked.append(body["operationName"])
        if self.status != 200:
            return httpx.Response(self.status, json={"errors": "no"})
        return httpx.Response(200, json={"data": self._answers()[body["operationName"]]()})

    def _answers(self) -> dict[str, Callable[[], dict[str, Any]]]:
        return {
            "ShopInfo": self._info,
            "OrderCustomIdDefinitionFind": lambda: {"metafieldDefinition": self.definition},
            "OrderCustomIdDefinitionCreate": self._define,
            "WebhookSubscriptions": lambda: {
                "webhookSubscriptions": {"nodes": [], "pageInfo": {"hasNextPage": False}}
            },
            "WebhookSubscriptionCreate": lambda: {
                "webhookSubscriptionCreate": {
                    "webhookSubscription": {"id": "gid://shopify/WebhookSubscription/1"},
                    "userErrors": [],
                }
            },
        }

    def _info(self) -> dict[str, Any]:
        return {
            "shop": {
                "id": "gid://shopify/Shop/1",
                "name": "Harbor",
                "myshopifyDomain": STORE,
                "currencyCode": self.currency,
            },
            "currentAppInstallation": {
                "id": "gid://shopify/AppInstallation/1",
                "accessScopes": [{"handle": scope} for scope in self.scopes],
                "app": {"id": "gid://shopify/App/77", "title": "ordersync"},
            },
        }

    def _define(self) -> dict[str, Any]:
        self.definition = {
            "id": "gid://shopify/MetafieldDefinition/1",
            "namespace": "app--77",
            "key": "tiktok_order_id",
            "type": {"name": "id"},
            "capabilities": {"uniqueValues": {"enabled": True, "eligible": True}},
        }
        return {
            "metafieldDefinitionCreate": {"createdDefinition": self.definition, "userErrors": []}
        }

    def client(self, clock: Clock, token: str = "shpat_secret") -> ShopifyClient:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return ShopifyClient(http, StaticTokens({STORE: token}), clock=clock)


class Catalogues:
    """Both sides' products, as linking asks for them; ``away``: the stores and shops that are."""

    def __init__(self) -> None:
        self.variants = {"8801", "77"}
        self.skus: set[str] = set()
        self.away: set[str] = set()

    async def execute(self, store: str, what: str, variables: Any, *, guard: Any = None) -> Answer:
        del guard
        facts = CallFacts(sent_at=NOW)
        if store in self.away:
            return Unreachable("ConnectError", call=facts)
        if what == "variants_page":
            return Done(data=_page_of(self.variants), call=facts)
        assert what == "variants_by_ids"
        nodes = [
            {"id": gid, "sku": "", "title": "V", "price": "1"}
            if gid.rpartition("/")[2] in self.variants
            else None
            for gid in variables["ids"]
        ]
        return Done(data={"nodes": nodes}, call=facts)

    async def page(self, shop: Shop, page_token: str | None) -> Page[Product]:
        del page_token
        if shop.shop_id in self.away:
            raise NoAnswer("products_search", "no answer")
        skus = [{"id": sku_id, "seller_sku": ""} for sku_id in sorted(self.skus)]
        sold = read(Product, {"id": "1", "title": "P", "skus": skus})
        return Page((sold,), None, 1, NOW, None)

    async def detail(self, shop: Shop, product_id: str) -> Product:
        (product,) = (await self.page(shop, None)).items
        assert product.id == product_id
        return product


def _page_of(variants: set[str]) -> dict[str, Any]:
    gids = [f"gid://shopify/ProductVariant/{number}" for number in sorted(variants)]
    nodes = [{"id": gid, "sku": "", "title": "V", "price": "1"} for gid in gids]
    page_info = {"hasNextPage": False, "endCursor": None}
    return {"productVariants": {"nodes": nodes, "pageInfo": page_info}}
