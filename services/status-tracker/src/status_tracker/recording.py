"""Reading an order's and its shop's streams, and appending what became of a delivery status."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts import events
from contracts.events import OrderEvent, ShopPaused
from contracts.ids import outcome_id
from contracts.streams import order_of, shop_stream
from effects import Job
from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from eventstore.facts import append_fact
from lifecycle import order as orders
from lifecycle import shop as shops
from lifecycle.order import Order
from lifecycle.shop import Shop
from runtime.clock import Clock

SOURCE: Final = "status-tracker"


@dataclass(frozen=True, slots=True)
class Known:
    """What the streams of an order and its shop say now."""

    order: Order
    shop: Shop


class Record:
    """The status-tracker's way to the event store."""

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def read(self, stream: str) -> Known:
        """The order and its shop as they are now; one query."""
        shop_id, _ = order_of(stream)
        histories = await self._store.read_many([stream, shop_stream(shop_id)])
        return Known(orders.fold(histories[stream]), shops.fold(histories[shop_stream(shop_id)]))

    async def outcome(self, job: Job, event: OrderEvent, number: int) -> None:
        """What became of one call of one attempt; ``number`` tells its calls apart."""
        await append_fact(
            self._store,
            job.stream_id,
            outcome_id(f"{job.id}:{job.attempt}", number, event.type_name()),
            event,
            source=SOURCE,
            clock=self._clock,
        )

    async def pause(self, shop: Shop, reason_code: str) -> bool:
        """Say that the shop's store cannot be used; False when the shop has changed since."""
        stream = shop_stream(shop.shop_id)
        paused = events.ShopPaused(shop_id=shop.shop_id, side="shopify", reason_code=reason_code)

        async def decide(histories: Histories) -> Mapping[str, tuple[ShopPaused, ...]]:
            is_unchanged = shops.fold(histories[stream]).version == shop.version
            return {stream: (paused,)} if is_unchanged else {}

        cause = Cause(stream, f"{SOURCE}:{reason_code}")
        return bool(
            await decide_all(self._store, [cause], decide, source=SOURCE, clock=self._clock)
        )
