"""One order, from its own stream: always as new as the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from connections.foldings import LINKS, read_shop
from console.reading import readable, trouble_of
from eventstore.folded import FoldedStreams
from eventstore.store import EventStore
from lifecycle import order
from lifecycle.link import seller_skus, variants
from lifecycle.shop import Shop
from lifecycle.status import Status, View, view
from mapping.draft import Source
from mapping.preview import Preview, preview
from ordersync_contracts import events
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.streams import link_stream, order_stream, shop_stream

log = structlog.get_logger()


class UnknownOrder(Exception):
    """No connected shop has an order with this id."""

    safe = True


class AmbiguousOrder(Exception):
    """Several shops have an order with this id: name the shop."""

    safe = True
    exit_code = 2


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """One order: its stream, the state folded from what can be read of it, what a merchant sees."""

    shop_id: str
    order_id: str
    history: tuple[Recorded, ...]
    order: order.Order
    view: View

    @property
    def snapshot(self) -> events.OrderFetched | None:
        """The TikTok order as it is now."""
        return self.order.snapshot.event if self.order.snapshot else None


async def find_order(
    store: EventStore, now: datetime, order_id: str, shop_id: str | None = None
) -> OrderHistory:
    """The order with this id, in this shop or in whichever has it.

    Its view says why it waits, where nothing can be done in its shop's store, or where it is not
    known for long by ``now`` what became of a request.
    Raises UnknownOrder, or AmbiguousOrder when no shop was named and several have it.
    """
    candidates = (shop_id,) if shop_id else await _shop_ids(store)
    names = {order_stream(candidate, order_id): candidate for candidate in candidates}
    histories = await store.read_many(names)
    found = [stream for stream, history in histories.items() if history]
    if len(found) > 1:
        raise AmbiguousOrder(f"several shops have an order {order_id}: name one with --shop")
    if not found:
        where = f"shop {shop_id}" if shop_id else f"any of {len(names)} shops"
        raise UnknownOrder(f"no order {order_id} in {where}")
    history, shop_id = histories[found[0]], names[found[0]]
    folded = order.fold(readable(history))
    seen = view(folded)
    if seen.status is Status.SYNCING:
        requested_for = _requested_for(history, now)
        seen = view(folded, await _shop_if_readable(store, shop_id), requested_for)
    return OrderHistory(shop_id, order_id, history, folded, seen)


async def _shop_if_readable(store: EventStore, shop_id: str) -> Shop | None:
    try:
        return await read_shop(store, shop_id)
    except UNREADABLE:
        log.warning("shop.not_read", stream=shop_stream(shop_id))
        return None


def _requested_for(history: Sequence[Recorded], now: datetime) -> timedelta:
    name = events.ShopifyOrderRequested.type_name()
    requested = (now - said.recorded_at for said in reversed(history) if said.name == name)
    return next(requested, timedelta())


async def _shop_ids(store: EventStore) -> tuple[str, ...]:
    return tuple(name.removeprefix("shop-") for name in await store.streams("shop"))


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
        **_data(recorded),
    }


def _data(recorded: Recorded) -> Mapping[str, Any]:
    """What the event says; of one that cannot be read: why."""
    trouble = trouble_of(recorded)
    if trouble is not None:
        return {"data": None, "unreadable": str(trouble)}
    return {"data": recorded.event.model_dump(mode="json")}


async def preview_order(store: EventStore, found: OrderHistory) -> Preview:
    """What the order would become in Shopify now, by the mapper's own translation; two reads.

    UnknownOrder when TikTok's order itself has not been fetched yet.
    """
    snapshot = found.order.snapshot
    if snapshot is None:
        raise UnknownOrder(f"order {found.order_id} has not been fetched from TikTok yet")
    streams = {sku: link_stream(found.shop_id, sku) for sku in seller_skus(snapshot.event)}
    known = await read_shop(store, found.shop_id)
    of_links = await FoldedStreams(store, LINKS).read(set(streams.values()))
    links = {sku: of_links[stream] for sku, stream in streams.items()}
    usable = variants(snapshot.event, links, known.store)
    return preview(Source(snapshot.event, snapshot.version, known, usable))
