"""`GET /_sim/orders`: each order as it was asked for, as it is, and how it got there."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable

from simulators.shopify.store.records import Record, connection
from simulators.shopify.store.store import Store, StoredOrder

_AT_ONCE = 100


def shown(stored: StoredOrder) -> Record:
    """One order. Beyond what was agreed: `flags` (what was dropped in silence) and `mails` sent.

    Within `order`, what stands elsewhere in full (lines, variants, customer, fulfillments) is cut
    to its id and SKU.
    """
    order = stored.record
    return {
        "input": stored.input,
        "order": _shortened(order),
        "fulfillments": [_with_brief_lines(made, "fulfillmentLineItems") for made in _made(order)],
        "events": [
            {**event, "fulfillmentId": fulfillment["id"]}
            for fulfillment in _made(order)
            for event in fulfillment["events"]["nodes"]
        ],
        "customer": order["customer"],
        "history": stored.history,
        "flags": stored.flags,
        "mails": stored.mails,
    }


def _made(order: Record) -> list[Record]:
    made: list[Record] = order["fulfillments"]
    return made


def _shortened(order: Record) -> Record:
    lines = order["lineItems"]["nodes"]
    fulfillment_orders = order["fulfillmentOrders"]["nodes"]
    return {
        **order,
        "customer": _brief(order["customer"]),
        "lineItems": connection(
            {**line, "variant": _brief(line["variant"]), "product": _brief(line["product"])}
            for line in lines
        ),
        "fulfillmentOrders": connection(
            _with_brief_lines(fulfillment_order, "lineItems")
            for fulfillment_order in fulfillment_orders
        ),
        "fulfillments": [_brief(fulfillment) for fulfillment in _made(order)],
        "refunds": [_with_brief_lines(refund, "refundLineItems") for refund in order["refunds"]],
    }


def _with_brief_lines(owner: Record, name: str) -> Record:
    lines = owner[name]["nodes"]
    briefly = ({**line, "lineItem": _brief(line["lineItem"])} for line in lines)
    return {**owner, name: connection(briefly)}


def _brief(record: Record | None) -> Record | None:
    return record and {key: record[key] for key in ("id", "sku") if key in record}


async def shown_orders(stores: Iterable[Store]) -> AsyncIterator[str]:
    """The JSON text in pieces; other requests run between them."""
    kept = list(stores)
    orders = [stored for store in kept for stored in store.orders.values()]
    yield '{"orders":['
    for at in range(0, len(orders), _AT_ONCE):
        texts = [
            json.dumps(shown(order), ensure_ascii=False) for order in orders[at : at + _AT_ONCE]
        ]
        yield ("," if at else "") + ",".join(texts)
        await asyncio.sleep(0)
    deleted = json.dumps([gid for store in kept for gid in store.deleted])
    yield f'],"deleted":{deleted}}}'
