"""When an attempt that failed is made again. Retry is decided here and nowhere else."""

from datetime import datetime
from typing import Final

from jobs import Finished, Outcome, Parked, Retry, waits
from ordersync_contracts.events import ShopifyOrderFailed
from ordersync_contracts.reasons import RetryPolicy, reason
from runtime.backoff import Backoff
from runtime.randomness import Chance, system_chance
from shopify_writer.domain import Failure

WAITS: Final = waits.WAITS
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
    if reason(failure.reason_code).retry is not RetryPolicy.BACKOFF:
        return None
    is_order_limit = failure.reason_code == "too_many_attempts"
    return waits.next_attempt_at(
        attempt,
        series_began_at,
        now,
        waits=ORDER_LIMIT_WAITS if is_order_limit else WAITS,
        wait_s=failure.wait_s,
        chance=chance,
    )


def after(failed: ShopifyOrderFailed) -> Outcome:
    """What becomes of the job whose attempt ended so."""
    if failed.next_attempt_at is not None:
        return Retry(failed.next_attempt_at, failed.reason_code)
    if reason(failed.reason_code).retry is RetryPolicy.WAITS:
        return Parked(failed.reason_code)
    return Finished()
