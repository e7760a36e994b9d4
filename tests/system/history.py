"""What happened to orders, read from the event store."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from eventstore.postgres import connect
from lifecycle import order as orders
from lifecycle.order import Order
from lifecycle.status import view
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import ShopifyOrderCreated
from ordersync_contracts.streams import order_of


@dataclass(frozen=True, slots=True)
class Life:
    """One order's life so far; shown without anything that could be a buyer's."""

    order_id: str
    status: str = ""
    reason_code: str | None = None
    delivery: str | None = None
    events: tuple[str, ...] = ()
    order: Order = field(default_factory=Order, repr=False)
    shopify_ids: tuple[str, ...] = field(default=(), repr=False)

    @property
    def has_ended(self) -> bool:
        """Whether a merchant sees a final word: Synced, Not eligible or Sync failed."""
        return self.status in {"Synced", "Not eligible", "Sync failed"}

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way: no next attempt, and every delivery stands in Shopify."""
        applied = {at.event.delivery_version for at in self.order.synced_deliveries}
        shown = all(at.version in applied for at in self.order.deliveries)
        waits = view(self.order).next_attempt_at is not None
        return self.has_ended and not waits and (shown or self.status != "Synced")


def read_lives(dsn: str, order_ids: Collection[str] | None = None) -> dict[str, Life]:
    """The lives of these orders, by id; without ids, of all."""
    return asyncio.run(_read(dsn, order_ids))


async def _read(dsn: str, order_ids: Collection[str] | None) -> dict[str, Life]:
    async with connect(dsn, max_connections=1) as store:
        streams = await store.streams("order")
        named = [
            stream for stream in streams if order_ids is None or order_of(stream)[1] in order_ids
        ]
        histories = await store.read_many(named)
    return {order_of(stream)[1]: _life(stream, history) for stream, history in histories.items()}


def _life(stream: str, history: Sequence[Recorded]) -> Life:
    order = orders.fold(history)
    shown = view(order)
    created = [entry.event for entry in history if isinstance(entry.event, ShopifyOrderCreated)]
    return Life(
        order_of(stream)[1],
        shown.status.value,
        shown.reason_code,
        shown.delivery.value if shown.delivery else None,
        tuple(recorded.name for recorded in history),
        order,
        tuple(event.shopify_order_id for event in created),
    )
