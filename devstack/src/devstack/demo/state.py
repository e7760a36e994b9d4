"""How far each order is: read from the event store, and, for doubles, from Shopify itself."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx

from devstack.settings import SHOPIFY_DOMAIN
from eventstore.store import EventStore
from lifecycle import order as orders
from lifecycle.order import Order
from lifecycle.status import Delivery, Status, view
from ordersync_contracts.streams import order_of


@dataclass(frozen=True, slots=True)
class State:
    """All orders as they are now; ``without_reason``: those not eligible that do not say why."""

    by_status: Counter[Status]
    by_reason: Counter[str]
    delivered: int
    unlinked: tuple[str, ...]
    unfinished: int
    without_reason: int
    orders: Mapping[str, Order] = field(repr=False)

    @property
    def total(self) -> int:
        """How many orders ordersync knows."""
        return len(self.orders)

    @property
    def eligible(self) -> int:
        """How many may go to Shopify."""
        return self.total - self.by_status[Status.NOT_ELIGIBLE]

    @property
    def synced(self) -> int:
        """How many stand in Shopify."""
        return self.by_status[Status.SYNCED]


async def read_state(store: EventStore) -> State:
    """Fold every order's stream."""
    histories = await store.read_many(await store.streams("order"))
    folded = {order_of(stream)[1]: orders.fold(history) for stream, history in histories.items()}
    views = {order_id: view(order) for order_id, order in folded.items()}
    reasons = Counter(view.reason_code for view in views.values() if view.reason_code)
    return State(
        by_status=Counter(view.status for view in views.values()),
        by_reason=Counter({code: count for code, count in reasons.items() if code}),
        delivered=sum(
            view.delivery is Delivery.DELIVERED and view.status is Status.SYNCED
            for view in views.values()
        ),
        unlinked=_unlinked(folded),
        unfinished=sum(not _is_finished(order) for order in folded.values()),
        without_reason=sum(
            view.status is Status.NOT_ELIGIBLE and not view.reason_code for view in views.values()
        ),
        orders=folded,
    )


def _unlinked(folded: Mapping[str, Order]) -> tuple[str, ...]:
    skus = {
        sku
        for order in folded.values()
        if order.blocked is not None and view(order).reason_code == "unlinked_sku"
        for sku in order.blocked.event.sku_ids
    }
    return tuple(sorted(skus))


def _is_finished(order: Order) -> bool:
    """Whether nothing is on its way: a decision is made, and Shopify shows what TikTok says."""
    shown = view(order)
    if shown.status is Status.SYNCED:
        applied = {at.event.delivery_version for at in order.synced_deliveries}
        return all(at.version in applied for at in order.deliveries)
    return shown.status is Status.NOT_ELIGIBLE or (
        shown.status is Status.SYNC_FAILED and shown.next_attempt_at is None
    )


def doubles(shopify_url: str) -> int:
    """How many Shopify orders are one too many, as the store itself lists them."""
    answer = httpx.get(
        f"{shopify_url}/_sim/orders", params={"shop": SHOPIFY_DOMAIN}, timeout=30
    ).raise_for_status()
    sources = Counter(entry["order"]["sourceIdentifier"] for entry in answer.json()["orders"])
    return sum(count - 1 for count in sources.values())
