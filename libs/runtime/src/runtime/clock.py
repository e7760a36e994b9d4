"""Time as an argument: what the rest of ordersync is given instead of reading the wall clock."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Says what time it is: an aware datetime in UTC."""

Monotonic = Callable[[], float]
"""Seconds that only grow, for measuring how long something took; no relation to the date."""

monotonic: Monotonic = time.monotonic


def utc_now() -> datetime:
    """The wall clock, aware, in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that reads the wall clock
