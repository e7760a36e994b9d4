"""Who is in the stories that tests tell: one shop, one store, one buyer, one first order."""

import base64
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from lifecycle import order as orders
from lifecycle.order import Order
from mapping.recipient import Recipient
from ordersync_contracts import codec, events
from ordersync_contracts.envelope import Recorded, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.streams import link_stream, order_stream, products_stream, shop_stream
from simulators.tiktok import in_process as tiktok
from vault.keys import MasterKeys

NOW: Final = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SHOP_ID: Final = "7495514739512345678"
ORDER_ID: Final = "576461413038785752"
IDS: Final = {"shop_id": SHOP_ID, "order_id": ORDER_ID}
SKU_ID: Final = "2729382476852921560"
GRANT_ID: Final = "grant-1"
STORE: Final = "harbor-and-pine.myshopify.com"
KEYS: Final = MasterKeys({"k1": bytes(range(32))}, "k1")
SETTINGS: Final = {
    "kafka_bootstrap": "localhost:9092",
    "database_url": "postgresql://ordersync@localhost/ordersync",
    "vault_keys": json.dumps({"k1": base64.b64encode(bytes(range(32))).decode()}),
    "vault_key_id": "k1",
    "tiktok_app_key": tiktok.SETTINGS.app_key,
    "tiktok_app_secret": tiktok.SETTINGS.app_secret,
}
"""What every service has to be told; nothing listens there."""
BUYER: Final = Recipient(
    name="Petra Plantedbuyer",
    first_name="Petra",
    last_name="Plantedbuyer",
    phone="(+1)2135550147",
    email="v2planted@chat.seller.tiktok.com",
    line1="77 Planted Parkway",
    line2="Suite 100",
    city="Los Angeles",
    state="California",
    postal_code="90066",
    region="US",
)


def connected(store: str = STORE, now: datetime = NOW, **settings: object) -> tuple[Event, ...]:
    """A shop connected to its store, orders of a week in its window, adoption waived."""
    return (
        events.ShopConnected(
            shop_id=SHOP_ID,
            name="Harbor & Pine",
            region="US",
            grant_id=GRANT_ID,
            store=store,
            window_begins_at=now - timedelta(days=7),
            connected_at=now - timedelta(days=1),
            connected_by="test",
        ),
        events.AdoptionFinished(shop_id=SHOP_ID, store=store, waived_by="test"),
        events.OrderSettingsChanged(
            shop_id=SHOP_ID,
            settings=events.OrderSettings.model_validate(settings),
            changed_by="test",
        ),
    )


def stream(*said: Event, stream: str = f"order-{SHOP_ID}-{ORDER_ID}") -> tuple[Recorded, ...]:
    """A stream of these events, versions from 1, as a store has recorded it."""
    return tuple(
        Recorded(
            id=UUID(int=version),
            stream=stream,
            version=version,
            position=version,
            name=event.type_name(),
            schema_version=event.VERSION,
            occurred_at=NOW,
            recorded_at=NOW,
            trace=Trace("test", "conversation"),
            data=codec.encode(event),
        )
        for version, event in enumerate(said, start=1)
    )


def raw_order(now: datetime = NOW, **changes: Any) -> dict[str, Any]:
    """A paid order of one mug as TikTok tells it; keywords change fields, None drops one."""

    def ago(hours: int) -> int:
        return int((now - timedelta(hours=hours)).timestamp())

    order: dict[str, Any] = {
        "id": ORDER_ID,
        "status": "AWAITING_SHIPMENT",
        "create_time": ago(3),
        "update_time": ago(1),
        "paid_time": ago(2),
        "fulfillment_type": "FULFILLMENT_BY_SELLER",
        "shipping_type": "TIKTOK",
        "buyer_email": BUYER.email,
        "buyer_message": "Planted message: ring twice",
        "recipient_address": {
            "name": BUYER.name,
            "first_name": BUYER.first_name,
            "last_name": BUYER.last_name,
            "phone_number": BUYER.phone,
            "address_line1": BUYER.line1,
            "address_line2": BUYER.line2,
            "postal_code": BUYER.postal_code,
            "region_code": BUYER.region,
            "district_info": [
                {"address_level_name": "State", "address_name": BUYER.state},
                {"address_level_name": "City", "address_name": BUYER.city},
            ],
        },
        "line_items": [
            {
                "id": "577086512123755121",
                "product_name": "Stoneware mug",
                "sku_id": SKU_ID,
                "seller_sku": "MUG-BLUE-11",
                "currency": "USD",
                "original_price": "18.50",
                "sale_price": "18.50",
                "item_tax": [{"tax_type": "SALES_TAX", "tax_amount": "1.48", "tax_rate": "0.08"}],
                "display_status": "AWAITING_SHIPMENT",
            }
        ],
        "payment": {
            "currency": "USD",
            "total_amount": "24.97",
            "sub_total": "18.50",
            "original_total_product_price": "18.50",
            "shipping_fee": "4.99",
            "original_shipping_fee": "4.99",
            "tax": "1.48",
            "product_tax": "1.48",
        },
    }
    return {key: value for key, value in {**order, **changes}.items() if value is not None}


def line(number: int = 1, **changes: Any) -> events.OrderLine:
    """One unit of a mug at 18.50 with 1.48 tax; keywords change fields."""
    made = events.OrderLine(
        line_id=f"57708651212375512{number}",
        product_id="1729582718312380123",
        product_name="Stoneware mug 11 oz",
        sku_id="2729382476852921560",
        sku_name="Blue",
        seller_sku="MUG-BLUE-11",
        currency="USD",
        original_price=Decimal("18.50"),
        sale_price=Decimal("18.50"),
        status="AWAITING_SHIPMENT",
        taxes=(events.ItemTax(type="SALES_TAX", rate=Decimal("0.08"), amount=Decimal("1.48")),),
    )
    return made.model_copy(update=changes)


def fetched(**changes: Any) -> events.OrderFetched:
    """A paid order of one mug, 24.97 in all, awaiting shipment; keywords change fields."""
    made = events.OrderFetched(
        shop_id=SHOP_ID,
        order_id=ORDER_ID,
        status="AWAITING_SHIPMENT",
        fulfillment_type="FULFILLMENT_BY_SELLER",
        shipping_type="TIKTOK",
        delivery_option_name="Standard shipping",
        region="US",
        created_at=NOW - timedelta(hours=3),
        updated_at=NOW - timedelta(hours=1),
        asked_at=NOW - timedelta(minutes=1),
        paid_at=NOW - timedelta(hours=3) + timedelta(minutes=2),
        lines=(line(),),
        payment=events.Payment(
            currency="USD",
            total=Decimal("24.97"),
            sub_total=Decimal("18.50"),
            original_total_product_price=Decimal("18.50"),
            shipping_fee=Decimal("4.99"),
            original_shipping_fee=Decimal("4.99"),
            tax=Decimal("1.48"),
            product_tax=Decimal("1.48"),
        ),
    )
    return made.model_copy(update=changes)


def created(gid: str = "gid://shopify/Order/1") -> events.ShopifyOrderCreated:
    """The order stands in Shopify, created by us."""
    ids = {"shop_id": SHOP_ID, "order_id": ORDER_ID, "store": STORE, "shopify_order_id": gid}
    return events.ShopifyOrderCreated(outcome="created", **ids)


def folded(*said: Event) -> Order:
    """An order of these events."""
    return orders.fold(stream(*said))


def stream_of(event: Event) -> str:
    """The stream that the event belongs to."""
    match event:
        case events.OrderEvent():
            return order_stream(event.shop_id, event.order_id)
        case events.ProductLinked() | events.ProductUnlinked():
            return link_stream(event.shop_id, event.sku_id)
        case events.ProductsChanged():
            return products_stream(event.shop_id)
        case events.ShopEvent():
            return shop_stream(event.shop_id)
        case _:
            raise LookupError(f"{event.type_name()}: no service takes it from another's hand")
