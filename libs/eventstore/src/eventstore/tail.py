"""Follow the store by position: a hint wakes, polling makes sure."""

from collections.abc import AsyncIterator

from contracts.envelope import Recorded
from eventstore.store import EventStore


async def tail(
    store: EventStore, position: int, *, page: int = 500, poll_s: float = 0.25
) -> AsyncIterator[tuple[Recorded, ...]]:
    """Pages of events after ``position``, for ever; waits at most ``poll_s`` for the next."""
    while True:
        recorded = await store.read_after(position, page)
        if recorded:
            position = recorded[-1].position
            yield recorded
        else:
            await store.wait(poll_s)
