"""Reading an order's and its shop's streams, and appending what became of a later change."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from eventstore.facts import append_fact
from jobs import Job
from lifecycle import order as orders
from lifecycle import shop as shops
from lifecycle.order import Order
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event, OrderEvent, ShopPaused
from ordersync_contracts.ids import outcome_id
from ordersync_contracts.reasons import RetryPolicy, reason
from ordersync_contracts.streams import order_of, shop_stream
from runtime.clock import Clock

SOURCE: Final = "status-tracker"


@dataclass(frozen=True, slots=True)
class Known:
    """What the streams of an order and its shop say now."""

    order: Order
    shop: Shop
    history: tuple[Recorded, ...] = ()

    def series_began_at(self, change: str, now: datetime) -> datetime:
        """When failing in passing began for this kind of change, halts of the shop not counted.

        A success, a person's Sync, and a failure of another nature end a series.
        """
        began = now
        for one in reversed(self.history):
            if isinstance(one.event, events.ShopifyUpdateFailed) and one.event.change != change:
                continue
            if not _passes(one.event):
                if _ends_series(one.event, change):
                    break
                continue
            began = one.recorded_at
        return began + self.shop.stood_still(began, now)


class Record:
    """The status-tracker's way to the event store."""

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def read(self, stream: str) -> Known:
        """The order and its shop as they are now; one query."""
        shop_id, _ = order_of(stream)
        histories = await self._store.read_many([stream, shop_stream(shop_id)])
        history = histories[stream]
        return Known(orders.fold(history), shops.fold(histories[shop_stream(shop_id)]), history)

    async def outcome(self, job: Job, event: OrderEvent, what: str) -> None:
        """What became of one attempt of a job at one thing; ``what`` tells its things apart."""
        await append_fact(
            self._store,
            job.stream_id,
            outcome_id(f"{job.id}:{what}", job.attempt, event.type_name()),
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


def _passes(event: Event) -> bool:
    """Whether the event says that something failed in passing."""
    if not isinstance(event, events.ShopifyUpdateFailed):
        return False
    return reason(event.reason_code).retry is RetryPolicy.BACKOFF


def _ends_series(event: Event, change: str) -> bool:
    match event:
        case events.ShopifyOrderUpdated():
            return event.change == change
        case events.DeliveryStatusSynced():
            return change == "delivery"
        case _:
            return isinstance(
                event,
                events.ShopifyUpdateFailed | events.SyncRequested | events.ShopifyOrderCreated,
            )
