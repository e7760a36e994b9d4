"""Stores' budgets in PostgreSQL keep what every one promises, and agree with those in memory."""

import random

import pytest
from libs.jobs.tests.suite_budget import STORE, Budgets, BudgetSuite
from tests.integration.database_access import Pool

from jobs.budget import Ask, Reading, Settlement
from jobs.budget_stores import MemoryBudget, PostgresBudget
from jobs.postgres import MIGRATIONS, PostgresJobs
from runtime.clock import monotonic, utc_now

_SILENT = "UPDATE effects.reserved SET seen_at = seen_at - interval '2 minutes' WHERE holder = $1"
MIGRATED = [MIGRATIONS]


class TestPostgresBudget(BudgetSuite):
    """``libs/jobs/tests`` runs the suite in memory."""

    @pytest.fixture
    def budgets(self, pool: Pool) -> Budgets:
        return Budgets(
            lambda holder: PostgresBudget(pool, holder),
            PostgresJobs(pool, utc_now),
            lambda holder: pool.execute(_SILENT, holder),
        )

    async def test_both_stores_of_budgets_agree_step_by_step(self, pool: Pool) -> None:
        """Random settlements and asks; only the time between two steps differs, by milliseconds."""
        dice = random.Random(5)
        memory, postgres = MemoryBudget(monotonic), PostgresBudget(pool, "one")
        for _ in range(60):
            asks = [Ask(dice.choice([1, 11, 105]), dice.choice([0.3, 5])) for _ in range(3)]
            mine = await memory.reserve(STORE, [], asks)
            theirs = await postgres.reserve(STORE, [], asks)
            assert [p.granted for p in mine] == [p.granted for p in theirs]
            assert [p.wait_s for p in mine] == pytest.approx([p.wait_s for p in theirs], abs=0.3)
            settled_before = mine[0].settled
            assert settled_before == pytest.approx(theirs[0].settled)
            settled = [
                Settlement(ask.points, dice.uniform(0, ask.points), None)
                for ask, place in zip(asks, mine, strict=True)
                if place.granted
            ]
            if settled and dice.random() < 0.5:
                reading = Reading(dice.uniform(0, 500), 2_000, 100, 0.05, settled_before)
                settled[0] = Settlement(settled[0].reserved, settled[0].used, reading)
            await memory.reserve(STORE, settled, [])
            await postgres.reserve(STORE, settled, [])
