"""A console with orders of every kind, served on a free port.

The browser tests run only when asked for by name (`pytest tests/browser`): they need Chromium and
the dependency group `browser`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from services.console.tests.happenings import NOW, SHOP, STORE
from services.console.tests.story import Story, built

from console import projection
from console.app import Connections
from console.memory import MemoryRows
from console.orders.bulk_runs import MemoryBulkRuns
from eventstore.memory import MemoryEventStore
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import (
    order_stream,
    reconciliation_stream,
    shop_stream,
)
from runtime.clock import Clocks, monotonic, utc_now
from runtime.randomness import system_id
from runtime.serving import answer_on, listen

PRODUCTS = (
    ("Pine candle", "Large", "CANDLE-L", "18.50"),
    ("Enamel mug", "Forest green", "MUG-GRN", "14.00"),
    ("Wool throw", "", "THROW-1", "64.90"),
    ("Cedar soap", "Set of 3", "SOAP-3", "21.00"),
)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the folder out of runs that did not name it."""
    return None if any("browser" in argument for argument in config.args) else True


class Console(Story):
    """The console under test: its address, and a hand to tell it what happened."""

    def __init__(self, url: str, store: MemoryEventStore) -> None:
        super().__init__(store)
        self.url = url


def order_id(n: int) -> str:
    return f"5764{n:014d}"


def fetched(n: int, **fields: Any) -> events.OrderFetched:
    bought = [PRODUCTS[(n + k) % len(PRODUCTS)] for k in range(n % 3 + 1)]
    lines = tuple(
        events.OrderLine(
            line_id=f"{n}-{k}",
            product_name=name,
            sku_name=variant,
            sku_id=f"17290000{PRODUCTS.index(product):02d}",
            seller_sku=sku,
            currency="USD",
            sale_price=Decimal(price),
            is_gift=n % 9 == 4,
        )
        for k, product in enumerate(bought)
        for name, variant, sku, price in (product,)
    )
    goods = sum((line.sale_price for line in lines), Decimal(0))
    defaults: dict[str, Any] = {
        "shop_id": SHOP,
        "order_id": order_id(n),
        "status": "AWAITING_SHIPMENT",
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "SELLER" if n % 2 else "TIKTOK",
        "delivery_option_name": "Standard shipping",
        "created_at": NOW - timedelta(hours=3 * n, minutes=7 * n),
        "updated_at": NOW,
        "asked_at": NOW,
        "paid_at": NOW - timedelta(hours=3 * n),
        "ship_by": NOW + timedelta(days=2),
        "is_sample": n % 13 == 6,
        "recipient": events.VaultReference(kind="recipient", version=1, digest="d", masked=False),
        "lines": lines,
        "payment": events.Payment(
            currency="USD",
            sub_total=goods,
            shipping_fee=Decimal("4.99"),
            tax=Decimal("1.31"),
            total=goods + Decimal("6.30"),
        ),
    }
    return events.OrderFetched(**{**defaults, **fields})


def draft(n: int) -> events.ShopifyOrderDraft:
    snapshot = fetched(n)
    return events.ShopifyOrderDraft(
        shop_id=SHOP,
        order_id=order_id(n),
        store=STORE,
        snapshot_version=1,
        settings_version=1,
        placed_at=snapshot.created_at,
        currency="USD",
        total=snapshot.payment.total,
        lines=(),
        shipping_lines=(),
        attributes=(),
        tags=("TikTok Shop",),
    )


def _ids(n: int) -> dict[str, str]:
    return {"shop_id": SHOP, "order_id": order_id(n)}


def _eligible(n: int) -> Event:
    return events.OrderEligible(**_ids(n), snapshot_version=1)


def _synced(n: int) -> tuple[Event, ...]:
    requested = events.ShopifyOrderRequested(
        **_ids(n), store=STORE, draft_version=3, attempt=1, idempotency_key="k", input_digest="d"
    )
    created = events.ShopifyOrderCreated(
        **_ids(n),
        outcome="created",
        store=STORE,
        shopify_order_id=f"gid://shopify/Order/{6204500000000 + n}",
        name=f"#{1000 + n}",
        currency="USD",
        total=fetched(n).payment.total,
    )
    return _eligible(n), draft(n), requested, created


def _delivery(n: int, status: Any) -> Event:
    return events.DeliveryStatusChanged(
        **_ids(n), status=status, happened_at=NOW, carrier="USPS", tracking_number="94001000123"
    )


def _failed(n: int, code: str, **fields: Any) -> Event:
    return events.ShopifyOrderFailed(
        **_ids(n), store=STORE, draft_version=3, attempt=1, reason_code=code, **fields
    )


def story(n: int) -> tuple[Event, ...]:
    """What happened to order ``n``: each kind comes round every twelve orders."""
    retried = NOW + timedelta(minutes=12)
    blocked = events.OrderBlocked(
        **_ids(n),
        snapshot_version=1,
        settings_version=1,
        reason_code="unlinked_sku",
        sku_ids=("1729000002",),
    )
    on_hold = events.OrderIneligible(
        **_ids(n),
        snapshot_version=1,
        reason_code=("on_hold", "fulfilled_by_tiktok", "not_us")[n % 3],
    )
    kinds: tuple[tuple[Event, ...], ...] = (
        _synced(n),
        (_eligible(n),),
        (_eligible(n), draft(n)),
        (*_synced(n), _delivery(n, "in_transit")),
        (_eligible(n), blocked),
        (on_hold,),
        (*_synced(n), _delivery(n, "in_transit"), _delivery(n, "delivered")),
        (_eligible(n),),
        (_eligible(n), draft(n), _failed(n, "too_many_attempts", next_attempt_at=retried)),
        (_eligible(n),),
        (*_synced(n), events.OrderCancelled(**_ids(n), snapshot_version=1, whole_order=True)),
        (_eligible(n), draft(n), _failed(n, "stock_claim_failed", shopify_code="UNPROCESSABLE")),
    )
    return kinds[n % len(kinds)]


async def fill(console: Console, orders: int) -> None:
    """A connected shop with this many orders, two of four products linked."""
    await console.shop()
    waived = events.AdoptionFinished(shop_id=SHOP, store=STORE, waived_by="Ana")
    await console.tell(shop_stream(SHOP), waived, source="console")
    proof = events.OrdersReconciled(
        shop_id=SHOP,
        window_begins_at=NOW - timedelta(days=7),
        complete_until=NOW - timedelta(minutes=10),
        tiktok_count=orders,
        stored_count=orders,
    )
    await console.tell(reconciliation_stream(SHOP), proof, source="fetcher")
    for n in range(2):
        await console.link(f"17290000{n:02d}", 4400000 + n)
    for n in range(orders):
        stream = order_stream(SHOP, order_id(n))
        await console.tell(stream, fetched(n), source="fetcher")
        await console.tell(stream, *story(n))


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    store, rows = MemoryEventStore(utc_now), MemoryRows()

    async def lag() -> dict[str, int]:
        return {"mapper": 0}

    async def backlog(_store: str) -> float:
        return 0.0

    connections = Connections(store, rows, lag, backlog, MemoryBulkRuns(utc_now))
    service = built(connections, Clocks(utc_now, monotonic), system_id)
    listening = listen("127.0.0.1", 0, "CONSOLE_PORT")
    filled = Console(f"http://127.0.0.1:{listening.getsockname()[1]}", store)
    await fill(filled, 70)
    await projection.catch_up(store, rows)
    tasks = [
        asyncio.create_task(work)
        for work in (
            answer_on(listening, service.endpoints["pages"]),
            *(task() for task in service.tasks.values()),
        )
    ]
    yield filled
    for task in tasks:
        task.cancel()
    for task in tasks:
        with suppress(asyncio.CancelledError):
            await task
