"""Reading an order's stream and appending what became of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from eventstore import Appended, EventStore, Repeated
from eventstore.decisions import Cause, to_append
from eventstore.facts import append_fact
from lifecycle import order as orders
from lifecycle import shop as shops
from lifecycle.order import At, Order
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event
from ordersync_contracts.ids import created_id, outcome_id
from ordersync_contracts.reasons import RetryPolicy, reason
from ordersync_contracts.streams import order_of, shop_stream
from runtime.batcher import Batcher
from runtime.clock import Clock
from shopify_writer.domain import series_since

SOURCE = "shopify-writer"
OnCreated = Callable[[events.ShopifyOrderCreated, str], None]
"""Is told of each new order and its stream."""
History = tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the streams of an order and its shop say now."""

    stream: str
    history: tuple[Recorded, ...]
    order: Order
    shop: Shop

    def recorded_at(self, at: "At[events.ShopifyOrderRequested]") -> datetime:
        """When that event was recorded, by the store's clock."""
        return next(one.recorded_at for one in self.history if one.version == at.version)

    def series_began_at(self, now: datetime) -> datetime:
        """When the present series of attempts began; what waited for its cause is not counted.

        As much later as the store stood still since.
        """
        since = series_since(self.order)
        began = now
        for one in reversed(self.history):
            if one.version <= since or _waited(one.event):
                break
            if isinstance(one.event, events.ShopifyOrderRequested | events.ShopifyOrderFailed):
                began = one.recorded_at
        return began + self.shop.stood_still(began, now)

    @property
    def correlation_id(self) -> str:
        """The conversation that the order's newest event belongs to."""
        return self.history[-1].trace.correlation_id if self.history else ""


class Record:
    """The shopify-writer's way to the event store."""

    def __init__(
        self, store: EventStore, clock: Clock, on_created: OnCreated | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._on_created = on_created
        self._reads = Batcher(self._read_all)
        self._shops: dict[str, tuple[UUID, Shop]] = {}

    async def read(self, stream: str) -> Known:
        """The order and its shop as they are now; one query for all that read at the same time."""
        history, of_shop = await self._reads.add(stream)
        return Known(stream, history, orders.fold(history), self._shop(of_shop))

    async def _read_all(self, streams: Sequence[str]) -> Sequence[tuple[History, History]]:
        shop_of = {stream: shop_stream(order_of(stream)[0]) for stream in streams}
        histories = await self._store.read_many({*shop_of, *shop_of.values()})
        return [(histories[stream], histories[shop_of[stream]]) for stream in streams]

    def _shop(self, history: History) -> Shop:
        """Folded once as long as nothing is added to its stream."""
        if not history:
            return Shop()
        newest = history[-1]
        known = self._shops.get(newest.stream)
        if known is None or known[0] != newest.id:
            known = self._shops[newest.stream] = (newest.id, shops.fold(history))
        return known[1]

    async def decided(self, known: Known, decision: events.OrderEvent, cause: str) -> bool:
        """Record an intent, or a refusal, if nothing has changed since ``known`` was read."""
        command = to_append(
            Cause(known.stream, cause, known.correlation_id),
            known.history,
            [decision],
            source=SOURCE,
            now=self._clock(),
        )
        (outcome,) = await self._store.append([command])
        return isinstance(outcome, Appended)

    async def created(self, known: Known, created: events.ShopifyOrderCreated) -> bool:
        """Record that the order stands in Shopify; False when it was known to have stood there."""
        event_id = created_id(created.store, created.shopify_order_id)
        is_new = isinstance(await self._fact(known, event_id, created), Appended)
        if is_new and self._on_created is not None:
            self._on_created(created, known.stream)
        return is_new

    async def failed(self, known: Known, failed: events.ShopifyOrderFailed, job_id: str) -> None:
        """Record why an attempt ended without an order."""
        job_and_draft = f"{job_id}:{failed.draft_version}"
        event_id = outcome_id(job_and_draft, failed.attempt, failed.type_name())
        await self._fact(known, event_id, failed)

    async def told(self, stream: str, event_id: UUID, event: events.OrderEvent) -> None:
        """Record a fact about an order whose history is not at hand."""
        await append_fact(self._store, stream, event_id, event, source=SOURCE, clock=self._clock)

    async def _fact(
        self, known: Known, event_id: UUID, event: events.OrderEvent
    ) -> Appended | Repeated:
        return await append_fact(
            self._store,
            known.stream,
            event_id,
            event,
            source=SOURCE,
            clock=self._clock,
            correlation_id=known.correlation_id,
        )


def _waited(event: Event) -> bool:
    """Whether the event says that the order waits for a cause to go."""
    if not isinstance(event, events.ShopifyOrderFailed):
        return False
    return reason(event.reason_code).retry is RetryPolicy.WAITS
