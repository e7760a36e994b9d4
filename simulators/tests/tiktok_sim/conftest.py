"""A simulated TikTok Shop with one shop, and a plain order."""

import json
from collections.abc import AsyncIterator

import pytest

from simulators.tiktok.in_process import START, InProcessTikTok, Json

PRODUCTS: list[Json] = [
    {
        "product_id": "1729500000000000001",
        "title": "Socks",
        "sku_id": "2729300000000000011",
        "sku_name": "Black, M",
        "seller_sku": "SOCK-BLK-M",
        "price": "19.99",
        "barcode": "012345678905",
    },
    {
        "product_id": "1729500000000000001",
        "title": "Socks",
        "sku_id": "2729300000000000012",
        "sku_name": "White, L",
        "seller_sku": "SOCK-WHT-L",
        "price": "7.35",
    },
    {
        "product_id": "1729500000000000002",
        "title": "Hat",
        "sku_id": "2729300000000000021",
        "seller_sku": "ONLY-TIKTOK",
        "price": "12",
        "unlinked": True,
    },
]


@pytest.fixture
async def empty_sim() -> AsyncIterator[InProcessTikTok]:
    """A simulator without shops, whose observer was told of everything at the end."""
    told: dict[tuple[str, str], bytes | None] = {}

    def observe(shop_id: str, order_id: str, text: bytes | None) -> None:
        told[shop_id, order_id] = text

    sim = InProcessTikTok(observe=observe)
    sim.start()
    async with sim.http:
        yield sim
        standing = (await sim.control("GET", "/_sim/orders"))["orders"]
    last = {order_id: json.loads(text) for (_, order_id), text in told.items() if text}
    assert last == {str(order["id"]): order for order in standing}


@pytest.fixture
async def sim(empty_sim: InProcessTikTok) -> InProcessTikTok:
    """A simulator with a shop, its catalogue and a good token."""
    await empty_sim.open_shop(PRODUCTS)
    return empty_sim


@pytest.fixture
def order() -> Json:
    """A plain order, as orders/search returns it."""
    return {
        "id": "576461413038785752",
        "status": "AWAITING_SHIPMENT",
        "create_time": START - 3_600,
        "update_time": START - 3_000,
        "paid_time": START - 3_500,
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "SELLER",
        "user_id": "7021436810468230477",
        "warehouse_id": "6955005333819123123",
        "recipient_address": {"name": "Testa Buyerson", "region_code": "US"},
        "line_items": [
            {"id": "1", "sku_id": "11", "display_status": "AWAITING_SHIPMENT", "sale_price": "5"},
            {"id": "2", "sku_id": "12", "display_status": "AWAITING_SHIPMENT", "sale_price": "7.5"},
        ],
        "payment": {"currency": "USD", "total_amount": "12.5"},
    }
