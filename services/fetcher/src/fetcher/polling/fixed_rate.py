"""A fixed beat: what is done takes nothing away from the interval, and shops are spread over it."""

from runtime.clock import Monotonic
from runtime.randomness import Chance


class FixedRate:
    """Every ``interval_s``. The second beat comes at a random moment of the first interval.

    So shops that are taken over together are not asked for together ever after.
    """

    def __init__(self, interval_s: float, monotonic: Monotonic, chance: Chance) -> None:
        self._interval_s = interval_s
        self._monotonic = monotonic
        self._next = monotonic() + interval_s * chance()

    def wait_s(self) -> float:
        """Seconds until the next beat; those that have passed already are left out."""
        now = self._monotonic()
        if self._next <= now:
            missed = (now - self._next) // self._interval_s
            self._next += (missed + 1) * self._interval_s
        wait = self._next - now
        self._next += self._interval_s
        return wait
