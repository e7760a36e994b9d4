"""Orders in Shopify that carry our id and that no event tells of, as last found in each store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from console.reading import readable
from eventstore.store import EventStore
from lifecycle.shop import Shop
from ordersync_contracts.events import StoreReconciled

LOOKED_BACK: Final = timedelta(days=8)
"""Stores are compared over a week, and what is found is said within it."""
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Strangers:
    """Those of a shop's store: gids, and when they were found."""

    shop_id: str
    store: str
    gids: tuple[str, ...]
    found_at: datetime


async def strangers(
    store: EventStore, shops: Sequence[Shop], now: datetime
) -> Mapping[str, Strangers]:
    """By shop id; only shops that have some, in the store they go to now."""
    known: dict[tuple[str, str], Strangers] = {}
    position, names = 0, (StoreReconciled.type_name(),)
    while page := await store.read_named(names, now - LOOKED_BACK, position, _PAGE):
        position = page[-1].position
        for recorded in readable(page):
            if isinstance(recorded.event, StoreReconciled):
                compared = recorded.event
                known[compared.shop_id, compared.store] = Strangers(
                    compared.shop_id, compared.store, compared.strangers, compared.window_ends_at
                )
    last = {shop.shop_id: known.get((shop.shop_id, shop.store or "")) for shop in shops}
    return {shop_id: found for shop_id, found in last.items() if found and found.gids}
