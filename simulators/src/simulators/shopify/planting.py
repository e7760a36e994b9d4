"""Orders that are in the store already because another app created them."""

from collections.abc import Iterator

from graphql import GraphQLInputObjectType

from simulators.shopify.engine.coercion import Problems, coercer
from simulators.shopify.engine.schema import load_schema
from simulators.shopify.orders.creation import place_order
from simulators.shopify.session import Session
from simulators.shopify.store.records import Record
from simulators.shopify.store.store import StoredOrder

MOST_LINES = 499
"""What a draft order takes (recorded), and so an order that came of one; orderCreate takes 250."""
_AT_ONCE = 250


class BadOrder(ValueError):
    """An order that cannot be placed; the text names the field and the fix."""


def plant_orders(session: Session, raw: object) -> list[StoredOrder]:
    """`[{order: OrderCreateOrderInput, options?, app_id?}]`, or the same under `orders`.

    `app_id` is the other app's (default "99"): its `$app` metafields are not ours. Unlike
    orderCreate this neither checks the catalogue nor counts against any limit.
    """
    given = raw.get("orders") if isinstance(raw, dict) else raw
    if not isinstance(given, list) or not given:
        raise BadOrder("orders: a list of {order, options?, app_id?} that is not empty")
    read = [(_coerced(raw, at), raw) for at, raw in enumerate(given)]
    return [_placed(session, order, raw) for order, raw in read]


def _coerced(raw: object, at: int) -> Record:
    order = raw.get("order") if isinstance(raw, dict) else None
    if not isinstance(order, dict) or not order.get("lineItems"):
        raise BadOrder(f"orders[{at}].order.lineItems: missing; give at least one")
    lines = order["lineItems"]
    if not isinstance(lines, list) or len(lines) > MOST_LINES:
        raise BadOrder(f"orders[{at}].order.lineItems: a list of {MOST_LINES} at most")
    whole = _coerced_part({**order, "lineItems": lines[:_AT_ONCE]}, at)
    for start in range(_AT_ONCE, len(lines), _AT_ONCE):
        part = _coerced_part({"lineItems": lines[start : start + _AT_ONCE]}, at)
        whole["lineItems"].extend(part["lineItems"])
    return whole


def _coerced_part(order: Record, at: int) -> Record:
    problems: Problems = []
    coerced = coercer(_input("OrderCreateOrderInput"))(order, None, problems)
    for problem in problems:
        where = ".".join(map(str, problem.path))
        raise BadOrder(f"orders[{at}].order.{where}: {problem.explanation}")
    if not isinstance(coerced, dict):
        raise BadOrder(f"orders[{at}].order: an OrderCreateOrderInput")
    return coerced


def _input(name: str) -> GraphQLInputObjectType:
    found = load_schema().type_map[name]
    if not isinstance(found, GraphQLInputObjectType):
        raise TypeError(f"schema.graphql: {name} is no input type")
    return found


def _placed(session: Session, order: Record, raw: Record) -> StoredOrder:
    store, own = session.store, session.store.app_id
    store.app_id = str(raw.get("app_id") or "99")
    try:
        return place_order(session, order, raw.get("options") or {}, dict(_received(raw)))
    finally:
        store.app_id = own


def _received(raw: Record) -> Iterator[tuple[str, object]]:
    for name in ("order", "options"):
        yield name, raw.get(name)
