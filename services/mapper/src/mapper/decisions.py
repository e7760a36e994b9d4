"""Waking orders: read, decide, append, and remember what each one waits for afterwards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from eventstore.journal import Cause, Journal
from lifecycle import order as orders
from lifecycle.order import Order
from lifecycle.status import Status, view
from mapper.context import Contexts
from mapper.domain import decide
from mapper.tables.waiting import Tables, Waiting, as_of
from mapping.bundles import part_ids
from ordersync_contracts.events import Event, OrderBlocked
from ordersync_contracts.streams import order_of
from runtime.turns import in_turns

SOURCE: Final = "mapper"
NOTHING: Final[Mapping[str, Waiting]] = {}


class Mapper:
    """Brings woken orders up to date."""

    def __init__(self, journal: Journal, contexts: Contexts, tables: Tables) -> None:
        self._journal = journal
        self._contexts = contexts
        self._tables = tables

    async def wake(self, causes: Iterable[Cause], *, in_bulk: bool = False) -> int:
        """Decide on each cause's order; returns how many events were appended.

        Two reads, one append and at most three table statements for the whole batch, a read and a
        statement more where variants are looked for. ``in_bulk``: the orders were found by a
        sweep, so none of them goes before a new one, and all are kept.
        """
        kept: dict[str, Waiting] = {}

        async def decide_on(current: Mapping[str, Order]) -> Mapping[str, Sequence[Event]]:
            return await self._decide_kept(current, kept, in_bulk=in_bulk)

        decided = await self._journal.decide_many(causes, orders.fold, decide_on)
        after = {stream: _after(end.state, end.events) for stream, end in decided.items()}
        times = {
            stream: as_of(after[stream].version, expected=not (in_bulk or end.events))
            for stream, end in decided.items()
        }
        await self._remember(after, times, kept)
        return sum(len(end.events) for end in decided.values())

    async def _decide_kept(
        self, current: Mapping[str, Order], kept: dict[str, Waiting], *, in_bulk: bool
    ) -> Mapping[str, Sequence[Event]]:
        """Decide on orders that are among those that wait; ``kept`` hears as what.

        Those whose variants are looked for are decided on twice and kept in between: a look-up
        that ends before they are kept does not find them, and releases them not. What a sweep
        keeps so is not kept where somebody expects the order: it is kept once more in the end.
        """
        if not in_bulk:
            kept.update(await self._expect(current))
        made, looking = await self._decide(current, in_bulk=in_bulk)
        if looking:
            after = {s: _after(o, made[s]) for s, o in looking.items()}
            times = {s: as_of(o.version, expected=not in_bulk) for s, o in looking.items()}
            waiting = await self._keep(after, times)
            if not in_bulk:
                kept.update(waiting)
            made |= (await self._decide(looking, in_bulk=in_bulk))[0]
        return made

    async def _expect(self, current: Mapping[str, Order]) -> Mapping[str, Waiting]:
        """Keep the orders as if they were drafted, before links and settings are read.

        Whatever of these changes from now on releases them: that decision comes first, and ours is
        taken again, or it finds our draft and replaces it. A release that read an order before us
        changes no more what is kept of it.
        """
        drafted = [
            Waiting(
                stream,
                order_of(stream)[0],
                "writer",
                as_of=as_of(order.version, expected=True),
            )
            for stream, order in current.items()
            if order.snapshot is not None and not order.is_in_flight and not order.stands
        ]
        return await self._tables.expect(drafted) if drafted else {}

    async def _decide(
        self, current: Mapping[str, Order], *, in_bulk: bool
    ) -> tuple[dict[str, Sequence[Event]], dict[str, Order]]:
        """What each order comes to, and those whose variants are looked for meanwhile."""
        contexts = await self._contexts.of(current, in_bulk=in_bulk)
        made: dict[str, Sequence[Event]] = {
            s: decide(order, contexts[s]) async for s, order in in_turns(current.items())
        }
        return made, {s: order for s, order in current.items() if contexts[s].sought}

    async def _keep(
        self,
        after: Mapping[str, Order],
        times: Mapping[str, int],
        known: Mapping[str, Waiting] = NOTHING,
    ) -> Mapping[str, Waiting]:
        """Keep what these wait for, where it is not what is known to be kept; by stream."""
        waiting = {
            stream: replace(entry, as_of=times[stream])
            for stream, order in after.items()
            if (entry := waits_for(stream, order))
        }
        changed = [entry for stream, entry in waiting.items() if known.get(stream) != entry]
        if changed:
            await self._tables.keep(changed)
        return waiting

    async def _remember(
        self, after: Mapping[str, Order], times: Mapping[str, int], known: Mapping[str, Waiting]
    ) -> None:
        settled = after.keys() - (await self._keep(after, times, known)).keys()
        if settled:
            await self._tables.drop({stream: times[stream] for stream in settled})


def _after(order: Order, events: Iterable[Event]) -> Order:
    for n, event in enumerate(events, start=order.version + 1):
        order = orders.evolve(order, n, event)
    return order


def waits_for(stream: str, order: Order) -> Waiting | None:
    """What the order waits for, as far as the mapper can wake it; None when for nothing."""
    shop_id, _ = order_of(stream)
    if order.blocked is not None and view(order).reason_code == order.blocked.event.reason_code:
        return Waiting(stream, shop_id, "link", _open_skus(order, order.blocked.event))
    if order.is_ineligible:
        return Waiting(stream, shop_id, "shop") if _shop_decides(order) else None
    if order.stands or order.eligibility is None:
        return None
    if order.live_draft is not None:
        return Waiting(stream, shop_id, "writer")
    return Waiting(stream, shop_id, "wish") if view(order).status is Status.NOT_SYNCED else None


def _open_skus(order: Order, blocked: OrderBlocked) -> tuple[str, ...]:
    """Whose links change what blocks it: a bundle's parts are named only where one is missing."""
    parts = part_ids(order.snapshot.event, blocked.sku_ids) if order.snapshot else frozenset[str]()
    return tuple(sorted(parts.union(blocked.sku_ids)))


def _shop_decides(order: Order) -> bool:
    """Whether a change of the shop, not of the order, would make it eligible."""
    refused = order.refused
    return refused is not None and refused.event.reason_code == "outside_window"
