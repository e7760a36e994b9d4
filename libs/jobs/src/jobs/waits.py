"""How long what fails in passing is tried again: growing waits with jitter, for three days."""

from datetime import datetime, timedelta
from typing import Final

from runtime.backoff import Backoff
from runtime.randomness import Chance, system_chance

FOR_A_WHILE: Final = timedelta(hours=72)
"""How long a transient failure is retried before a person has to act."""

WAITS: Final = Backoff(first=4.0, longest=3600.0)


def next_attempt_at(
    attempt: int,
    began_at: datetime,
    now: datetime,
    *,
    waits: Backoff = WAITS,
    wait_s: float = 0.0,
    chance: Chance = system_chance,
) -> datetime | None:
    """When the work that failed is tried again; None when it has been for long enough.

    ``attempt`` counts from 1. ``began_at``: when the series of failures began, later by as long as
    nothing could be tried. ``wait_s``: how long the other side wants to be left alone at least.
    """
    if now - began_at > FOR_A_WHILE:
        return None
    return now + timedelta(seconds=max(waits.delay(attempt, chance), wait_s))
