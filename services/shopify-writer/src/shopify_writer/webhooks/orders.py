"""Orders that were deleted or cancelled in Shopify, told to their streams."""

from collections.abc import Sequence
from typing import Final

from eventstore.journal import Cause, Journal
from eventstore.store import EventStore
from lifecycle import order as orders
from lifecycle.order import Order
from ordersync_contracts.events import ShopifyOrderCancelled, ShopifyOrderRemoved
from ordersync_contracts.ids import created_id, fact_id
from ordersync_contracts.streams import order_of

_AT_ONCE: Final = 500
CANCELLED: Final = ShopifyOrderCancelled.type_name()


async def streams_by_gid(store: EventStore, domain: str, gids: Sequence[str]) -> dict[str, str]:
    """The order stream of each of these Shopify orders that an event tells of."""
    found: dict[str, str] = {}
    for begin in range(0, len(gids), _AT_ONCE):
        by_id = {created_id(domain, gid): gid for gid in gids[begin : begin + _AT_ONCE]}
        streams = await store.streams_of(by_id)
        found |= {by_id[event_id]: stream for event_id, stream in streams.items()}
    return found


async def removed(journal: Journal, stream: str, event: ShopifyOrderRemoved) -> bool:
    """Record that the order is gone, if this very one was taken to stand; whether that is news."""

    def decide(order: Order) -> Sequence[ShopifyOrderRemoved]:
        created = order.created.event if order.created is not None else None
        is_this = created is not None and created.shopify_order_id == event.shopify_order_id
        return (event,) if order.stands and is_this else ()

    cause = Cause(stream, f"removed:{event.shopify_order_id}")
    return bool((await journal.decide(cause, orders.fold, decide)).events)


async def cancelled(journal: Journal, stream: str, domain: str, gid: str, reason: str) -> None:
    """Record that the order was cancelled in Shopify, once."""
    shop_id, order_id = order_of(stream)
    event = ShopifyOrderCancelled(
        shop_id=shop_id, order_id=order_id, store=domain, shopify_order_id=gid, reason=reason
    )
    await journal.fact(stream, fact_id(CANCELLED, domain, gid), event)
