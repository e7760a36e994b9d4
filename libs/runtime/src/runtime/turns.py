"""Long work on one event loop: others get their turn in between."""

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
