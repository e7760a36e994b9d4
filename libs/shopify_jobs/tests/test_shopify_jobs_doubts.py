"""A request without an answer is looked up again and again, and believed absent only late."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from connections.settings import ShopifySettings
from connections.waits import Waits
from jobs.job import Job
from jobs.outcomes import InDoubt, Retry
from shopify_jobs.doubts import Doubts, again

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
DOUBTS = Doubts(timedelta(minutes=5), timedelta(seconds=30), timedelta(seconds=2))


def job(in_doubt_since: datetime | None) -> Job:
    return Job(
        UUID(int=1), "order-1-2", 1, "store", "kind", "live", {}, "running", 1, NOW, None,
        in_doubt_since,
    )  # fmt: skip


def test_doubts_are_as_the_service_is_set() -> None:
    settings = ShopifySettings.model_construct(
        absent_after_s=300.0, shopify_call_deadline_s=30.0, waits=Waits()
    )
    assert Doubts.by(settings) == DOUBTS


def test_absence_is_believed_after_the_deadline_and_the_lag_of_lookups() -> None:
    settled_at = NOW + timedelta(minutes=5, seconds=30)
    assert DOUBTS.settled_at(job(NOW)) == settled_at
    assert DOUBTS.settled_at(job(None)) is None
    assert DOUBTS.about(job(NOW), settled_at) is None
    assert DOUBTS.about(job(NOW), settled_at - timedelta(microseconds=1)) is not None
    assert DOUBTS.about(job(None), NOW) is None


def test_until_then_it_is_looked_up_in_halves_and_never_at_once() -> None:
    assert DOUBTS.about(job(NOW), NOW) == InDoubt(NOW + timedelta(minutes=2, seconds=30))
    late = NOW + timedelta(minutes=5, seconds=29)
    assert DOUBTS.about(job(NOW), late) == InDoubt(late + timedelta(seconds=2))


def test_a_doubt_stays_one_until_a_later_call_was_answered() -> None:
    assert again(job(NOW), NOW, "throttled") == InDoubt(NOW)
    assert again(job(NOW), NOW, "throttled", is_settled=True) == Retry(NOW, "throttled")
    assert again(job(None), NOW, "throttled") == Retry(NOW, "throttled")
