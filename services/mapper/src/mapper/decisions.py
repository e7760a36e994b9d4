"""Waking orders: read, decide, append, and remember what each one waits for afterwards."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Final, TypeVar

from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from lifecycle import order as orders
from lifecycle.order import Order
from lifecycle.status import Status, view
from mapper.context import Gather
from mapper.domain import decide
from mapper.tables import Tables, Waiting
from ordersync_contracts.events import Event
from ordersync_contracts.streams import order_of
from runtime.clock import Clock

SOURCE = "mapper"
AT_ONCE: Final = 25
"""Orders decided on before others get their turn: some 10 ms."""
T = TypeVar("T")


class Mapper:
    """Brings woken orders up to date."""

    def __init__(self, store: EventStore, gather: Gather, tables: Tables, clock: Clock) -> None:
        self._store = store
        self._gather = gather
        self._tables = tables
        self._clock = clock

    async def wake(self, causes: Iterable[Cause], *, in_bulk: bool = False) -> int:
        """Decide on each cause's order; returns how many events were appended.

        Two reads, one append and at most two table statements for the whole batch. ``in_bulk``:
        the orders were found by a sweep, so none of them goes before a new one.
        """
        folded: dict[str, Order] = {}

        async def decide_on(histories: Histories) -> Mapping[str, tuple[Event, ...]]:
            current = {s: orders.fold(history) async for s, history in in_turns(histories.items())}
            folded.update(current)
            contexts = await self._gather.contexts(current, in_bulk=in_bulk)
            return {s: decide(order, contexts[s]) async for s, order in in_turns(current.items())}

        appended = await decide_all(
            self._store, causes, decide_on, source=SOURCE, clock=self._clock
        )
        after = {
            stream: _after(order, appended.get(stream, ())) for stream, order in folded.items()
        }
        await self._remember(after)
        return sum(len(events) for events in appended.values())

    async def _remember(self, after: Mapping[str, Order]) -> None:
        waiting = [entry for stream, order in after.items() if (entry := waits_for(stream, order))]
        if waiting:
            await self._tables.keep(waiting)
        settled = after.keys() - {entry.stream for entry in waiting}
        if settled:
            await self._tables.drop(settled)


async def in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """The items, with a turn for others in between: a page of many never holds up a new order."""
    for n, item in enumerate(items, start=1):
        yield item
        if n % AT_ONCE == 0:
            await asyncio.sleep(0)


def _after(order: Order, events: Iterable[Event]) -> Order:
    for n, event in enumerate(events, start=order.version + 1):
        order = orders.evolve(order, n, event)
    return order


def waits_for(stream: str, order: Order) -> Waiting | None:
    """What the order waits for, as far as the mapper can wake it; None when for nothing."""
    shop_id, _ = order_of(stream)
    if order.blocked is not None and view(order).reason_code == order.blocked.event.reason_code:
        return Waiting(stream, shop_id, "link", order.blocked.event.sku_ids)
    if order.is_ineligible:
        return Waiting(stream, shop_id, "shop") if _shop_decides(order) else None
    if order.stands or order.eligibility is None:
        return None
    if order.live_draft is not None:
        return Waiting(stream, shop_id, "writer")
    return Waiting(stream, shop_id, "wish") if view(order).status is Status.NOT_SYNCED else None


def _shop_decides(order: Order) -> bool:
    """Whether a change of the shop, not of the order, would make it eligible."""
    refused = order.refused
    return refused is not None and refused.event.reason_code == "outside_window"
