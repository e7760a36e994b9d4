"""When a failed attempt is made again, and what becomes of its job."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jobs import Finished, Parked, Retry
from jobs.waits import FOR_A_WHILE
from lifecycle import order as orders
from lifecycle import shop as shops
from ordersync_contracts import events
from ordersync_contracts.envelope import Recorded
from ordersync_contracts.events import Event
from ordersync_contracts.reasons import CATALOGUE, RetryPolicy
from shopify_writer.creation.recording import Known
from shopify_writer.creation.retries import after, next_attempt_at
from shopify_writer.domain import Failure

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
TRANSIENT = sorted(code for code, one in CATALOGUE.items() if one.retry is RetryPolicy.BACKOFF)
OTHERS = sorted(set(CATALOGUE) - set(TRANSIENT))


def seconds(code: str, attempt: int, chance: float = 0.0, **failure: float) -> float:
    due_at = next_attempt_at(Failure(code, **failure), attempt, NOW, NOW, lambda: chance)  # type: ignore[arg-type]  # wait_s only
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
    assert next_attempt_at(Failure(code), 1, began_at, NOW) is not None
    assert next_attempt_at(Failure(code), 1, began_at - timedelta(seconds=1), NOW) is None


@pytest.mark.parametrize("code", OTHERS)
def test_what_needs_somebody_is_not_tried_again_by_the_clock(code: str) -> None:
    assert next_attempt_at(Failure(code), 1, NOW, NOW) is None


@pytest.mark.parametrize(
    ("code", "next_at", "outcome"),
    [
        ("throttled", NOW, Retry(NOW, "throttled")),
        ("throttled", None, Finished()),
        ("token_invalid", None, Parked("token_invalid")),
        ("stock_claim_failed", None, Finished()),
    ],
)
def test_a_job_waits_is_parked_or_ends(
    code: str, next_at: datetime | None, outcome: object
) -> None:
    failed = events.ShopifyOrderFailed(
        shop_id="1",
        order_id="2",
        store="s",
        draft_version=1,
        attempt=1,
        reason_code=code,
        next_attempt_at=next_at,
    )
    assert after(failed) == outcome


def test_time_in_which_the_store_stood_still_does_not_count(
    stream: Callable[..., tuple[Recorded, ...]], connected: Callable[..., Sequence[Event]]
) -> None:
    failed = events.ShopifyOrderFailed(
        shop_id="1", order_id="2", store="s", draft_version=1, attempt=1, reason_code="throttled"
    )
    history = stream(failed)
    paused = events.ShopPaused(shop_id="1", side="shopify", reason_code="token_invalid")
    resumed = events.ShopResumed(shop_id="1", side="shopify")
    began = history[0].recorded_at
    times = [began, began, began, began + timedelta(hours=1), began + timedelta(hours=31)]
    told = zip(stream(*connected(), paused, resumed), times, strict=True)
    shop = shops.fold(replace(one, recorded_at=at) for one, at in told)
    known = Known("order-1-2", history, orders.fold(history), shop)
    now = began + timedelta(hours=80)
    assert known.series_began_at(now) == began + timedelta(hours=30)
    assert next_attempt_at(Failure("throttled"), 1, known.series_began_at(now), now) is not None
    without = replace(known, shop=shops.Shop())
    assert next_attempt_at(Failure("throttled"), 1, without.series_began_at(now), now) is None
