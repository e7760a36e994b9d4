"""Time as an argument: what the rest of ordersync is given instead of reading the wall clock."""

import asyncio
import functools
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Says what time it is: an aware datetime in UTC."""

Monotonic = Callable[[], float]
"""Seconds that only grow, for measuring how long something took; no relation to the date."""

Sleep = Callable[[float], Awaitable[None]]
"""Returns when so many seconds are over; others go on meanwhile."""

monotonic: Monotonic = time.monotonic


def since_boot(name: str = "CLOCK_BOOTTIME") -> Monotonic:
    """``monotonic``, but it also grows while the machine is suspended, where the system can tell.

    Leases need it: clocks of servers elsewhere go on. clock_gettime(2): CLOCK_BOOTTIME (Linux);
    CLOCK_MONOTONIC stands still during a suspend there.
    """
    clock = getattr(time, name, None)
    return monotonic if clock is None else functools.partial(time.clock_gettime, clock)


boottime: Monotonic = since_boot()


def utc_now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that reads the wall clock


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks a service is built with.

    ``boot`` is for what must not happen too late: it also grows while the machine is suspended.
    """

    wall: Clock = utc_now
    monotonic: Monotonic = monotonic
    boot: Monotonic = boottime
    sleep: Sleep = asyncio.sleep
