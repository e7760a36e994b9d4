"""A Shopify in this process, its clock in the test's hand, with one store and its app."""

import copy
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from simulators.shopify.app import build_app
from simulators.shopify.settings import Settings

DOMAIN = "demo.myshopify.com"
TOKEN = Settings().token
NOW = 1_795_000_000.0
TEE = "gid://shopify/ProductVariant/48540157378793"
VARIANTS = [
    {"id": TEE, "sku": "TEE-BLK-M", "title": "Black / M", "price": "24.99", "barcode": "0123"},
    {"id": "48540157378794", "sku": "TEE-BLK-L", "title": "Black / L", "price": "24.99"},
]
ORDER_CREATE = """
mutation OrderCreate($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {
  orderCreate(order: $order, options: $options) {
    order { id name processedAt sourceIdentifier }
    userErrors { code field message }
  }
}"""
DEFINE = """
mutation Define($definition: MetafieldDefinitionInput!) {
  metafieldDefinitionCreate(definition: $definition) {
    createdDefinition { id namespace capabilities { uniqueValues { enabled eligible } } }
    userErrors { code field message }
  }
}"""
BY_CUSTOM_ID = """
query Find($value: String!) {
  orderByIdentifier(
    identifier: {customId: {namespace: "$app", key: "tiktok_order_id", value: $value}}
  ) { id name }
}"""
ADDRESS = {
    "firstName": "Planted",
    "lastName": "Buyer",
    "address1": "1 Test St",
    "city": "San Francisco",
    "provinceCode": "CA",
    "countryCode": "US",
    "zip": "94103",
}


def money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "USD"}}


def line(**changes: Any) -> dict[str, Any]:
    given = {"variantId": TEE, "quantity": 2, "requiresShipping": True, "priceSet": money("24.99")}
    return {**given, "title": "Classic Tee", **changes}


@dataclass
class Inbox:
    """Receives webhooks; answers with the statuses it is given, the last one for ever."""

    answers: list[int] = field(default_factory=lambda: [200])
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])


@dataclass
class Shopify:
    http: httpx.AsyncClient
    clock: list[float]
    inbox: Inbox
    address: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(ADDRESS))
    domain: str = DOMAIN
    token: str = TOKEN

    def money(self, amount: str) -> dict[str, Any]:
        return money(amount)

    def line(self, **changes: Any) -> dict[str, Any]:
        return line(**changes)

    def pass_time(self, seconds: float) -> None:
        self.clock[0] += seconds

    async def put(self, **settings: Any) -> httpx.Response:
        return await self.http.put(f"/_sim/shops/{self.domain}", json=settings)

    async def post(self, body: Any, *, version: str = "2026-10", **headers: str) -> httpx.Response:
        sent = {"Host": self.domain, "X-Shopify-Access-Token": self.token, **headers}
        content = body if isinstance(body, (str, bytes)) else json.dumps(body)
        path = f"/admin/api/{version}/graphql.json"
        return await self.http.post(path, content=content, headers=sent)

    async def graph(self, query: str, version: str = "2026-10", **variables: Any) -> dict[str, Any]:
        answer = await self.post({"query": query, "variables": variables}, version=version)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def ask(self, query: str, **variables: Any) -> Any:
        """The one root field's value; fails on errors."""
        result = await self.graph(query, **variables)
        assert "errors" not in result, result["errors"]
        return next(iter(result["data"].values()))

    async def try_create(self, options: Any = None, **order: Any) -> dict[str, Any]:
        given = {"lineItems": [line()], **order}
        return await self.ask(ORDER_CREATE, order=given, options=options)

    async def create(self, options: Any = None, **order: Any) -> str:
        payload = await self.try_create(options, **order)
        assert payload["userErrors"] == []
        return payload["order"]["id"]

    async def read(self, gid: str, selection: str) -> Any:
        return await self.ask(
            f"query Read($id: ID!) {{ order(id: $id) {{ {selection} }} }}", id=gid
        )

    async def define_custom_id(self) -> Any:
        definition = {
            "name": "TikTok Shop order ID",
            "namespace": "$app",
            "key": "tiktok_order_id",
            "type": "id",
            "ownerType": "ORDER",
        }
        return await self.ask(DEFINE, definition=definition)

    def custom_id(self, value: str) -> list[dict[str, str]]:
        return [{"namespace": "$app", "key": "tiktok_order_id", "type": "id", "value": value}]

    async def find(self, value: str) -> Any:
        return await self.ask(BY_CUSTOM_ID, value=value)

    async def orders(self) -> list[dict[str, Any]]:
        return (await self.http.get("/_sim/orders", params={"shop": self.domain})).json()["orders"]

    async def stats(self) -> dict[str, Any]:
        return (await self.http.get("/_sim/stats", params={"shop": self.domain})).json()

    async def fault(self, *rules: dict[str, Any]) -> httpx.Response:
        return await self.http.put("/_sim/faults", json=list(rules))


@pytest.fixture
async def shopify() -> AsyncIterator[Shopify]:
    clock, inbox = [NOW], Inbox()
    app = build_app(
        Settings(webhook_retries_s=(0.0, 0.0)),
        now=lambda: clock[0],
        webhook_transport=httpx.MockTransport(inbox),
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as http:
        made = Shopify(http, clock, inbox)
        assert (await made.put(plan="basic", variants=VARIANTS)).status_code == 200
        yield made
