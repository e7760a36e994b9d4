"""What an attempt or a find means, given what the order's stream says already. Pure."""

from uuid import UUID

from lifecycle.order import Order
from ordersync_contracts import events
from ordersync_contracts.ids import created_id, fact_id


def is_open(order: Order, request: events.ShopifyOrderRequested) -> bool:
    """Whether this very request is the one without an outcome."""
    newest = order.requested.event if order.requested is not None else None
    is_this = newest is not None and newest.idempotency_key == request.idempotency_key
    return is_this and order.is_in_flight


def lacks_its_id(order: Order) -> bool:
    """Whether an order of ours for it stood without its id, so that no look-up by id finds it."""
    return any(at.event.reason_code == "order_id_missing" for at in order.failures)


def standing(
    order: Order, there: events.ShopifyOrderCreated
) -> tuple[UUID, events.OrderEvent] | None:
    """What is told of an order that is there, and its id; None: nothing that is new.

    Never is another order put over one that stands: that there are two is told instead.
    """
    known = order.created.event.shopify_order_id if order.created is not None else ""
    if known == there.shopify_order_id:
        return None
    if order.stands:
        return doubled(there.shop_id, there.order_id, there.store, known, there.shopify_order_id)
    return created_id(there.store, there.shopify_order_id), there


def doubled(
    shop_id: str, order_id: str, store: str, ours: str, other: str
) -> tuple[UUID, events.ShopifyUpdateFailed]:
    """``other`` stands beside the order that is known as ``ours``."""
    event = events.ShopifyUpdateFailed(
        shop_id=shop_id,
        order_id=order_id,
        store=store,
        shopify_order_id=ours,
        change="creation",
        reason_code="doubled_in_shopify",
        content=other,
    )
    return fact_id("doubled_in_shopify", store, ours, other), event
