"""Waiting for what the measured system does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bench.say import say

T = TypeVar("T")


async def until(
    ask: Callable[[], Awaitable[T]],
    enough: Callable[[T], object] = bool,
    *,
    limit_s: float = 900.0,
    look_s: float = 0.25,
    say_every_s: float | None = None,
) -> T:
    """What ``ask`` answers once that is enough, asked again and again; now and then it is said."""
    began = said_at = time.monotonic()
    while not enough(found := await ask()):
        now = time.monotonic()
        if now - began > limit_s:
            raise TimeoutError(f"not enough within {limit_s:.0f} s: {found}"[:200])
        if say_every_s is not None and now - said_at > say_every_s:
            say(f"so far {found}, after {now - began:.0f} s")
            said_at = now
        await asyncio.sleep(look_s)
    return found


def at_least(count: int) -> Callable[[int], bool]:
    """Enough is a number that is not smaller."""
    return lambda found: found >= count
