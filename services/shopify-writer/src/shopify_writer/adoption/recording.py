"""What was found becomes ShopifyOrderCreated ``adopted``, in the stream of the shop it is of.

Only where no order stands and no request of ours is open: what is found beside an order that stands
is a double, and what is found while a request is open may be what that created.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from eventstore.journal import Fact, Journal
from eventstore.telling import Judge, Seen, Told, tell
from lifecycle import order as orders
from lifecycle.order import Order
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.streams import order_of, order_stream
from shopify_writer.adoption.evidence import FoundOrder
from shopify_writer.doubles import Double, Standing
from shopify_writer.folded import folded
from shopify_writer.standing import standing

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Recording:
    """Of some found orders: those new in their streams, and those nothing can be said of yet.

    ``waiting``: no shop has fetched them, a request of ours is open, or their stream cannot be
    read. ``doubles``: listed beside an order that stands; nobody has looked whether they are there.
    """

    recorded: tuple[FoundOrder, ...] = ()
    waiting: tuple[FoundOrder, ...] = ()
    doubles: tuple[Double, ...] = ()

    def and_also(self, other: "Recording") -> "Recording":
        """Both."""
        return Recording(
            self.recorded + other.recorded,
            self.waiting + other.waiting,
            self.doubles + other.doubles,
        )


async def record(
    journal: Journal,
    domain: str,
    shop_ids: Sequence[str],
    found: Sequence[FoundOrder],
    look: Standing | None = None,
) -> Recording:
    """Record each found order where it was fetched. One read and one append, as long as none moves.

    ``shop_ids``: the shops that write to the store ``domain``. An order that is known to be (or to
    have been) in Shopify under this very gid changes nothing. ``look``: where it is long ago that
    they were found; of those that were fetched, only what it says is there is recorded.
    """
    seen = _seen(
        await journal.store.read_many(
            [order_stream(shop_id, order.order_id) for shop_id in shop_ids for order in found]
        )
    )
    fetched = {
        order_of(stream)[1]: stream for stream, there in seen.items() if there.state.snapshot
    }
    there = await _there([order for order in found if order.order_id in fetched], look)
    recording = Recording(waiting=tuple(o for o in found if o.order_id not in fetched))
    while there:
        first = {fetched[order.order_id]: order for order in reversed(there)}
        recording = recording.and_also(await _record(journal, domain, first, seen))
        there = [order for order in there if order not in first.values()]
        seen = {}
    return recording


def _seen(histories: Mapping[str, Sequence[Recorded]]) -> dict[str, Seen[Order]]:
    """What those say that can be read; what was found for another waits until it can be."""
    seen = {}
    for stream, history in histories.items():
        state = folded(stream, history)
        if history and state is not None:
            seen[stream] = Seen(history[-1].version, state)
    return seen


async def _there(found: list[FoundOrder], look: Standing | None) -> list[FoundOrder]:
    if look is None or not found:
        return found
    gids = await look([order.shopify_order_id for order in found])
    return [order for order in found if order.shopify_order_id in gids]


async def _record(
    journal: Journal,
    domain: str,
    found: Mapping[str, FoundOrder],
    seen: Mapping[str, Seen[Order]],
) -> Recording:
    """By stream; one order of each."""
    judges = {stream: _judge(stream, domain, order) for stream, order in found.items()}
    told = await tell(
        journal, judges, orders.fold, {s: seen[s] for s in found.keys() & seen.keys()}
    )
    recording = Recording()
    for stream, order in found.items():
        recording = recording.and_also(_ended(stream, order, told[stream]))
    return recording


def _judge(stream: str, domain: str, found: FoundOrder) -> Judge[Order]:
    def judge(order: Order) -> Fact | None:
        if order.stands or order.is_in_flight:
            return None
        told = standing(order, _adopted(stream, domain, found))
        return Fact(stream, *told) if told is not None else None

    return judge


def _ended(stream: str, found: FoundOrder, told: Told[Order]) -> Recording:
    if told.fact is not None:
        return Recording(recorded=(found,))
    order, created = told.state, told.state.created
    known = created.event.shopify_order_id if created is not None else ""
    if order.stands and known != found.shopify_order_id:
        return Recording(doubles=(Double(stream, known, found.shopify_order_id),))
    is_open = order.is_in_flight and not order.stands
    return Recording(waiting=(found,)) if is_open else Recording()


def _adopted(stream: str, domain: str, found: FoundOrder) -> events.ShopifyOrderCreated:
    shop_id, order_id = order_of(stream)
    return events.ShopifyOrderCreated(
        shop_id=shop_id,
        order_id=order_id,
        outcome="adopted",
        store=domain,
        shopify_order_id=found.shopify_order_id,
        name=found.name,
        processed_at=found.processed_at,
    )
