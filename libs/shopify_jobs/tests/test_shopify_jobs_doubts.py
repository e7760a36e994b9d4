"""A request without an answer is looked up again and again, and believed absent only late."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from connections.settings import ShopifySettings
from connections.waits import Waits
from jobs.job import Job
from jobs.outcomes import InDoubt
from shopify_jobs.deadline import Deadline, TooLate
from shopify_jobs.doubts import Doubts

MICROSECOND = timedelta(microseconds=1)
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DOUBTS = Doubts(timedelta(minutes=5), timedelta(seconds=30), timedelta(seconds=2))


def job(claimed_at: datetime | None, in_doubt_since: datetime | None = None) -> Job:
    return Job(
        UUID(int=1), "order-1-2", 1, "store", "kind", "live", {}, "running", 1, NOW, None,
        claimed_at, in_doubt_since,
    )  # fmt: skip


def test_doubts_are_as_the_service_is_set() -> None:
    settings = ShopifySettings.model_construct(
        absent_after_s=300.0, shopify_call_deadline_s=30.0, waits=Waits()
    )
    assert Doubts.by(settings) == DOUBTS


def test_a_doubt_is_over_after_the_deadline_and_the_lag_of_lookups() -> None:
    settled_at = NOW + timedelta(minutes=5, seconds=30)
    assert DOUBTS.about(job(settled_at, NOW), NOW) is None
    assert DOUBTS.about(job(settled_at - MICROSECOND, NOW), NOW) is not None
    assert DOUBTS.about(job(NOW), NOW) is None


def test_until_then_it_is_looked_up_in_halves_and_never_at_once() -> None:
    assert DOUBTS.about(job(NOW, NOW), NOW) == InDoubt(NOW + timedelta(minutes=2, seconds=30))
    late = NOW + timedelta(minutes=5, seconds=29)
    assert DOUBTS.about(job(late, NOW), late) == InDoubt(late + timedelta(seconds=2))


def test_what_was_announced_may_be_sent_and_answered_until_its_deadlines() -> None:
    believable_at = NOW + timedelta(minutes=6)
    assert DOUBTS.absent_in(NOW, job(believable_at)) == timedelta()
    assert DOUBTS.absent_in(NOW, job(believable_at - MICROSECOND)) == MICROSECOND


def test_whoever_was_handed_the_job_before_the_announcement_waits_for_all_of_it() -> None:
    """Whatever its job says: it stood still since, and another made the announcement."""
    earlier = NOW - timedelta(hours=1)
    assert DOUBTS.absent_in(NOW, job(earlier)) > timedelta(hours=1)
    assert DOUBTS.absent_in(NOW, job(earlier, earlier)) > timedelta(hours=1)
    assert DOUBTS.absent_in(NOW, job(None)) == DOUBTS.settled_after


def test_the_clock_of_whoever_asks_says_only_when_to_look_next() -> None:
    fast = NOW + timedelta(days=1)
    (later,) = {DOUBTS.about(job(NOW, NOW), fast)}
    assert later == InDoubt(fast + timedelta(minutes=2, seconds=30))


def test_a_request_is_not_sent_once_its_deadline_is_over() -> None:
    seconds = [100.0]
    deadline = Deadline(timedelta(seconds=30), lambda: seconds[0])
    seconds[0] = 129.9
    deadline.check()
    seconds[0] = 130.0
    with pytest.raises(TooLate):
        deadline.check()
