"""Who is in the stories that tests tell: one shop, one store, one buyer, one first order."""

from datetime import UTC, datetime
from typing import Final

from mapping.recipient import Recipient
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.streams import link_stream, order_stream, shop_stream

NOW: Final = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SHOP_ID: Final = "7495514739512345678"
ORDER_ID: Final = "576461413038785752"
STORE: Final = "harbor-and-pine.myshopify.com"
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


def stream_of(event: Event) -> str:
    """The stream that the event belongs to."""
    match event:
        case events.OrderEvent():
            return order_stream(event.shop_id, event.order_id)
        case events.ProductLinked() | events.ProductUnlinked():
            return link_stream(event.shop_id, event.sku_id)
        case events.ShopEvent():
            return shop_stream(event.shop_id)
        case _:
            raise LookupError(f"{event.type_name()}: no service takes it from another's hand")
