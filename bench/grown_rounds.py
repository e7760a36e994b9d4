"""What looks cost that the clock or a person repeats, however many orders are stored."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bench import orders
from bench.installation import ASKED, BATCH, Installation, rate, repeated
from bench.rounds import TurnOf
from console.rows import OrderFilter
from eventstore.tail import stream_pages
from jobs.backlog import bulk_seconds
from lifecycle.status import Status
from ordersync_contracts.events import StoreReconciled
from runtime.clock import utc_now
from status_tracker.intake import KINDS

_YEAR: Final = timedelta(days=400)


async def orders_page(of: Installation) -> float:
    """The Orders page, of a filter that takes few."""
    few = OrderFilter(Status.SYNC_FAILED, orders.SHOP_ID, "unlinked_sku")

    async def look() -> None:
        for wanted in (few, OrderFilter()):
            await of.rows.orders(wanted, limit=51)
            await of.rows.count(wanted, limit=1_000)
        await of.rows.tally()

    return await repeated(look)


async def relay(of: Installation) -> float:
    """The relay: where the head is, a page behind it, its checkpoint."""
    await of.checkpoint.take_over()

    async def read() -> None:
        head = await of.store.head()
        page = await of.store.read_after(head - BATCH, BATCH)
        await of.checkpoint.move(page[-1].position)

    return await repeated(read)


async def replay(of: Installation) -> float:
    """What a replay and the reconciliations read: a rare event, and the newest hour."""
    names = (StoreReconciled.type_name(), "ShopifyOrderCreated")

    async def read() -> None:
        await of.store.read_named(names[:1], orders.NOW - _YEAR, 0, BATCH)
        await of.store.read_named(names, utc_now() - timedelta(hours=1), 0, BATCH)

    return await repeated(read)


async def rebuild(of: Installation) -> float:
    """What the mapper's rebuild reads, an order; its first pages."""
    return await rate(ASKED * BATCH // 2, lambda: _first_pages(of, ASKED // 2))


async def _first_pages(of: Installation, left: int) -> None:
    async for streams in stream_pages(of.store, "order"):
        await of.store.read_many(streams)
        left -= 1
        if not left:
            return


async def jobs(of: Installation) -> float:
    """Workers of jobs: none is due, none lost its worker, no old one is there to be purged."""

    async def look() -> None:
        await of.jobs.claim("bench", KINDS, 16)
        await of.jobs.recover()
        await of.jobs.states()
        await of.jobs.release(store=orders.STORE)
        await of.jobs.purge_done(utc_now() - _YEAR)
        await bulk_seconds(of.pool, utc_now, orders.STORE)

    return await repeated(look)


async def shops(of: Installation) -> float:
    """The mapper's sweeps, up to the pages: which shops there are, whether any order waits."""

    async def look() -> None:
        await of.mapper.rounds["sweep"]()
        await of.mapper.rounds["blocked"]()

    return await repeated(look)


WORK: Final[Mapping[str, TurnOf[Installation]]] = {
    work.__name__: work for work in (orders_page, relay, replay, rebuild, jobs, shops)
}
