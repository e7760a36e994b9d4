"""What an order costs each service: so many orders a second, however many are stored."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bench import counters, orders
from bench.installation import BATCH, Installation, rate
from bench.rounds import TurnOf
from console import projection
from fetcher.order_index import KnownOrder
from runtime.clock import utc_now

_JOBS: Final = 160
_ERASED: Final = 50


async def fetch(of: Installation) -> float:
    """The fetcher: from TikTok's answer to vault, events and index."""
    numbers = of.new()
    return await rate(BATCH, lambda: of.fetching.poll(numbers))


async def fetch_again(of: Installation) -> float:
    """The fetcher: what a sweep reads, and is no news."""
    numbers = of.new()
    await of.fetching.poll(numbers)
    return await rate(BATCH, lambda: of.fetching.poll(numbers))


async def record_fetched(of: Installation) -> float:
    """The fetcher's index of orders alone: noted and counted."""
    known = [KnownOrder(str(n), utc_now()) for n in of.new()]

    async def note() -> None:
        await of.fetching.index.note(orders.SHOP_ID, known)
        await of.fetching.index.count(orders.SHOP_ID, utc_now() - timedelta(hours=1), utc_now())

    return await rate(BATCH, note)


async def erase(of: Installation) -> float:
    """The fetcher's erasure clock: orders that ended a month ago."""
    numbers = of.new(_ERASED)
    await of.fetching.poll(numbers)
    await of.fetching.end(numbers)
    return await rate(_ERASED, of.fetching.erase)


async def draft(of: Installation) -> float:
    """The mapper: one batch of new orders."""
    numbers = await of.fetched()
    return await rate(BATCH, lambda: of.mapper.on_records(counters.wakeups(numbers[0])))


async def release(of: Installation) -> float:
    """The mapper: orders that wait for a link, looked for and decided on again."""
    await of.wait_for_a_link()
    return await rate(BATCH, of.release)


async def create(of: Installation) -> float:
    """The shopify-writer, before a Shopify that answers at once."""
    numbers = of.new(_JOBS)
    return await rate(_JOBS, lambda: of.writing.create(numbers))


async def track(of: Installation) -> float:
    """The status-tracker: orders that were created."""
    created = await of.created()
    return await rate(BATCH, lambda: of.intake.on_records(created))


async def show(of: Installation) -> float:
    """The console: new orders become rows."""
    await projection.catch_up(of.store, of.rows)
    await of.fetched()
    return await rate(BATCH, lambda: projection.catch_up(of.store, of.rows))


async def missed(of: Installation) -> float:
    """The mapper's sweep over what Kafka may have lost: orders that were decided on."""
    await of.marks.move("mapper", await of.store.head())
    await of.created()
    return await rate(BATCH, of.mapper.rounds["missed"])


WORK: Final[Mapping[str, TurnOf[Installation]]] = {
    work.__name__: work
    for work in (
        fetch, fetch_again, record_fetched, erase, draft, release, create, track, show, missed,
    )
}  # fmt: skip
