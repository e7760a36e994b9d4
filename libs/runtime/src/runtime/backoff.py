"""How long to wait before trying again: growing, capped, with jitter.

A pure function, because the waits here are scheduled (a partition is paused and resumed, a job is
given its next date) and not slept through inside a call, which is what retry libraries wrap.
"""

from dataclasses import dataclass

from runtime.randomness import Chance


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits in seconds: ``first``, doubled per attempt, never more than ``longest``."""

    first: float = 0.25
    longest: float = 30.0

    def delay(self, attempt: int, chance: Chance) -> float:
        """Seconds to wait after failed attempt number ``attempt``, counted from 1.

        Between half of the full wait and the full wait, so that many who failed together do not
        come back together.
        """
        full = min(self.longest, self.first * 2.0 ** min(attempt - 1, 60))
        return full * (0.5 + chance() / 2)
