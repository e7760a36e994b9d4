"""The exactly-once campaign: writers on one queue, struck at every step, with a bad Shopify.

Bounded here; `make faults` sets EXACTLY_ONCE_ORDERS and runs it long. FAULTS_SEED repeats a run.
"""

import os
import random
import sys
from dataclasses import replace

import pytest
from tests.campaign import faults
from tests.campaign.campaign import Plan, run
from tests.campaign.judge import Verdict
from tests.campaign.settings import Chances
from tests.system.simulator_process import running_simulator

from devstack.databases import Database

ORDERS = int(os.environ.get("EXACTLY_ONCE_ORDERS", "100"))
IS_LONG = "EXACTLY_ONCE_ORDERS" in os.environ
ZOMBIES = Chances(stop=0.3)
PLANS = {
    "retry_on_timeout": Plan(0, 12, writers=2, faults=faults.LOST_ANSWERS),
    "no_lookup": Plan(0, 12, writers=2, faults=faults.LOST_ANSWERS),
    "lease_not_checked": Plan(
        0,
        16,
        writers=3,
        chances=Chances(stop=1.0),
        only_at="bytes of order_create",
        only_first=True,
    ),
    "error_means_absent": Plan(0, 12, writers=2, faults=faults.BLIND),
    "absence_believed_at_once": Plan(0, 12, writers=2, faults=faults.LATE_COMMITS),
    "absence_counted_from_ones_own_job": Plan(
        0, 24, chances=ZOMBIES, only_at="after claim", faults=faults.LATE_COMMITS
    ),
    "sent_after_its_deadline": Plan(
        0,
        12,
        writers=2,
        chances=Chances(nap=0.5),
        only_at="after sending",
        faults=faults.LATE_COMMITS,
    ),
    "absence_concluded_by_anybody": Plan(
        0,
        16,
        chances=Chances(stop=0.5),
        only_at="before failed",
        faults=faults.UNHEARD,
        paused_s=(3.5, 5.5),
    ),
    "passed_on_by_time": Plan(0, 12, writers=2, faults=faults.SLOW_CREATES),
}
"""Per planted bug the days on which it shows."""


async def judged(plan: Plan, database: Database) -> Verdict:
    async with running_simulator("shopify") as url:
        verdict = await run(plan, database, url)
    sys.stdout.write(f"{verdict}\n")
    return verdict


@pytest.mark.parametrize("unique_metafield", ["refuse", "drop"])
async def test_every_order_stands_exactly_once_whatever_happens(
    database: Database, dice: random.Random, unique_metafield: str
) -> None:
    plan = Plan(
        seed=dice.randrange(10**6),
        orders=ORDERS,
        unique_metafield=unique_metafield,
        chances=Chances(kill=0.006, stop=0.003, nap=0.002),
        faults=faults.EVERYTHING,
        limit_s=300 + 2 * ORDERS,
    )
    verdict = await judged(plan, database)
    assert verdict.is_exact, verdict
    assert verdict.kills >= (20 if IS_LONG else 1)


@pytest.mark.parametrize("unique_metafield", ["refuse", "drop"])
async def test_writers_that_lost_their_jobs_decide_nothing(
    database: Database, dice: random.Random, unique_metafield: str
) -> None:
    """Aimed: they stand still between the claim and the first look at their orders."""
    plan = Plan(
        seed=dice.randrange(10**6),
        orders=ORDERS // 4,
        unique_metafield=unique_metafield,
        chances=ZOMBIES,
        only_at="after claim",
        faults=faults.LATE_COMMITS,
        limit_s=300 + 2 * ORDERS,
    )
    verdict = await judged(plan, database)
    assert verdict.is_exact, verdict
    assert verdict.stops >= 1


@pytest.mark.parametrize("plant", PLANS)
async def test_a_planted_bug_is_found(database: Database, dice: random.Random, plant: str) -> None:
    plan = replace(PLANS[plant], seed=dice.randrange(10**6), plant=plant, limit_s=240)
    verdict = await judged(plan, database)
    assert verdict.doubled or verdict.believed_early, verdict


@pytest.mark.long
@pytest.mark.parametrize("day", PLANS)
async def test_the_same_day_without_the_bug_doubles_nothing(
    database: Database, dice: random.Random, day: str
) -> None:
    plan = replace(PLANS[day], seed=dice.randrange(10**6), limit_s=120)
    verdict = await judged(plan, database)
    assert not verdict.is_wrong, verdict
