"""What other systems told TikTok: which Shopify order an order from before the connection is.

Evidence for adoption (design of exactly once: docs/decisions/0034). One call an order, so only for
orders that another connector may have created, and each once.
"""

from collections.abc import Mapping, Sequence

import structlog

from eventstore import EventStore
from fetcher.reading.shop_calls import ShopCalls
from lifecycle import order as orders
from lifecycle.shop import Shop
from ordersync_contracts.streams import order_stream
from tiktok.errors import CallRejected, NotOurs, ScopeMissing
from tiktok.wire.orders import Order
from tiktok.wire.values import moment

log = structlog.get_logger()
KnownAs = Mapping[str, tuple[str, ...]]
"""By order id: the ids of its Shopify orders; an order that was not asked for is not in it."""


class References:
    """Asks for the references of early orders."""

    def __init__(self, calls: ShopCalls, store: EventStore) -> None:
        self._calls = calls
        self._store = store

    async def of(self, shop: Shop, found: Sequence[Order]) -> KnownAs:
        """The references of those of these orders that were not asked for before.

        Raises what a call raises that can be made again; a refusal is no reference.
        """
        early = [order.id for order in found if order.id and _may_be_known(order, shop)]
        if not early:
            return {}
        histories = await self._store.read_many(
            [order_stream(shop.shop_id, order_id) for order_id in early]
        )
        folded = {stream: orders.fold(history) for stream, history in histories.items()}
        return {
            order_id: await self._ask(shop, order_id)
            for order_id in early
            if not _was_asked(folded[order_stream(shop.shop_id, order_id)])
        }

    async def _ask(self, shop: Shop, order_id: str) -> tuple[str, ...]:
        try:
            found = await self._calls.make(
                shop, lambda access: self._calls.tiktok.external_orders(access, order_id)
            )
        except (ScopeMissing, NotOurs, CallRejected) as refused:
            log.warning("references.refused", shop=shop.shop_id, error=type(refused).__name__)
            return ()
        return tuple(one.id for one in found if one.id and one.platform in {"SHOPIFY", ""})


def _may_be_known(order: Order, shop: Shop) -> bool:
    placed_at, since = moment(order.create_time), shop.connected_at
    is_early = placed_at is not None and since is not None and placed_at < since
    return is_early and order.fulfillment_type == "FULFILLMENT_BY_SELLER"


def _was_asked(order: orders.Order) -> bool:
    return order.snapshot is not None and order.snapshot.event.known_as is not None
