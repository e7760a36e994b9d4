"""Many on one event loop: long work gives others their turn, and who waits hears of news."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import Final, TypeVar

AT_ONCE: Final = 25
"""Orders folded or decided on before others get their turn: some 10 ms."""
T = TypeVar("T")


async def in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """The items, with a turn for others in between: a page of many never holds up a new order."""
    for n, item in enumerate(items, start=1):
        yield item
        if n % AT_ONCE == 0:
            await asyncio.sleep(0)


async def is_set_within(event: asyncio.Event, seconds: float) -> bool:
    """Wait for the event, so long at most; whether it is set. A hint may be missed, a look not."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
