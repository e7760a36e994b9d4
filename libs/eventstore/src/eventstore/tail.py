"""Follow the store by position: a hint wakes, polling makes sure. And page through its streams.

For a reader that alone knows how far it has come. One whose position others move as well (the
console's rows) reads one page at a time from where it stands.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from eventstore.store import EventStore
from ordersync_contracts.envelope import Recorded

Page = tuple[Recorded, ...]


async def tail(
    store: EventStore,
    position: int,
    *,
    page: int = 500,
    poll_s: float = 0.25,
    gather_s: float = 0.0,
) -> AsyncGenerator[Page, None]:
    """Pages of events after ``position``, for ever; an empty one when ``poll_s`` brought nothing.

    While the caller has a full page the next one is read. After one that was not full the next
    gathers for ``gather_s``: a page costs about the same whatever is on it.
    """
    recorded = await store.read_after(position, page)
    while True:
        if len(recorded) == page:
            position = recorded[-1].position
            async with _reading(store, position, page) as following:
                yield recorded
                recorded = await following
        elif recorded:
            position = recorded[-1].position
            yield recorded
            await asyncio.sleep(gather_s)
            recorded = await store.read_after(position, page)
        else:
            await store.wait(poll_s)
            recorded = await store.read_after(position, page)
            if not recorded:
                yield ()


async def stream_pages(
    store: EventStore, category: str, page: int = 500
) -> AsyncIterator[tuple[str, ...]]:
    """The names of all streams of a category, sorted, page by page: there may be millions."""
    after = ""
    while names := await store.streams(category, after, page):
        yield names
        after = names[-1]


@asynccontextmanager
async def _reading(
    store: EventStore, position: int, page: int
) -> "AsyncIterator[asyncio.Task[Page]]":
    """The next page, read meanwhile; nobody waits for it when the caller has gone."""
    following = asyncio.create_task(store.read_after(position, page))
    following.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        yield following
    finally:
        following.cancel()
