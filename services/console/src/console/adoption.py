"""Scanning a store for orders of another connector: asked for here, done by the shopify-writer."""

from collections.abc import Mapping, Sequence

from console.actions import SOURCE, NoStore, Request
from eventstore import EventStore
from eventstore.decisions import Cause, Histories, decide_all
from lifecycle import shop
from ordersync_contracts import events
from ordersync_contracts.events import AdoptionFinished, Event
from ordersync_contracts.streams import shop_stream
from runtime.clock import Clock

LOOK_EVERY_S = 0.5


async def request_adoption(
    store: EventStore, shop_id: str, *, request: Request, clock: Clock
) -> int:
    """Ask for a scan of the shop's store; the shop's version after which its result will come.

    A scan that is waited for already is not asked for again. Raises NoStore.
    """
    since: list[int] = []

    async def decide(histories: Histories) -> Mapping[str, Sequence[Event]]:
        known = shop.fold(histories[shop_stream(shop_id)])
        if known.store is None:
            raise NoStore(f"shop {shop_id} has no Shopify store: connect one first")
        since.append(known.version)
        asked = events.AdoptionRequested(
            shop_id=shop_id, store=known.store, requested_by=request.by
        )
        return {} if known.awaits_scan else {shop_stream(shop_id): (asked,)}

    cause = Cause(shop_stream(shop_id), request.id)
    await decide_all(store, [cause], decide, source=SOURCE, clock=clock)
    return since[-1]


async def result_of(store: EventStore, shop_id: str, since: int) -> AdoptionFinished | None:
    """How the first scan after this version of the shop ended; None while it has not."""
    for recorded in await store.read(shop_stream(shop_id)):
        if recorded.version > since and isinstance(recorded.event, AdoptionFinished):
            return recorded.event
    return None


async def wait_for_result(
    store: EventStore, shop_id: str, since: int, clock: Clock, limit_s: float
) -> AdoptionFinished | None:
    """As ``result_of``, once it is there; None when it is not within ``limit_s`` seconds."""
    began_at = clock()
    while True:
        result = await result_of(store, shop_id, since)
        if result is not None or (clock() - began_at).total_seconds() >= limit_s:
            return result
        await store.wait(LOOK_EVERY_S)
