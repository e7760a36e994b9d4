"""A request that nobody waits for any more must not be sent: a deadline at the byte.

Whoever concludes that a request was never carried out counts from when it was announced, by the
database's clock. So a process that announces one measures from before its announcement was sent,
on its own clock that also counts suspends: it can only stop earlier than others believe.
"""

from datetime import timedelta

from runtime.clock import Monotonic
from runtime.session import Lease
from shopify.body import Guard


class TooLate(Exception):
    """So much time has passed since the request was announced that it may not be sent any more."""

    safe = True


class Deadline:
    """Runs from now; asked in the step that writes the request's bytes (``guarded``)."""

    def __init__(self, lasts: timedelta, clock: Monotonic) -> None:
        self._clock = clock
        self._until = clock() + lasts.total_seconds()

    def check(self) -> None:
        """Raises TooLate once it is over."""
        if self._clock() >= self._until:
            raise TooLate("the request was announced too long ago: nothing is sent")

    def guarded(self, lease: Lease) -> Guard:
        """Raises when the request may not be written: the lease is lost, or it is too late."""

        def guard() -> None:
            lease.check()
            self.check()

        return guard
