"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(
    condition: Callable[[], T | None],
    within_s: float,
    otherwise: Callable[[], str] = lambda: "it never came true",
    every_s: float = 0.1,
) -> T:
    """The condition's value as soon as it is true; else the test fails with ``otherwise()``."""
    deadline = time.monotonic() + within_s
    while not (value := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s:.0f} s: {otherwise()}")
        time.sleep(every_s)
    return value
