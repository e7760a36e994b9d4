"""Work that a cancellation must not cut in two: it is carried to its end first."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def to_its_end(work: Coroutine[Any, Any, T], limit_s: float) -> T:
    """Await the work; cancelled meanwhile, finish it first, in ``limit_s`` at most, then stop.

    For what is given once (rotated tokens), and for opening and closing connections of aiokafka: it
    forgets the one on which it asks for the cluster's layout when it is cancelled there (0.12:
    ``AIOKafkaClient.bootstrap``), and what it had still to close when it is cancelled while it
    closes (``AIOKafkaConsumer.stop``).
    """
    working = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        await _until_done(working, limit_s)
        raise


async def _until_done(working: "asyncio.Future[Any]", limit_s: float) -> None:
    """However often this is cancelled meanwhile: whoever waits for us is told afterwards."""
    for attempt in (asyncio.wait({working}, timeout=limit_s), _cut_short(working)):
        waiting = asyncio.ensure_future(attempt)
        while not waiting.done():
            try:
                await asyncio.shield(waiting)
            except asyncio.CancelledError:
                continue


async def _cut_short(working: "asyncio.Future[Any]") -> None:
    working.cancel()
    await asyncio.wait({working})
    if not working.cancelled():
        working.exception()
