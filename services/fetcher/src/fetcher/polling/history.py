"""Says how far a shop's history is read: one HistoryFetched a window, once it is durable."""

from contextlib import suppress

from eventstore import EventStore
from eventstore.facts import FactTaken, append_fact
from fetcher.domain import Window
from fetcher.recording.ingest import SOURCE
from lifecycle.shop import Shop
from ordersync_contracts.events import HistoryFetched
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import reconciliation_stream
from runtime.clock import Clock


class HistoryRecord:
    """Appends to the shop's reconciliation stream."""

    def __init__(self, store: EventStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def record(self, shop: Shop, window: Window, orders: int) -> None:
        """Every order created in the window is an event now: so many.

        Said once a window: what is read again after a kill may count one that came late.
        """
        read = HistoryFetched(
            shop_id=shop.shop_id,
            window_begins_at=window.begin,
            window_ends_at=window.end,
            orders=orders,
        )
        told = fact_id(
            "HistoryFetched", shop.shop_id, window.begin.isoformat(), window.end.isoformat()
        )
        stream = reconciliation_stream(shop.shop_id)
        with suppress(FactTaken):
            await append_fact(self._store, stream, told, read, source=SOURCE, clock=self._clock)
