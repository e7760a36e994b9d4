"""When an attempt that failed is made again. Retry is decided here and nowhere else."""

from datetime import datetime, timedelta
from typing import Final

from contracts.events import ShopifyOrderFailed
from contracts.reasons import Retry as ReasonRetry
from contracts.reasons import reason
from effects import Finished, Outcome, Parked, Retry
from runtime.backoff import Backoff, Chance, system_chance
from shopify_writer.domain import Failure

FOR_A_WHILE: Final = timedelta(hours=72)
"""How long a transient failure is retried before a person has to act."""

WAITS: Final = Backoff(first=4.0, longest=3600.0)
ORDER_LIMIT_WAITS: Final = Backoff(first=30.0, longest=120.0)
"""Shopify's limit of five orders a minute on development stores opens again within a minute."""


def next_attempt_at(
    failure: Failure,
    attempt: int,
    series_began_at: datetime,
    now: datetime,
    chance: Chance = system_chance,
) -> datetime | None:
    """When to try again; None when a person or another event has to come first."""
    if reason(failure.reason_code).retry is not ReasonRetry.BACKOFF:
        return None
    if now - series_began_at > FOR_A_WHILE:
        return None
    waits = ORDER_LIMIT_WAITS if failure.reason_code == "too_many_attempts" else WAITS
    return now + timedelta(seconds=max(waits.delay(attempt, chance), failure.wait_s))


def after(failed: ShopifyOrderFailed) -> Outcome:
    """What becomes of the job whose attempt ended so."""
    if failed.next_attempt_at is not None:
        return Retry(failed.next_attempt_at, failed.reason_code)
    if reason(failed.reason_code).retry is ReasonRetry.WAITS:
        return Parked(failed.reason_code)
    return Finished()
