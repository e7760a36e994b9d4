"""Scanning a store for orders of another connector: asked for here, done by the shopify-writer."""

from collections.abc import Sequence

from console.backend import Submission
from console.shops.actions import require_store
from eventstore.folded import read_on
from eventstore.store import EventStore
from lifecycle import shop
from lifecycle.shop import Shop
from ordersync_contracts import events
from ordersync_contracts.events import AdoptionFinished
from ordersync_contracts.streams import shop_stream
from runtime.clock import Clock


async def request_adoption(submission: Submission, shop_id: str) -> int:
    """Ask for a scan of the shop's store; the shop's version after which its result will come.

    A scan that is waited for already is not asked for again. Raises NoStore.
    """

    def decide(known: Shop) -> Sequence[events.Event]:
        asked = events.AdoptionRequested(
            shop_id=shop_id, store=require_store(known, shop_id), requested_by=submission.by
        )
        return () if known.awaits_scan else (asked,)

    return (await submission.decide(shop_stream(shop_id), shop.fold, decide)).state.version


async def waive_adoption(submission: Submission, shop_id: str) -> str:
    """Say that the store needs no scan for orders of other connectors; the store's domain.

    From now on orders are created in it. Raises UnknownShop or NoStore.
    """

    def decide(known: Shop) -> Sequence[events.Event]:
        waived = AdoptionFinished(
            shop_id=shop_id,
            store=require_store(known, shop_id),
            app_id=known.app_id,
            waived_by=submission.by,
        )
        return () if known.is_adopted else (waived,)

    decided = await submission.decide(shop_stream(shop_id), shop.fold, decide)
    return require_store(decided.state, shop_id)


async def result_of(store: EventStore, shop_id: str, since: int) -> AdoptionFinished | None:
    """How the first scan after this version of the shop ended; None while it has not."""
    async for recorded in read_on(store, shop_stream(shop_id), since):
        if isinstance(recorded.event, AdoptionFinished):
            return recorded.event
    return None


async def wait_for_result(
    store: EventStore,
    shop_id: str,
    since: int,
    clock: Clock,
    limit_s: float,
    look_every_s: float = 0.5,
) -> AdoptionFinished | None:
    """As ``result_of``, once it is there; None when it is not within ``limit_s`` seconds."""
    began_at = clock()
    while True:
        result = await result_of(store, shop_id, since)
        if result is not None or (clock() - began_at).total_seconds() >= limit_s:
            return result
        await store.wait(look_every_s)
