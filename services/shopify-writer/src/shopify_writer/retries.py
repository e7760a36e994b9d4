"""When an attempt that failed is made again. Retry is decided here and nowhere else."""

from datetime import datetime, timedelta
from typing import Final

from contracts.reasons import Retry, reason
from runtime.backoff import Backoff, Chance, system_chance

FOR_A_WHILE: Final = timedelta(hours=72)
"""How long a transient failure is retried before a person has to act."""

WAITS: Final = Backoff(first=4.0, longest=3600.0)
ORDER_LIMIT_WAITS: Final = Backoff(first=30.0, longest=120.0)
"""Shopify's limit of five orders a minute on development stores opens again within a minute."""


def next_attempt_at(
    reason_code: str,
    attempt: int,
    first_failed_at: datetime,
    now: datetime,
    chance: Chance = system_chance,
) -> datetime | None:
    """When to try again; None when a person or another event has to come first."""
    if reason(reason_code).retry is not Retry.BACKOFF:
        return None
    if now - first_failed_at > FOR_A_WHILE:
        return None
    waits = ORDER_LIMIT_WAITS if reason_code == "too_many_attempts" else WAITS
    return now + timedelta(seconds=waits.delay(attempt, chance))
