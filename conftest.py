"""What tests of every folder start from: a clock, an ordinary order, a stream made of events."""

import functools
import gc
import importlib.util
import ssl
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from types import ModuleType
from typing import Any, cast

import pytest
import structlog
from tests.world import story
from tests.world.story import NOW, ORDER_ID, SHOP_ID

# In importlib mode pytest makes a namespace module of the folders devstack/ and simulators/, which
# would hide the packages of these names; imported first, the packages win.
import devstack
import simulators
from lifecycle import order as orders
from lifecycle.order import Order
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event

assert devstack.__file__
assert simulators.__file__

# Tests make and drop little; what they import is large, and looking through it again and again
# was a tenth of their time.
gc.set_threshold(50_000, 20, 100)

# httpx's in-process transport looks for sniffio at every request; not finding it walks all of
# sys.path each time, which costs more than the request.
if importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = cast("ModuleType", None)

# Every HTTP client of a test would read the machine's certificates: 20 ms each, and none uses them.
vars(ssl)["create_default_context"] = functools.cache(ssl.create_default_context)


@pytest.fixture(autouse=True)
def unfiltered_logs() -> None:
    """Logging as it is at first: a command line that ran in another test leaves a level behind.

    Only tracebacks are plain: drawing them with all locals takes longer than what is tested.
    """
    structlog.reset_defaults()
    plain = structlog.dev.ConsoleRenderer(
        colors=False, exception_formatter=structlog.dev.plain_traceback
    )
    structlog.configure(processors=[structlog.processors.add_log_level, plain])


@pytest.fixture
def now() -> datetime:
    """The time it is in every unit test."""
    return NOW


def _line(number: int = 1, **changes: Any) -> events.OrderLine:
    line = events.OrderLine(
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
    return line.model_copy(update=changes)


def _fetched(**changes: Any) -> events.OrderFetched:
    order = events.OrderFetched(
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
        lines=(_line(),),
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
    return order.model_copy(update=changes)


@pytest.fixture
def line() -> Callable[..., events.OrderLine]:
    """Makes one unit of a mug at 18.50 with 1.48 tax; keywords change fields."""
    return _line


@pytest.fixture
def fetched() -> Callable[..., events.OrderFetched]:
    """Makes a paid order of one mug, 24.97 in all, awaiting shipment; keywords change fields."""
    return _fetched


@pytest.fixture
def stream() -> Callable[..., tuple[Recorded, ...]]:
    """Makes a stream of these events, versions from 1."""
    return story.stream


@pytest.fixture
def folded() -> Callable[..., Order]:
    """Folds an order from these events."""

    def fold(*said: Event) -> Order:
        return orders.fold(story.stream(*said))

    return fold


@pytest.fixture
def connected() -> Callable[..., Sequence[Event]]:
    """The events of a shop that is connected to its store, adoption waived; settings by keyword."""
    return story.connected
