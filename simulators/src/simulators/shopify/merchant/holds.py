"""A person holds fulfillment orders, or lets go of them (2026-04: fulfillmentOrderHold)."""

from simulators.control import BadRequest
from simulators.shopify.fulfilment.fulfillment_orders import (
    FULFILLABLE,
    ON_HOLD,
    hold_fulfillment_order,
    update_order_status,
    update_status,
)
from simulators.shopify.session import Session
from simulators.shopify.store.store import StoredOrder


def hold_order(session: Session, stored: StoredOrder) -> None:
    """Holds whatever can still be fulfilled. Raises BadRequest when that is nothing."""
    nodes = stored.record["fulfillmentOrders"]["nodes"]
    held = [node for node in nodes if node["status"] in FULFILLABLE]
    if not held:
        raise BadRequest("id: the order has nothing that could be held")
    for node in held:
        hold_fulfillment_order(node)
    _note(session, stored, "fulfillmentOrderHold")


def release_order(session: Session, stored: StoredOrder) -> None:
    """Lets go of what is held. Raises BadRequest when that is nothing."""
    nodes = stored.record["fulfillmentOrders"]["nodes"]
    held = [node for node in nodes if node["status"] == ON_HOLD]
    if not held:
        raise BadRequest("id: nothing of the order is held")
    for node in held:
        update_status(node)
    _note(session, stored, "fulfillmentOrderReleaseHold")


def _note(session: Session, stored: StoredOrder, operation: str) -> None:
    update_order_status(stored.record)
    stored.note(session.at, operation, None)
    session.changed(stored)
