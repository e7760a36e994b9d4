"""Jobs and budgets in memory keep what their stores promise."""

from functools import partial

import pytest
from libs.jobs.tests.suite_budget import Budgets, BudgetSuite
from libs.jobs.tests.suite_jobs import Hands, JobsSuite, Time, new

from jobs.budget_stores import MemoryBudget
from jobs.memory import MemoryJobs
from runtime.clock import monotonic, utc_now


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
