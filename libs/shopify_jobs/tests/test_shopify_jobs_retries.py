"""When what failed is tried again, and what becomes of its job."""

from datetime import UTC, datetime, timedelta

import pytest

from connections.waits import Waits
from jobs.outcomes import Finished, Outcome, Parked, Retry
from ordersync_contracts.reasons import CATALOGUE, RetryPolicy
from shopify_jobs.failures import Failure
from shopify_jobs.retries import FOR_A_WHILE, Retries, outcome

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TRANSIENT = sorted(
    code for code, reason in CATALOGUE.items() if reason.retry is RetryPolicy.BACKOFF
)
OTHERS = sorted(set(CATALOGUE) - set(TRANSIENT))


def next_attempt_at(code: str, began_at: datetime = NOW) -> datetime | None:
    return Retries(Waits(), lambda: 0.0).next_attempt_at(Failure(code), 1, began_at, NOW)


def seconds(code: str, attempt: int, chance: float = 0.0, wait_s: float = 0.0) -> float:
    retries = Retries(Waits(), lambda: chance)
    due_at = retries.next_attempt_at(Failure(code, wait_s=wait_s), attempt, NOW, NOW)
    assert due_at is not None
    return (due_at - NOW).total_seconds()


def test_waits_grow_up_to_an_hour_with_jitter() -> None:
    assert [seconds("throttled", n) for n in (1, 2, 3, 4)] == [2.0, 4.0, 8.0, 16.0]
    assert seconds("throttled", 40, 0.999) == pytest.approx(3600.0, rel=0.001)
    assert seconds("throttled", 1, 0.5) == 3.0


def test_the_order_limit_of_a_development_store_opens_within_a_minute_or_two() -> None:
    assert seconds("too_many_attempts", 1) == 15.0
    assert seconds("too_many_attempts", 30, 0.999) <= 120.0


def test_no_attempt_is_made_before_shopify_wants_it() -> None:
    assert seconds("throttled", 1, wait_s=60.0) == 60.0
    assert seconds("throttled", 12, wait_s=60.0) == 1800.0


@pytest.mark.parametrize("code", TRANSIENT)
def test_what_passes_is_tried_again_for_three_days(code: str) -> None:
    began_at = NOW - FOR_A_WHILE
    assert next_attempt_at(code, began_at) is not None
    assert next_attempt_at(code, began_at - timedelta(seconds=1)) is None


@pytest.mark.parametrize("code", OTHERS)
def test_what_needs_somebody_is_not_tried_again_by_the_clock(code: str) -> None:
    assert next_attempt_at(code) is None


@pytest.mark.parametrize(
    ("code", "next_attempt", "expected"),
    [
        ("throttled", Retry(NOW, "throttled"), Retry(NOW, "throttled")),
        ("throttled", None, Finished()),
        ("token_invalid", None, Parked("token_invalid")),
        ("stock_claim_failed", None, Finished()),
    ],
)
def test_a_job_is_tried_again_waits_or_ends(
    code: str, next_attempt: Outcome | None, expected: Outcome
) -> None:
    assert outcome(code, next_attempt, Parked(code)) == expected
