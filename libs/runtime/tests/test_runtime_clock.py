"""Clocks that only grow, and which of them goes on while the machine sleeps."""

import time

import pytest

from runtime import clock
from runtime.session import Lease


def test_time_since_boot_is_asked_of_the_clock_that_counts_suspends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A machine that slept for an hour: its monotonic clock does not know, its boot clock does."""
    readings = {7: 3_700.0}
    monkeypatch.setattr(time, "CLOCK_BOOTTIME", 7, raising=False)
    monkeypatch.setattr(time, "clock_gettime", readings.__getitem__)
    since_boot = clock.since_boot()
    lease = Lease(10.0, since_boot)
    lease.extend(since_boot())
    assert lease.holds
    readings[7] += 3_600
    assert not lease.holds


def test_a_system_without_that_clock_has_the_monotonic_one() -> None:
    assert clock.since_boot("CLOCK_NOBODY_HAS") is clock.monotonic


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="the system has no such clock")
def test_time_since_boot_only_grows() -> None:
    before = clock.boottime()
    assert clock.boottime() >= before >= clock.monotonic() - 1
