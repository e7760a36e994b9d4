"""Orders to measure with: OrderFetched of about 3.3 KB of JSON, and an order's own five events."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID, uuid5

from tests.world import story

from eventstore.store import ANY_VERSION, Append
from lifecycle import shop as shops
from lifecycle.shop import Shop
from mapping.draft import Source, translate
from ordersync_contracts import codec, events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.streams import link_stream, order_stream, shop_stream

SHOP_ID: Final = story.SHOP_ID
STORE: Final = "bench.myshopify.com"
VARIANTS: Final = tuple(f"gid://shopify/ProductVariant/420{n}" for n in range(4))
NOW: Final = datetime.now(UTC).replace(microsecond=0)
"""Orders lie within a shop's window, whenever this runs."""
_IDS: Final = UUID(int=20261125)
SKUS: Final = tuple(f"272938247685292156{n}" for n in range(4))
_TITLES: Final = (
    "Stoneware mug 11 oz, hand glazed, dishwasher and microwave safe",
    "Linen tea towel set of two, stone washed, natural and indigo stripe",
    "Beeswax candle in reused glass, unscented, forty hours of light",
    "Walnut coaster with cork back, oiled by hand, four inches square",
)


def order_id(number: int) -> str:
    """The id of the ``number``-th order; TikTok's are 18 digits as well."""
    return f"576{number:015d}"


def fetched(number: int) -> events.OrderFetched:
    """A paid order of four different units, everything TikTok tells of it filled in."""
    total = Decimal("18.50") + Decimal(number % 97) / 100
    return story.fetched(
        order_id=order_id(number),
        order_type="NORMAL",
        created_at=NOW - timedelta(hours=3),
        updated_at=NOW - timedelta(hours=1),
        asked_at=NOW - timedelta(minutes=1),
        paid_at=NOW - timedelta(hours=3) + timedelta(minutes=2),
        ship_by=NOW + timedelta(days=2),
        tracking_number=f"9400110898825{number:09d}",
        shipping_provider="USPS Ground Advantage",
        package_ids=(f"115{number:015d}",),
        lines=tuple(_line(number, n, total) for n in range(4)),
        payment=_payment(total),
    )


def _line(number: int, n: int, price: Decimal) -> events.OrderLine:
    return events.OrderLine(
        line_id=f"577{number:012d}{n:03d}",
        product_id=f"172958271831238{n:04d}",
        product_name=_TITLES[n],
        sku_id=SKUS[n],
        sku_name="Indigo blue, regular",
        seller_sku=f"HARBOR-PINE-{n:03d}-BLU",
        currency="USD",
        original_price=price + 4,
        sale_price=price,
        seller_discount=Decimal("3.00"),
        platform_discount=Decimal("1.00"),
        status="AWAITING_SHIPMENT",
        taxes=(
            events.ItemTax(type="SALES_TAX", rate=Decimal("0.0825"), amount=Decimal("1.48")),
            events.ItemTax(type="COUNTY_TAX", rate=Decimal("0.0100"), amount=Decimal("0.18")),
        ),
        package_id=f"115{number:015d}",
        tracking_number=f"9400110898825{number:09d}",
        shipping_provider="USPS Ground Advantage",
    )


def _payment(price: Decimal) -> events.Payment:
    tax, shipping = 4 * Decimal("1.66"), Decimal("4.99")
    return events.Payment(
        currency="USD",
        total=4 * price + tax + shipping,
        sub_total=4 * price,
        original_total_product_price=4 * (price + 4),
        seller_discount=Decimal("12.00"),
        platform_discount=Decimal("4.00"),
        shipping_fee=shipping,
        original_shipping_fee=Decimal("5.99"),
        shipping_fee_seller_discount=Decimal("1.00"),
        tax=tax,
        product_tax=tax,
    )


def shop_events() -> tuple[Event, ...]:
    """A shop connected to its store, adoption waived, automatic sync on."""
    return story.connected(STORE, NOW, automatic_sync=True)


def links(
    store: str = STORE, variants: Sequence[str] = VARIANTS
) -> tuple[events.ProductLinked, ...]:
    """Every SKU of the orders, linked to a variant of the store."""
    return tuple(
        events.ProductLinked(
            shop_id=SHOP_ID, sku_id=sku, variant_id=variant, store=store, linked_by="person"
        )
        for sku, variant in zip(SKUS, variants, strict=False)
    )


def link_commands(store: str = STORE, variants: Sequence[str] = VARIANTS) -> list[Append]:
    """The commands that link them."""
    return [
        Append(
            link_stream(SHOP_ID, link.sku_id),
            ANY_VERSION,
            (new_event(link_stream(SHOP_ID, link.sku_id), 1, link),),
        )
        for link in links(store, variants)
    ]


def new_event(stream: str, version: int, event: Event) -> NewEvent:
    """The event ready to append; its id follows from stream and version."""
    trace = Trace("bench", f"{stream}|{version}", f"{stream}|{version - 1}")
    return NewEvent(uuid5(_IDS, f"{stream}|{version}"), event, NOW, trace)


def append(stream: str, *history: Event) -> Append:
    """The command that begins the stream with these events."""
    return Append(
        stream, 0, tuple(new_event(stream, n, event) for n, event in enumerate(history, 1))
    )


def stream(number: int) -> str:
    """The stream of the ``number``-th order; their names sort as their numbers do."""
    return order_stream(SHOP_ID, order_id(number))


def append_order(number: int) -> Append:
    """The command that records the ``number``-th order as fetched."""
    return append(stream(number), fetched(number))


def setting() -> list[Append]:
    """The commands that connect the shop and link its SKUs."""
    return [append(shop_stream(SHOP_ID), *shop_events()), *link_commands()]


def five_events(number: int) -> Append:
    """The command with all that the stream of a synced order says: fetched to created."""
    order = fetched(number)
    draft = draft_of(order)
    named = {"shop_id": SHOP_ID, "order_id": order.order_id}
    history: Sequence[Event] = (
        order,
        events.OrderEligible(**named, snapshot_version=1),
        draft,
        events.ShopifyOrderRequested(
            **named,
            store=STORE,
            draft_version=3,
            attempt=1,
            idempotency_key=f"{_IDS}:1",
            input_digest="0" * 64,
        ),
        _created(order, draft),
    )
    return append(order_stream(SHOP_ID, order.order_id), *history)


def draft_of(order: events.OrderFetched) -> events.ShopifyOrderDraft:
    """What the mapper makes of the order."""
    variants = {link.sku_id: link.variant_id for link in links()}
    draft = translate(Source(order, 1, shop(), variants))
    assert isinstance(draft, events.ShopifyOrderDraft)
    return draft


def shop() -> Shop:
    """The connected shop, folded."""
    return shops.fold(story.stream(*shop_events(), stream=shop_stream(SHOP_ID)))


def _created(
    order: events.OrderFetched, draft: events.ShopifyOrderDraft
) -> events.ShopifyOrderCreated:
    return events.ShopifyOrderCreated(
        shop_id=SHOP_ID,
        order_id=order.order_id,
        outcome="created",
        store=STORE,
        shopify_order_id=f"gid://shopify/Order/{order.order_id}",
        name="#1001",
        processed_at=NOW,
        currency="USD",
        total=draft.total,
        lines=tuple(
            events.CreatedLine(
                line_ids=line.line_ids,
                variant_id=line.variant_id,
                quantity=line.quantity,
                unit_price=line.unit_price,
            )
            for line in draft.lines
        ),
        draft_version=3,
    )


def payload(command: Append) -> bytes:
    """The JSON of the command's first event, for those who store only that."""
    return codec.encode(command.events[0].event)
