"""When what failed in Shopify is tried again, and what becomes of its job."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from connections.waits import Waits
from jobs.outcomes import Finished, Outcome
from ordersync_contracts.reasons import RetryPolicy, reason
from runtime.randomness import Chance
from shopify_jobs.failures import Failure

FOR_A_WHILE: Final = timedelta(hours=72)
"""How long a transient failure is retried before a person has to act."""


@dataclass(frozen=True, slots=True)
class Retries:
    """Growing waits with jitter, for three days."""

    waits: Waits
    chance: Chance

    def next_attempt_at(
        self, failure: Failure, attempt: int, began_at: datetime, now: datetime
    ) -> datetime | None:
        """When to try again; None when a person or another event has to come first.

        ``attempt`` counts from 1. ``began_at``: when the series of failures began, later by as long
        as nothing could be tried.
        """
        if reason(failure.reason_code).retry is not RetryPolicy.BACKOFF:
            return None
        if now - began_at > FOR_A_WHILE:
            return None
        is_order_limit = failure.reason_code == "too_many_attempts"
        backoff = self.waits.order_limit if is_order_limit else self.waits.failure
        wait_s = max(backoff.delay(attempt, self.chance), failure.wait_s)
        return now + timedelta(seconds=wait_s)


def waits_for_cause(reason_code: str) -> bool:
    """Whether it goes on by itself once the cause is gone."""
    return reason(reason_code).retry is RetryPolicy.WAITS


def outcome(reason_code: str, next_attempt: Outcome | None, waiting: Outcome) -> Outcome:
    """What becomes of a job that failed: its next attempt, ``waiting`` for the cause, or its end.

    How the two wait differs: a creation is parked until its store can be used, a later change asks
    again by itself.
    """
    if next_attempt is not None:
        return next_attempt
    return waiting if waits_for_cause(reason_code) else Finished()
