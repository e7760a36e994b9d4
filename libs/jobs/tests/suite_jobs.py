"""What the store of jobs promises: one suite for memory and PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid5

import pytest

from jobs.interface import JobStore
from jobs.job import Job, JobLost, NewJob
from jobs.owner import OpenOwner, Owner
from runtime.randomness import system_id

START = datetime(2026, 11, 3, 12, tzinfo=UTC)
KINDS = ("create", "fulfil")
SPACE = UUID(int=7)


class Time:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def after(self, seconds: float) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def passes(self, seconds: float) -> None:
        self.now = self.after(seconds)


@dataclass
class Hands:
    """A store of jobs, its clock, and how to become one of its owners; ``owner`` is one."""

    job_store: JobStore
    time: Time
    open_owner: OpenOwner
    of_stream: Callable[[str], Awaitable[Sequence[Job]]]
    owner: Owner = field(init=False)

    async def enqueue(self, *jobs: NewJob) -> None:
        await self.job_store.enqueue(jobs)

    async def take(self, limit: int) -> tuple[Job, ...]:
        return await self.job_store.claim(self.owner.id, KINDS, limit)

    async def claim(self, limit: int = 10) -> list[str]:
        """Claims and names the jobs, in no particular order."""
        return sorted(named(job) for job in await self.take(limit))

    async def one(self, owner: Owner | None = None) -> Job:
        (job,) = await self.job_store.claim((owner or self.owner).id, KINDS, 1)
        return job

    async def in_doubt(self, *jobs: NewJob) -> None:
        """Enqueues these; of the first one's request nobody knows whether it was carried out."""
        await self.enqueue(*jobs)
        await self.job_store.doubt(await self.one(), self.time.now)

    async def stored(self, stream: str = "order-1-1") -> list[tuple[str, str]]:
        return [(named(job), job.state) for job in await self.of_stream(stream)]

    async def recovered(self) -> int:
        """How many jobs are given back, once the server knows that their owner is gone."""
        async with asyncio.timeout(5):
            while not (jobs := await self.job_store.recover()):  # noqa: ASYNC110 - it asks
                await asyncio.sleep(0.01)
        return jobs


def named(job: Job) -> str:
    return f"{job.stream_id.rpartition('-')[2]}.{job.version}"


def new(stream: int, version: int = 1, **changes: object) -> NewJob:
    """The job that event ``version`` of order ``stream`` causes."""
    job = NewJob(
        id=uuid5(SPACE, f"{stream}.{version}"),
        stream_id=f"order-1-{stream}",
        version=version,
        store="store",
        kind="create",
        due_at=START,
    )
    return replace(job, **changes)  # type: ignore[arg-type]  # any field of NewJob


class JobsSuite:
    """A subclass brings the fixture ``hands``."""

    @pytest.fixture(autouse=True)
    async def owner(self, hands: Hands) -> AsyncIterator[Owner]:
        async with hands.open_owner(system_id) as hands.owner:
            yield hands.owner

    async def test_a_job_is_handed_over_as_it_was_enqueued(self, hands: Hands) -> None:
        await hands.enqueue(new(1, 3, payload={"draft": "17"}, lane="bulk", store="s1"))
        job = await hands.one()
        assert job == Job(
            id=uuid5(SPACE, "1.3"),
            stream_id="order-1-1",
            version=3,
            store="s1",
            kind="create",
            lane="bulk",
            payload={"draft": "17"},
            state="running",
            attempt=1,
            due_at=START,
            owner=hands.owner.id,
            claimed_at=START,
        )
        assert not job.in_doubt

    async def test_enqueueing_twice_changes_nothing(self, hands: Hands) -> None:
        await hands.enqueue(new(1), new(1), new(2))
        await hands.job_store.finish(await hands.one())
        await hands.enqueue(new(1), new(2))
        assert await hands.claim() == ["2.1"]

    async def test_an_empty_batch_is_no_work(self, hands: Hands) -> None:
        await hands.enqueue()
        assert await hands.claim() == []

    async def test_only_due_jobs_of_the_asked_kinds_are_handed_over(self, hands: Hands) -> None:
        await hands.enqueue(new(1), new(2, due_at=hands.time.after(5)), new(3, kind="reconcile"))
        assert await hands.claim() == ["1.1"]
        hands.time.passes(5)
        assert await hands.claim() == ["2.1"]

    async def test_no_more_are_handed_over_than_asked_for(self, hands: Hands) -> None:
        await hands.enqueue(*(new(number) for number in range(5)))
        assert len(await hands.claim(2)) == 2
        assert len(await hands.claim(10)) == 3

    async def test_one_job_of_a_stream_runs_at_a_time_whatever_its_kind(self, hands: Hands) -> None:
        await hands.enqueue(new(1, 1), new(1, 2, kind="fulfil"))
        first = await hands.one()
        assert await hands.claim() == []
        await hands.job_store.finish(first)
        assert await hands.claim() == ["1.2"]

    async def test_jobs_of_a_stream_come_in_the_order_of_its_versions(self, hands: Hands) -> None:
        await hands.enqueue(new(1, 5))
        await hands.enqueue(new(1, 4, kind="fulfil"))
        assert await hands.claim() == ["1.4"]

    async def test_a_job_that_waits_for_its_next_attempt_holds_nothing_back(
        self, hands: Hands
    ) -> None:
        await hands.enqueue(new(1, 1), new(1, 2, kind="fulfil"))
        await hands.job_store.retry(await hands.one(), hands.time.after(60), "throttled")
        assert await hands.claim() == ["1.2"]

    async def test_a_job_in_doubt_holds_its_stream_back_and_comes_again_as_in_doubt(
        self, hands: Hands
    ) -> None:
        await hands.enqueue(new(1, 1), new(1, 2))
        first = await hands.one()
        await hands.job_store.sending(first)
        hands.time.passes(2)
        await hands.job_store.doubt(first, hands.time.after(10))
        assert await hands.claim() == []
        hands.time.passes(10)
        again = await hands.one()
        assert (named(again), again.attempt, again.in_doubt) == ("1.1", 2, True)
        assert again.in_doubt_since == START + timedelta(seconds=2)

    async def test_doubt_that_goes_on_began_when_it_began(self, hands: Hands) -> None:
        await hands.in_doubt(new(1))
        hands.time.passes(5)
        await hands.job_store.doubt(await hands.one(), hands.time.now)
        assert (await hands.one()).in_doubt_since == START

    async def test_a_new_request_begins_a_new_doubt(self, hands: Hands) -> None:
        await hands.in_doubt(new(1))
        hands.time.passes(5)
        again = await hands.one()
        await hands.job_store.sending(again)
        hands.time.passes(1)
        await hands.job_store.doubt(again, hands.time.now)
        assert (await hands.one()).in_doubt_since == START + timedelta(seconds=6)

    async def test_a_retry_keeps_a_doubt_that_no_answer_settled(self, hands: Hands) -> None:
        await hands.in_doubt(new(1, 1))
        await hands.job_store.retry(await hands.one(), hands.time.now, "contention")
        await hands.enqueue(new(1, 2, supersedes=True))
        job = await hands.one()
        assert (named(job), job.in_doubt_since, job.attempt) == ("1.1", START, 3)

    async def test_an_answer_settles_the_doubt(self, hands: Hands) -> None:
        await hands.in_doubt(new(1))
        again = await hands.one()
        await hands.job_store.retry(again, hands.time.now, "not_created", is_settled=True)
        job = await hands.one()
        assert (job.in_doubt, job.attempt) == (False, 3)

    async def test_a_retry_of_what_was_sent_and_answered_is_no_doubt(self, hands: Hands) -> None:
        await hands.enqueue(new(1))
        job = await hands.one()
        await hands.job_store.sending(job)
        await hands.job_store.retry(job, hands.time.now, "throttled")
        assert not (await hands.one()).in_doubt

    async def test_each_claim_says_when_it_was(self, hands: Hands) -> None:
        await hands.enqueue(new(1))
        await hands.job_store.retry(await hands.one(), hands.time.now, "throttled")
        hands.time.passes(5)
        assert (await hands.one()).claimed_at == START + timedelta(seconds=5)

    async def test_a_finished_job_in_doubt_frees_its_stream(self, hands: Hands) -> None:
        await hands.in_doubt(new(1, 1), new(1, 2))
        await hands.job_store.finish(await hands.one())
        assert await hands.claim() == ["1.2"]

    async def test_what_was_not_sent_is_given_back_waiting(self, hands: Hands) -> None:
        await hands.enqueue(new(1))
        await hands.job_store.give_back(await hands.one(), hands.time.now, "unexpected_error")
        job = await hands.one()
        assert (job.in_doubt, job.attempt) == (False, 2)

    async def test_what_was_sent_is_given_back_in_doubt(self, hands: Hands) -> None:
        await hands.enqueue(new(1))
        job = await hands.one()
        await hands.job_store.sending(job)
        await hands.job_store.give_back(job, hands.time.now, "unexpected_error")
        assert (await hands.one()).in_doubt

    async def test_a_doubt_survives_a_worker_that_sent_nothing_more(self, hands: Hands) -> None:
        await hands.in_doubt(new(1))
        hands.time.passes(5)
        await hands.job_store.give_back(await hands.one(), hands.time.now, "unexpected_error")
        assert (await hands.one()).in_doubt_since == START

    async def test_parked_jobs_wait_until_their_reason_is_released(self, hands: Hands) -> None:
        await hands.enqueue(new(1), new(2), new(3, store="other"))
        for job in await hands.take(3):
            await hands.job_store.park(job, "paused" if job.store == "other" else "token_invalid")
        hands.time.passes(100)
        assert await hands.claim() == []
        assert await hands.job_store.release(reasons=["token_invalid"], store="other") == 0
        assert await hands.job_store.release(reasons=["token_invalid"], store="store") == 2
        assert await hands.claim() == ["1.1", "2.1"]
        assert await hands.job_store.release(store="other") == 1
        assert await hands.claim() == ["3.1"]

    async def test_jobs_parked_in_other_stores_are_released_but_a_kind_that_is_in_no_doubt(
        self, hands: Hands
    ) -> None:
        await hands.in_doubt(new(4, store="left"))
        await hands.enqueue(new(1, store="left"), new(2, store="left", kind="fulfil"), new(3))
        for job in await hands.take(4):
            await hands.job_store.park(job, "shop_disconnected")
        elsewhere = partial(hands.job_store.release_elsewhere, store="store", kind=KINDS[0])
        assert await elsewhere(prefix="order-2") == 0
        assert await elsewhere(prefix="order-1") == 2
        assert await hands.claim() == ["2.1", "4.1"]

    async def test_a_job_parked_in_doubt_keeps_its_stream_and_its_doubt(self, hands: Hands) -> None:
        await hands.in_doubt(new(1, 1))
        await hands.job_store.park(await hands.one(), "token_invalid")
        await hands.enqueue(new(1, 2, supersedes=True))
        assert await hands.claim() == []
        await hands.job_store.release(store="store")
        assert (await hands.one()).in_doubt_since == START

    async def test_a_job_parked_over_an_open_request_is_in_doubt_from_then_on(
        self, hands: Hands
    ) -> None:
        await hands.enqueue(new(1, 1, store="left", supersedes=True))
        for _ in range(2):
            await hands.job_store.park(await hands.one(), "shop_disconnected", is_open=True)
            await hands.enqueue(new(1, 2, supersedes=True))
            assert await hands.claim() == []
            elsewhere = hands.job_store.release_elsewhere
            assert await elsewhere(store="store", prefix="order-1", kind=KINDS[0]) == 1
            hands.time.passes(5)
        job = await hands.one()
        assert (named(job), job.in_doubt_since) == ("1.1", START)

    async def test_a_job_in_doubt_parked_where_nothing_is_open_gives_way_to_a_newer_one(
        self, hands: Hands
    ) -> None:
        await hands.enqueue(new(1, 1, supersedes=True))
        await hands.job_store.doubt(await hands.one(), START)
        await hands.job_store.park(await hands.one(), "variant_deleted", is_open=False)
        await hands.enqueue(new(1, 2, supersedes=True))
        assert await hands.stored() == [("1.1", "done"), ("1.2", "waiting")]
        assert named(await hands.one()) == "1.2"

    async def test_a_parked_job_that_is_given_again_with_a_newer_version_is_not_ended_by_itself(
        self, hands: Hands
    ) -> None:
        job = new(1, 1, supersedes=True)
        await hands.enqueue(job)
        await hands.job_store.park(await hands.one(), "missing_scope")
        await hands.enqueue(replace(job, version=2))
        assert await hands.job_store.release(store="store") == 1
        assert (await hands.one()).id == job.id

    async def test_a_superseded_job_that_is_wanted_again_by_a_newer_version_waits_again(
        self, hands: Hands
    ) -> None:
        job = new(1, 1, supersedes=True)
        await hands.enqueue(job)
        await hands.enqueue(new(1, 2, supersedes=True))
        await hands.enqueue(job)
        assert await hands.stored() == [("1.1", "done"), ("1.2", "waiting")]
        await hands.enqueue(replace(job, version=3))
        assert {(j.id, j.state) for j in await hands.of_stream("order-1-1")} == {
            (job.id, "waiting"),
            (new(1, 2).id, "done"),
        }
        again = await hands.one()
        assert (again.id, again.version, again.reason) == (job.id, 3, "")

    async def test_a_newer_job_ends_the_older_one_that_waits_or_is_parked(
        self, hands: Hands
    ) -> None:
        drafts = partial(new, supersedes=True)
        await hands.enqueue(drafts(1, 1))
        await hands.job_store.retry(await hands.one(), hands.time.after(3600), "throttled")
        await hands.enqueue(drafts(1, 2), new(1, 3, kind="fulfil"))
        assert await hands.stored() == [("1.1", "done"), ("1.2", "waiting"), ("1.3", "waiting")]
        await hands.job_store.park(await hands.one(), "token_invalid")
        await hands.enqueue(drafts(1, 4))
        jobs = await hands.of_stream("order-1-1")
        assert [(named(job), job.state, job.reason) for job in jobs] == [
            ("1.1", "done", "superseded"),
            ("1.2", "done", "superseded"),
            ("1.3", "waiting", ""),
            ("1.4", "waiting", ""),
        ]

    async def test_a_newer_job_ends_neither_one_at_work_nor_one_in_doubt(
        self, hands: Hands
    ) -> None:
        await hands.enqueue(new(1, 1), new(2, 1))
        for job in await hands.take(2):
            if named(job) == "2.1":
                await hands.job_store.doubt(job, hands.time.now)
        await hands.enqueue(new(1, 2, supersedes=True), new(2, 2, supersedes=True))
        assert await hands.stored("order-1-1") == [("1.1", "running"), ("1.2", "waiting")]
        assert await hands.stored("order-1-2") == [("2.1", "in_doubt"), ("2.2", "waiting")]

    async def test_of_a_batch_only_the_newest_draft_of_an_order_waits(self, hands: Hands) -> None:
        drafts = partial(new, supersedes=True)
        await hands.enqueue(drafts(1, 2), drafts(1, 7), drafts(1, 5), drafts(2, 1))
        assert await hands.stored() == [("1.2", "done"), ("1.5", "done"), ("1.7", "waiting")]
        assert await hands.stored("order-1-2") == [("2.1", "waiting")]

    async def test_an_older_draft_that_comes_late_does_not_end_the_newer_one(
        self, hands: Hands
    ) -> None:
        drafts = partial(new, supersedes=True)
        await hands.enqueue(drafts(1, 7))
        await hands.enqueue(drafts(1, 2))
        assert await hands.stored() == [("1.2", "done"), ("1.7", "waiting")]

    async def test_only_a_newer_draft_that_is_not_done_ends_one_that_comes_late(
        self, hands: Hands
    ) -> None:
        """Neither an older draft, nor one that is done, nor another kind, nor no draft."""
        drafts = partial(new, supersedes=True)
        await hands.enqueue(drafts(1, 7))
        await hands.job_store.finish(await hands.one())
        await hands.enqueue(drafts(2, 7, kind="fulfil"), new(3, 7), drafts(4, 1))
        await hands.enqueue(drafts(1, 2), drafts(2, 2), drafts(3, 2), new(4, 2))
        assert await hands.stored("order-1-1") == [("1.2", "waiting"), ("1.7", "done")]
        assert await hands.stored("order-1-2") == [("2.2", "waiting"), ("2.7", "waiting")]
        assert await hands.stored("order-1-3") == [("3.2", "waiting"), ("3.7", "waiting")]
        assert await hands.stored("order-1-4") == [("4.1", "waiting"), ("4.2", "waiting")]

    async def test_an_older_job_goes_along_in_the_newer_ones_lane(self, hands: Hands) -> None:
        await hands.enqueue(new(1, 1, lane="replay"), new(1, 2, lane="bulk"))
        await hands.enqueue(new(1, 3, lane="live", kind="fulfil"))
        lanes = [job.lane for job in await hands.of_stream("order-1-1")]
        assert lanes == ["live", "live", "live"]

    async def test_within_a_batch_an_older_job_goes_along_too(self, hands: Hands) -> None:
        await hands.enqueue(new(1, 1, lane="replay"), new(1, 2, lane="live"))
        assert [job.lane for job in await hands.of_stream("order-1-1")] == ["live", "live"]

    async def test_it_is_known_which_jobs_there_are_done_ones_included(self, hands: Hands) -> None:
        await hands.enqueue(new(1, 1), new(1, 2))
        for job in await hands.take(2):
            await hands.job_store.finish(job)
        ids = {new(1, 1).id, new(1, 2).id, new(1, 3).id}
        assert await hands.job_store.known(ids) == {new(1, 1).id, new(1, 2).id}
        assert await hands.job_store.known([]) == frozenset()

    async def test_lanes_share_by_weight_and_leave_what_they_do_not_need(
        self, hands: Hands
    ) -> None:
        await hands.job_store.enqueue(
            [new(number, lane="bulk") for number in range(30)]
            + [new(number, lane="live") for number in range(100, 110)]
        )
        first = await hands.take(12)
        assert [job.lane for job in first].count("live") >= 8
        assert [job.lane for job in first].count("bulk") >= 3
        rest = await hands.take(28)
        assert len(rest) == 28

    async def test_a_lane_hands_over_what_was_due_first(self, hands: Hands) -> None:
        await hands.enqueue(new(1, due_at=hands.time.after(2)), new(2), new(3))
        hands.time.passes(3)
        assert await hands.claim(2) == ["2.1", "3.1"]

    async def test_a_job_passed_on_accepts_nothing_from_its_old_worker(self, hands: Hands) -> None:
        async with hands.open_owner(system_id) as gone:
            await hands.enqueue(new(1))
            job = await hands.one(gone)
        assert await hands.recovered() == 1
        for attempt in (
            hands.job_store.sending(job),
            hands.job_store.owned(job),
            hands.job_store.finish(job),
            hands.job_store.retry(job, START, "late"),
            hands.job_store.park(job, "late"),
            hands.job_store.doubt(job, START),
            hands.job_store.give_back(job, START, "late"),
        ):
            with pytest.raises(JobLost):
                await attempt
        assert await hands.stored() == [("1.1", "waiting")]

    async def test_a_job_claimed_again_accepts_nothing_from_its_earlier_attempt(
        self, hands: Hands
    ) -> None:
        await hands.enqueue(new(1))
        earlier = await hands.one()
        await hands.job_store.retry(earlier, hands.time.now, "throttled")
        await hands.one()
        with pytest.raises(JobLost):
            await hands.job_store.finish(earlier)

    async def test_jobs_of_a_living_owner_are_not_recovered(self, hands: Hands) -> None:
        await hands.enqueue(new(1))
        await hands.one()
        hands.time.passes(3600)
        assert await hands.job_store.recover() == 0

    async def test_of_an_owner_that_is_gone_what_was_sent_is_in_doubt(self, hands: Hands) -> None:
        await hands.enqueue(new(1), new(2))
        async with hands.open_owner(system_id) as gone:
            jobs = {named(job): job for job in await hands.job_store.claim(gone.id, KINDS, 2)}
            await hands.job_store.sending(jobs["1.1"])
        hands.time.passes(20)
        assert await hands.recovered() == 2
        assert await hands.job_store.recover() == 0
        again = {named(job): job for job in await hands.take(2)}
        assert again["1.1"].in_doubt_since == START + timedelta(seconds=20)
        assert not again["2.1"].in_doubt

    async def test_the_states_of_jobs_that_are_not_done_are_known(self, hands: Hands) -> None:
        assert await hands.job_store.states() == frozenset()
        await hands.enqueue(*(new(number) for number in range(4)))
        assert await hands.job_store.states() == {"waiting"}
        first, second, third = await hands.take(3)
        await hands.job_store.finish(first)
        await hands.job_store.park(second, "missing_scope")
        assert await hands.job_store.states() == {"waiting", "running", "parked"}
        await hands.job_store.doubt(third, hands.time.after(60))
        assert await hands.job_store.states() == {"waiting", "in_doubt", "parked"}

    async def test_only_what_was_done_long_ago_is_purged(self, hands: Hands) -> None:
        await hands.enqueue(*(new(number) for number in range(3)))
        for job in await hands.take(2):
            await hands.job_store.finish(job)
        assert await hands.job_store.purge_done(START) == 0
        assert await hands.job_store.purge_done(hands.time.after(1), limit=1) == 1
        assert await hands.job_store.purge_done(hands.time.after(1)) == 1
        assert await hands.job_store.purge_done(hands.time.after(1)) == 0
        assert await hands.job_store.states() == {"waiting"}

    async def test_enqueueing_wakes_the_workers(self, hands: Hands) -> None:
        hands.owner.woken.clear()
        await hands.enqueue(new(1))
        await asyncio.wait_for(hands.owner.woken.wait(), 5)
