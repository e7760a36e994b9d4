"""One order, from its own stream: always as new as the store. And the shops, from theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eventstore import EventStore
from lifecycle import link, order, shop
from lifecycle.status import View, view
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.streams import order_stream


class UnknownOrder(Exception):
    """No connected shop has an order with this id."""

    safe = True


class AmbiguousOrder(Exception):
    """Several shops have an order with this id: name the shop."""

    safe = True


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """One order: its stream, the state folded from it, what a merchant sees of it."""

    shop_id: str
    order_id: str
    history: tuple[Recorded, ...]
    order: order.Order
    view: View

    @property
    def snapshot(self) -> events.OrderFetched | None:
        """The TikTok order as it is now."""
        return self.order.snapshot.event if self.order.snapshot else None


async def shop_ids(store: EventStore) -> tuple[str, ...]:
    """Every shop that was ever connected."""
    return tuple(name.removeprefix("shop-") for name in await store.streams("shop"))


async def shops(store: EventStore) -> tuple[shop.Shop, ...]:
    """Every shop that was ever connected, in one query."""
    histories = await store.read_many(await store.streams("shop"))
    return tuple(shop.fold(history) for history in histories.values())


async def links(store: EventStore, shop_id: str | None = None) -> tuple[events.ProductLinked, ...]:
    """The links that hold now, of one shop or of all."""
    histories = await store.read_many(await store.streams("link"))
    found = (link.linked(history) for history in histories.values())
    return tuple(one for one in found if one and shop_id in {None, one.shop_id})


async def find_order(store: EventStore, order_id: str, shop_id: str | None = None) -> OrderHistory:
    """The order with this id, in this shop or in whichever has it.

    Raises UnknownOrder, or AmbiguousOrder when no shop was named and several have it.
    """
    candidates = (shop_id,) if shop_id else await shop_ids(store)
    names = {order_stream(one, order_id): one for one in candidates}
    histories = await store.read_many(names)
    found = [stream for stream, history in histories.items() if history]
    if len(found) > 1:
        raise AmbiguousOrder(f"several shops have an order {order_id}: name one with --shop")
    if not found:
        where = f"shop {shop_id}" if shop_id else f"any of {len(names)} shops"
        raise UnknownOrder(f"no order {order_id} in {where}")
    history = histories[found[0]]
    folded = order.fold(history)
    return OrderHistory(names[found[0]], order_id, history, folded, view(folded))


def to_json(found: OrderHistory) -> Mapping[str, Any]:
    """The order as ``order show -o json`` prints it: a public shape, events in version order."""
    seen = found.view
    return {
        "order_id": found.order_id,
        "shop_id": found.shop_id,
        "status": seen.status.value,
        "reason_code": seen.reason_code,
        "shopify_order_id": seen.shopify_order_id,
        "delivery": seen.delivery.value if seen.delivery else None,
        "events": [_event_json(recorded) for recorded in found.history],
    }


def _event_json(recorded: Recorded) -> Mapping[str, Any]:
    return {
        "type": recorded.name,
        "version": recorded.version,
        "position": recorded.position,
        "occurred_at": recorded.occurred_at.isoformat(),
        "data": recorded.event.model_dump(mode="json"),
    }
