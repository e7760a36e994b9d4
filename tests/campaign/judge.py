"""The verdict: what stands in the simulator and in the event store, compared order by order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.campaign.orders import stream_of
from tests.system.shopify_side import Entry, tiktok_id

from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded


@dataclass(frozen=True)
class Verdict:
    """Order ids; each list is empty when all is well."""

    orders: int
    doubled: tuple[str, ...]
    lost: tuple[str, ...]
    misrecorded: tuple[str, ...]
    kills: int = 0
    stops: int = 0
    requests: int = 0
    throttled: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether every order stands once, and its stream says which."""
        return not (self.doubled or self.lost or self.misrecorded)


def judge(
    order_ids: Sequence[str],
    in_shopify: Sequence[Entry],
    histories: Mapping[str, tuple[Recorded, ...]],
) -> Verdict:
    """Compare the two sides. Pure."""
    copies = Counter(tiktok_id(entry) for entry in in_shopify)
    gids = {tiktok_id(entry): entry["order"]["id"] for entry in in_shopify}
    recorded = {order_id: _gids(histories[stream_of(order_id)]) for order_id in order_ids}
    return Verdict(
        orders=len(order_ids),
        doubled=tuple(order_id for order_id in order_ids if copies[order_id] > 1),
        lost=tuple(order_id for order_id in order_ids if copies[order_id] == 0),
        misrecorded=tuple(
            order_id
            for order_id in order_ids
            if copies[order_id] == 1 and recorded[order_id] != [gids[order_id]]
        ),
    )


def _gids(history: tuple[Recorded, ...]) -> list[str]:
    return [
        recorded.event.shopify_order_id
        for recorded in history
        if isinstance(recorded.event, events.ShopifyOrderCreated)
    ]
