"""A store with a connected shop, and orders of every status in it."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import pytest

from connections.shop_book import ShopBook
from console.backend import Backend
from console.memory import MemoryRows
from eventstore import ANY_VERSION, Append
from eventstore.memory import MemoryEventStore
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import link_stream, order_stream, shop_stream
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens
from tiktok.tokens import Tokens
from tiktok.wire.shops import AuthorizedShop
from vault import MasterKeys, MemoryVault

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SHOP = "7495000001"
STORE = "harbor.myshopify.com"


class Ticking:
    """A clock that moves a second with every look."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class Story:
    """Tells the store what happened, one event at a time."""

    def __init__(self, store: MemoryEventStore) -> None:
        self.store = store
        self._told = 0

    async def tell(self, stream: str, *happened: Event, source: str = "mapper") -> None:
        for event in happened:
            self._told += 1
            new = NewEvent(fact_id(str(self._told)), event, NOW, Trace(source))
            await self.store.append([Append(stream, ANY_VERSION, (new,))])

    def tell_all(self, *parts: Awaitable[object]) -> None:
        """The same for tests that are not asynchronous: one part after the other."""

        async def happen() -> None:
            for part in parts:
                await part

        asyncio.run(happen())

    async def shop(self, shop_id: str = SHOP, store: str | None = STORE, **settings: Any) -> None:
        await self.tell(
            shop_stream(shop_id),
            events.ShopConnected(
                shop_id=shop_id,
                name="Harbor & Pine",
                region="US",
                grant_id="grant-1",
                store=store,
                window_begins_at=NOW - timedelta(days=7),
                connected_at=NOW,
                connected_by="tester",
            ),
        )
        if settings:
            chosen = events.OrderSettings(**settings)
            await self.tell(
                shop_stream(shop_id),
                events.OrderSettingsChanged(shop_id=shop_id, settings=chosen, changed_by="tester"),
            )

    async def order(
        self, order_id: str, *happened: Event, shop_id: str = SHOP, **fields: Any
    ) -> str:
        stream = order_stream(shop_id, order_id)
        fetched = snapshot(order_id, shop_id=shop_id, **fields)
        await self.tell(stream, fetched, *happened)
        return stream

    async def link(self, sku_id: str, variant: int, shop_id: str = SHOP) -> None:
        await self.tell(
            link_stream(shop_id, sku_id),
            events.ProductLinked(
                shop_id=shop_id,
                sku_id=sku_id,
                variant_id=f"gid://shopify/ProductVariant/{variant}",
                store=STORE,
                linked_by="same_sku",
            ),
        )


def line(n: int = 1, **fields: Any) -> events.OrderLine:
    defaults: dict[str, Any] = {
        "line_id": f"line-{n}",
        "product_name": "Pine candle",
        "sku_id": "1729000001",
        "sku_name": "Large",
        "seller_sku": "CANDLE-L",
        "currency": "USD",
        "sale_price": Decimal("12.50"),
        "status": "AWAITING_SHIPMENT",
    }
    return events.OrderLine(**{**defaults, **fields})


def snapshot(order_id: str, shop_id: str = SHOP, **fields: Any) -> events.OrderFetched:
    defaults: dict[str, Any] = {
        "shop_id": shop_id,
        "order_id": order_id,
        "status": "AWAITING_SHIPMENT",
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "created_at": NOW - timedelta(hours=2),
        "updated_at": NOW - timedelta(hours=1),
        "asked_at": NOW,
        "lines": (line(1), line(2)),
        "payment": events.Payment(currency="USD", total=Decimal("25.00")),
    }
    return events.OrderFetched(**{**defaults, **fields})


def eligible(order_id: str, shop_id: str = SHOP) -> events.OrderEligible:
    return events.OrderEligible(shop_id=shop_id, order_id=order_id, snapshot_version=1)


def ineligible(order_id: str, code: str = "on_hold") -> events.OrderIneligible:
    return events.OrderIneligible(
        shop_id=SHOP, order_id=order_id, snapshot_version=1, reason_code=code
    )


def blocked(order_id: str, sku_ids: tuple[str, ...] = ("1729000001",)) -> events.OrderBlocked:
    return events.OrderBlocked(
        shop_id=SHOP,
        order_id=order_id,
        snapshot_version=1,
        settings_version=0,
        reason_code="unlinked_sku",
        sku_ids=sku_ids,
    )


def created(order_id: str, number: int = 5001) -> events.ShopifyOrderCreated:
    return events.ShopifyOrderCreated(
        shop_id=SHOP,
        order_id=order_id,
        outcome="created",
        store=STORE,
        shopify_order_id=f"gid://shopify/Order/{number}",
        name=f"#{number}",
    )


def removed(order_id: str, number: int = 5001) -> events.ShopifyOrderRemoved:
    return events.ShopifyOrderRemoved(
        shop_id=SHOP,
        order_id=order_id,
        store=STORE,
        shopify_order_id=f"gid://shopify/Order/{number}",
        seen_by="webhook",
    )


def in_transit(order_id: str) -> events.DeliveryStatusChanged:
    return events.DeliveryStatusChanged(
        shop_id=SHOP,
        order_id=order_id,
        status="in_transit",
        happened_at=NOW,
        carrier="USPS",
        tracking_number="9400100000",
    )


class Happenings:
    """The builders above, for tests."""

    NOW = NOW
    SHOP = SHOP
    STORE = STORE
    line = staticmethod(line)
    snapshot = staticmethod(snapshot)
    eligible = staticmethod(eligible)
    ineligible = staticmethod(ineligible)
    blocked = staticmethod(blocked)
    created = staticmethod(created)
    removed = staticmethod(removed)
    in_transit = staticmethod(in_transit)


@pytest.fixture
def happen() -> type[Happenings]:
    return Happenings


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


@pytest.fixture
def store(clock: Ticking) -> MemoryEventStore:
    return MemoryEventStore(clock)


@pytest.fixture
def rows() -> MemoryRows:
    return MemoryRows()


@pytest.fixture
def backend(store: MemoryEventStore, rows: MemoryRows, clock: Ticking) -> Backend:
    ids = (f"request-{n}" for n in count(1))
    return Backend(store, rows, ShopBook(store), clock, "tester", lambda: next(ids))


@pytest.fixture
def story(store: MemoryEventStore) -> Story:
    return Story(store)


@pytest.fixture
def vault(clock: Ticking) -> MemoryVault:
    keys = MasterKeys({"k1": base64.b64decode("a" * 43 + "=")}, "k1")
    return MemoryVault(keys, clock)


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


@pytest.fixture
def seller() -> Callable[..., FakeSeller]:
    return FakeSeller


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
            "WebhookSubscriptionCreate": lambda: {
                "webhookSubscriptionCreate": {"webhookSubscription": None, "userErrors": []}
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

    def client(self, clock: Ticking, token: str = "shpat_secret") -> ShopifyClient:
        http = httpx.AsyncClient(transport=httpx.MockTransport(self))
        return ShopifyClient(http, StaticTokens({STORE: token}), clock=clock)


@pytest.fixture
def shopify_store() -> FakeStore:
    return FakeStore()
