"""Jobs and budgets in memory keep what their stores promise."""

from dataclasses import replace
from functools import partial

import pytest
from libs.jobs.tests.suite_budget import Budgets, BudgetSuite
from libs.jobs.tests.suite_jobs import Hands, JobsSuite, Time, new

from jobs.backlog import DEFAULT_RESTORE
from jobs.budget import POINTS_A_JOB, Reading, Settlement
from jobs.budget_stores import MemoryBudget
from jobs.memory import MemoryJobs
from jobs.owner import Owner
from runtime.clock import monotonic, utc_now
from runtime.session import Lease


def test_a_job_supersedes_nothing_unless_it_says_so() -> None:
    assert new(1).supersedes is False  # PostgreSQL takes no NULL for it


class TestMemoryJobs(JobsSuite):
    """``tests/integration/test_integration_jobs.py`` runs the same on PostgreSQL."""

    @pytest.fixture
    def hands(self) -> Hands:
        time = Time()
        memory = MemoryJobs(time)
        return Hands(memory, time, partial(memory.open_owner, clock=monotonic), memory.of_stream)


class TestMemoryBudget(BudgetSuite):
    """``tests/integration/test_integration_budget.py`` runs the same on PostgreSQL."""

    @pytest.fixture
    def budgets(self) -> Budgets:
        shared = MemoryBudget(monotonic)

        async def fall_silent(holder: str) -> None:
            for bucket in shared._buckets.values():
                bucket.reserved[holder].seen_at -= 120

        return Budgets(shared.shared_with, MemoryJobs(utc_now, shared), fall_silent)


async def test_an_owner_that_is_ended_from_outside_loses_its_jobs_and_may_be_ended_again() -> None:
    jobs = MemoryJobs(Time())
    owner = Owner("dead", Lease(10.0, lambda: 0.0))
    jobs.begin_owner(owner)
    job = new(1)
    await jobs.enqueue([job])
    assert owner.woken.is_set()
    assert len(await jobs.claim("dead", [job.kind], 1)) == 1
    assert await jobs.recover() == 0
    jobs.end_owner("dead")
    jobs.end_owner("dead")
    assert (await jobs.recover(), await jobs.recover()) == (1, 0)


async def test_bulk_seconds_counts_as_the_table_does() -> None:
    budget = MemoryBudget(monotonic)
    jobs = MemoryJobs(Time(), budget)
    await jobs.enqueue([replace(new(1), lane="bulk"), new(2)])
    store = new(1).store
    assert await jobs.bulk_seconds(store) == pytest.approx(POINTS_A_JOB / DEFAULT_RESTORE)
    assert await jobs.bulk_seconds("another") == 0.0
    told = Settlement(0.0, 0.0, Reading(19_000.0, 20_000.0, 1_000.0, 0.0, 0.0))
    await budget.reserve(store, [told], [])
    assert await jobs.bulk_seconds(store) == pytest.approx(POINTS_A_JOB / 1_000)
