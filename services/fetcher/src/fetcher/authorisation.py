"""What is said in a shop's stream about the seller's authorisation: ended, back, ending soon."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from eventstore.facts import append_fact
from fetcher.recording.ingest import SOURCE
from lifecycle import shop as shops
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import shop_stream
from runtime.clock import Clock

ENDED: Final = "tiktok_authorization_ended"


async def pause(store: EventStore, shop: Shop, clock: Clock) -> None:
    """Its authorisation ended; not said when the stream has moved: the seller may be back."""
    paused = events.ShopPaused(shop_id=shop.shop_id, side="tiktok", reason_code=ENDED)
    await _unless_moved(store, shop, paused, clock)


async def resume(store: EventStore, shop: Shop, clock: Clock) -> None:
    """TikTok accepts its authorisation again."""
    await _unless_moved(store, shop, events.ShopResumed(shop_id=shop.shop_id, side="tiktok"), clock)


async def warn(store: EventStore, shop_id: str, expires_at: datetime, clock: Clock) -> None:
    """It ends at ``expires_at``; said once for each end."""
    ending = events.AuthorizationExpiring(shop_id=shop_id, side="tiktok", expires_at=expires_at)
    ends = fact_id("AuthorizationExpiring", shop_id, expires_at.isoformat())
    await append_fact(store, shop_stream(shop_id), ends, ending, source=SOURCE, clock=clock)


async def _unless_moved(store: EventStore, shop: Shop, said: Event, clock: Clock) -> None:
    stream = shop_stream(shop.shop_id)

    async def decide(histories: Histories) -> Mapping[str, tuple[Event, ...]]:
        has_moved = shops.fold(histories[stream]).version != shop.version
        return {} if has_moved else {stream: (said,)}

    cause = Cause(stream, f"{said.type_name()}:{stream}")
    await decide_all(store, [cause], decide, source=SOURCE, clock=clock)
