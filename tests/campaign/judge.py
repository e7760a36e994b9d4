"""The verdict: what stands in the simulator and in the event store, compared order by order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

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
    believed_early: tuple[str, ...] = ()
    kills: int = 0
    stops: int = 0
    requests: int = 0
    throttled: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether every order stands once, its stream says which, and no absence was guessed."""
        return not (self.doubled or self.lost or self.misrecorded or self.believed_early)

    @property
    def is_wrong(self) -> bool:
        """Whether something was done that must never be; a run that was cut short only loses."""
        return bool(self.doubled or self.misrecorded or self.believed_early)


def judge(
    order_ids: Sequence[str],
    in_shopify: Sequence[Entry],
    histories: Mapping[str, tuple[Recorded, ...]],
    absent_after: timedelta,
) -> Verdict:
    """Compare the two sides. Pure.

    ``absent_after``: how long after a request was recorded its absence may be recorded.
    """
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
        believed_early=tuple(
            order_id
            for order_id in order_ids
            if believed_early(histories[stream_of(order_id)], absent_after)
        ),
    )


def believed_early(history: tuple[Recorded, ...], absent_after: timedelta) -> bool:
    """Whether it says ``not_created`` too soon after the newest request, by the recorded times."""
    requested_at = None
    for recorded in history:
        if isinstance(recorded.event, events.ShopifyOrderRequested):
            requested_at = recorded.recorded_at
        is_absence = (
            isinstance(recorded.event, events.ShopifyOrderFailed)
            and recorded.event.reason_code == "not_created"
        )
        if is_absence and (
            requested_at is None or recorded.recorded_at - requested_at < absent_after
        ):
            return True
    return False


def _gids(history: tuple[Recorded, ...]) -> list[str]:
    return [
        recorded.event.shopify_order_id
        for recorded in history
        if isinstance(recorded.event, events.ShopifyOrderCreated)
    ]
