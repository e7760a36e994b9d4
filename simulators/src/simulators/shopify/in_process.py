"""A Shopify inside the caller's process: its clock in the caller's hand, one store and one app."""

import copy
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx

from simulators.inbox import Inbox
from simulators.observer import Observe
from simulators.randomness import SYSTEM, Randomness
from simulators.shopify.app import build_app
from simulators.shopify.settings import Settings

Json = dict[str, Any]

DOMAIN = "demo.myshopify.com"
NOW = 1_795_000_000.0
TEE = "gid://shopify/ProductVariant/48540157378793"
VARIANTS: tuple[Json, ...] = (
    {"id": TEE, "sku": "TEE-BLK-M", "title": "Black / M", "price": "24.99", "barcode": "0123"},
    {"id": "48540157378794", "sku": "TEE-BLK-L", "title": "Black / L", "price": "24.99"},
)
SETTINGS = Settings(webhook_retries_s=(0.0, 0.0))
_ADDRESS = {
    "firstName": "Planted",
    "lastName": "Buyer",
    "address1": "1 Test St",
    "city": "San Francisco",
    "provinceCode": "CA",
    "countryCode": "US",
    "zip": "94103",
}
_CREATE = """
mutation OrderCreate($order: OrderCreateOrderInput!, $options: OrderCreateOptionsInput) {
  orderCreate(order: $order, options: $options) {
    order { id name processedAt sourceIdentifier }
    userErrors { code field message }
  }
}"""
_DEFINE = """
mutation Define($definition: MetafieldDefinitionInput!) {
  metafieldDefinitionCreate(definition: $definition) {
    createdDefinition { id namespace capabilities { uniqueValues { enabled eligible } } }
    userErrors { code field message }
  }
}"""
_FIND = """
query Find($value: String!) {
  orderByIdentifier(
    identifier: {customId: {namespace: "$app", key: "tiktok_order_id", value: $value}}
  ) { id name }
}"""


@dataclass(slots=True)
class InProcessShopify:
    """Calls the simulator as an app does, and steers it as a test does."""

    http: httpx.AsyncClient
    inbox: Inbox
    clock: list[float]
    transport: httpx.AsyncBaseTransport
    domain: str = DOMAIN
    token: str = Settings().token

    @property
    def now(self) -> float:
        """Unix seconds."""
        return self.clock[0]

    def pass_time(self, seconds: float) -> None:
        """Moves the clock."""
        self.clock[0] += seconds

    async def put(self, **settings: object) -> httpx.Response:
        """`PUT /_sim/shops/{domain}`."""
        return await self.http.put(f"/_sim/shops/{self.domain}", json=settings)

    async def post(
        self, body: object, *, version: str = "2026-10", **headers: str
    ) -> httpx.Response:
        """One request to the GraphQL endpoint; a text or bytes go as they are."""
        sent = {"Host": self.domain, "X-Shopify-Access-Token": self.token, **headers}
        content = body if isinstance(body, (str, bytes)) else json.dumps(body)
        path = f"/admin/api/{version}/graphql.json"
        return await self.http.post(path, content=content, headers=sent)

    async def graph(self, document: str, /, **variables: object) -> Json:
        """The whole answer."""
        return await self.graph_of("2026-10", document, **variables)

    async def graph_of(self, version: str, document: str, /, **variables: object) -> Json:
        """The whole answer of that API version."""
        answer = await self.post({"query": document, "variables": variables}, version=version)
        result: Json = answer.raise_for_status().json()
        return result

    async def ask(self, document: str, /, **variables: object) -> Any:  # noqa: ANN401  (any JSON)
        """The value of the only root field. Raises ValueError when there are errors."""
        result = await self.graph(document, **variables)
        if "errors" in result:
            raise ValueError(result["errors"])
        return next(iter(result["data"].values()))

    async def try_create(self, options: Json | None = None, **order: object) -> Json:
        """orderCreate with one line unless told otherwise; its payload."""
        given = {"lineItems": [line()], **order}
        payload: Json = await self.ask(_CREATE, order=given, options=options)
        return payload

    async def create(self, options: Json | None = None, **order: object) -> str:
        """The new order's gid. Raises ValueError when it was refused."""
        payload = await self.try_create(options, **order)
        if payload["userErrors"]:
            raise ValueError(payload["userErrors"])
        return str(payload["order"]["id"])

    async def read(self, gid: str, selection: str) -> Json:
        """These fields of an order."""
        query = f"query Read($id: ID!) {{ order(id: $id) {{ {selection} }} }}"
        order: Json = await self.ask(query, id=gid)
        return order

    async def define_custom_id(self) -> Json:
        """Makes `$app:tiktok_order_id` of type `id`."""
        definition = {
            "name": "TikTok Shop order ID",
            "namespace": "$app",
            "key": "tiktok_order_id",
            "type": "id",
            "ownerType": "ORDER",
        }
        payload: Json = await self.ask(_DEFINE, definition=definition)
        return payload

    async def find(self, value: str) -> Any:  # noqa: ANN401  (an order, or None)
        """orderByIdentifier by that custom id."""
        return await self.ask(_FIND, value=value)

    async def orders(self) -> list[Json]:
        """`GET /_sim/orders` of the store."""
        answer = await self.http.get("/_sim/orders", params={"shop": self.domain})
        shown: list[Json] = answer.json()["orders"]
        return shown

    async def stats(self) -> Json:
        """`GET /_sim/stats` of the store."""
        answer = await self.http.get("/_sim/stats", params={"shop": self.domain})
        stats: Json = answer.json()
        return stats

    async def fault(self, *rules: Json) -> httpx.Response:
        """`PUT /_sim/faults`."""
        return await self.http.put("/_sim/faults", json=list(rules))


def money(amount: str) -> Json:
    """A MoneyBagInput in US dollars."""
    return {"shopMoney": {"amount": amount, "currencyCode": "USD"}}


def tax(amount: str) -> Json:
    """A tax line of eight per cent."""
    return {"title": "Tax", "rate": "0.08", "priceSet": money(amount)}


def line(**changes: object) -> Json:
    """Two tees at 24.99, linked and shipped."""
    given = {"variantId": TEE, "quantity": 2, "requiresShipping": True, "priceSet": money("24.99")}
    return {**given, "title": "Classic Tee", **changes}


def address(**changes: object) -> Json:
    """A US address."""
    return {**copy.deepcopy(_ADDRESS), **changes}


def custom_id(value: str) -> list[Json]:
    """The `metafields` that carry an order's custom id."""
    return [{"namespace": "$app", "key": "tiktok_order_id", "type": "id", "value": value}]


@asynccontextmanager
async def running(
    settings: Settings = SETTINGS,
    *,
    now: Callable[[], float] | None = None,
    domains: Sequence[str] = (DOMAIN,),
    webhook_transport: httpx.AsyncBaseTransport | None = None,
    randomness: Randomness = SYSTEM,
    observe: Observe | None = None,
) -> AsyncIterator[InProcessShopify]:
    """One with these stores, plan basic, two variants each; the calls are about the first.

    `now` gives unix seconds; without it time passes by `pass_time`. `webhook_transport` takes its
    webhooks instead of `inbox`. `observe` hears of every changed order.
    """
    clock, inbox = [NOW], Inbox()
    app = build_app(
        settings,
        now=now or (lambda: clock[0]),
        webhook_transport=webhook_transport or httpx.MockTransport(inbox),
        randomness=randomness,
        observe=observe,
    )
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://sim") as http:
        made = InProcessShopify(http, inbox, clock, transport, domains[0], settings.token)
        await _open_stores(made, domains)
        yield made


async def _open_stores(made: InProcessShopify, domains: Sequence[str]) -> None:
    for domain in reversed(domains):
        of_it = replace(made, domain=domain)
        (await of_it.put(plan="basic", variants=list(VARIANTS))).raise_for_status()
