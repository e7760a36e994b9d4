"""An order and its shop as their streams say now, and recording what became of a job."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from connections.foldings import SHOPS
from eventstore.folded import FoldedStreams, read_whole
from eventstore.journal import Cause, Fact, Journal
from eventstore.telling import Seen, Told, tell
from lifecycle import order as orders
from lifecycle.order import Order
from lifecycle.shop import Shop
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import OrderEvent
from ordersync_contracts.streams import order_of, shop_stream
from runtime.apart import apart
from runtime.batcher import Batcher

History = tuple[Recorded, ...]
Series = Callable[[Recorded], bool | None]
"""Whether an event belongs to the series of failures under way: True; False ends it; None: it is
about something else."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the streams of an order and its shop say now."""

    stream: str
    history: History
    order: Order
    shop: Shop

    @property
    def correlation_id(self) -> str:
        """The conversation that the order's newest event belongs to."""
        return self.history[-1].trace.correlation_id if self.history else ""

    def and_then(self, event: OrderEvent) -> "Known":
        """As it stands once this is appended to what was read."""
        after = orders.evolve(self.order, self.order.version + 1, event)
        return replace(self, order=after)

    def recorded_at(self, version: int) -> datetime:
        """When the event of this version was recorded, by the store's clock."""
        return next(event.recorded_at for event in self.history if event.version == version)

    def series_began_at(self, belongs: Series, now: datetime) -> datetime:
        """When the present series of failures began, as much later as the store stood still since.

        ``now`` when there is none.
        """
        began = now
        for recorded in reversed(self.history):
            in_series = belongs(recorded)
            if in_series is False:
                break
            if in_series:
                began = recorded.recorded_at
        return began + self.shop.stood_still(began, now)


class OrderStreams:
    """A service's way to the streams of the orders that its jobs are for."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._reads = Batcher(self._read_all)
        self._shops = FoldedStreams(journal.store, SHOPS)

    async def read(self, stream: str) -> Known:
        """The order and its shop as they are now; one query for all that read at the same time.

        Raises what is wrong with its own events or its shop's: that is no other shop's concern.
        """
        history, shop = await self._reads.add(stream)
        if isinstance(shop, Exception):
            raise shop
        return Known(stream, history, orders.fold(history), shop)

    async def unless_moved(self, known: Known, event: OrderEvent, cause: str) -> bool:
        """Record a decision, unless the order has moved on since ``known`` was read."""
        because = Cause(known.stream, cause, known.correlation_id)
        return await self._journal.unless_moved(because, known.order.version, event)

    async def tell(
        self, known: Known, judge: Callable[[Order], tuple[UUID, OrderEvent] | None]
    ) -> Told[Order]:
        """Record what became of a job in Shopify, if it counts on the order as it stands then.

        ``judge``: the event and its id; None when there is nothing to record (any more).
        """
        stream = known.stream

        def fact_of(order: Order) -> Fact | None:
            judged = judge(order)
            return Fact(stream, *judged, known.correlation_id) if judged is not None else None

        seen = {stream: Seen(known.order.version, known.order)}
        return (await tell(self._journal, {stream: fact_of}, orders.fold, seen))[stream]

    async def _read_all(self, streams: Sequence[str]) -> Sequence[tuple[History, Shop | Exception]]:
        """Whole orders, and of their shops only what is new: one query, as long as none is long."""
        shop_of = {stream: shop_stream(order_of(stream)[0]) for stream in streams}
        histories, shops = await asyncio.gather(
            read_whole(self._journal.store, streams), self._read_shops(set(shop_of.values()))
        )
        return [(histories[stream], shops[shop_of[stream]]) for stream in streams]

    async def _read_shops(self, streams: Collection[str]) -> dict[str, Shop | Exception]:
        """Together; where one cannot be read, it alone is the error that it gives."""
        found: dict[str, Shop | Exception] = {}

        async def read(some: Sequence[str]) -> None:
            found.update(await self._shops.read(some))

        async def unread(stream: str, error: Exception) -> None:
            found[stream] = error

        await apart(sorted(streams), read, unread)
        return found
