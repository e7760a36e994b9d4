"""Two orders stand in a store for one TikTok order: looked at directly, then said."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from eventstore.journal import Fact, Journal
from eventstore.telling import tell
from lifecycle import order as orders
from lifecycle.order import Order
from ordersync_contracts.events import OrderEvent
from ordersync_contracts.streams import order_of
from shopify_writer.standing import doubled

Standing = Callable[[Sequence[str]], Awaitable[frozenset[str]]]
"""Which of these orders are there, by a direct read of the store; raises when it does not say."""


@dataclass(frozen=True, slots=True)
class Double:
    """``other`` was listed for a TikTok order whose stream says that ``ours`` stands."""

    stream: str
    ours: str
    other: str


async def say(journal: Journal, domain: str, doubles: Sequence[Double], standing: Standing) -> int:
    """Say of each that it is one, if both are there; how many of them are news."""
    if not doubles:
        return 0
    there = await standing([gid for double in doubles for gid in (double.ours, double.other)])
    news = 0
    for double in doubles:
        if {double.ours, double.other} <= there:
            news += await _say(journal, domain, double)
    return news


async def _say(journal: Journal, domain: str, double: Double) -> bool:
    """Unless another order is known by then."""

    def judge(order: Order) -> Fact | None:
        created = order.created.event if order.created is not None else None
        if created is None or not order.stands or created.shopify_order_id != double.ours:
            return None
        return Fact(double.stream, *_event(domain, double))

    told = await tell(journal, {double.stream: judge}, orders.fold)
    return told[double.stream].fact is not None


def _event(domain: str, double: Double) -> tuple[UUID, OrderEvent]:
    return doubled(*order_of(double.stream), domain, double.ours, double.other)
