"""Stores' budgets, in memory and on real PostgreSQL: shared by processes, obeyed by claims."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID, uuid5

import asyncpg
import pytest

from devstack.databases import Database
from jobs import (
    MIGRATIONS,
    Ask,
    Budget,
    JobStore,
    MemoryBudget,
    MemoryJobs,
    NewJob,
    PostgresBudget,
    PostgresJobs,
    Reading,
    Settlement,
)
from runtime.clock import monotonic, utc_now
from runtime.migrations import migrate

STORE = "harbor-and-pine.myshopify.com"
FULL = Reading(2_000, 2_000, 100, 0.0, 0.0)
SPACE = UUID(int=7)
_SILENT = "UPDATE effects.reserved SET seen_at = seen_at - interval '2 minutes' WHERE holder = $1"
Pool: TypeAlias = "asyncpg.Pool[asyncpg.Record]"


@dataclass
class Budgets:
    """The budgets of stores, and the jobs that keep to them.

    ``fall_silent``: two minutes go by in which nothing is heard of this process.
    """

    of: Callable[[str], Budget]
    job_store: JobStore
    fall_silent: Callable[[str], Awaitable[object]]


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    await migrate(database.admin_dsn, [MIGRATIONS])
    async with asyncpg.create_pool(database.app_dsn, min_size=1, max_size=8) as pool:
        yield pool


def in_memory() -> Budgets:
    began = monotonic()
    shared = MemoryBudget(monotonic)

    async def fall_silent(holder: str) -> None:
        for bucket in shared._buckets.values():
            bucket.reserved[holder].seen_at = began - 120

    return Budgets(shared.shared_with, MemoryJobs(utc_now, shared), fall_silent)


def on_postgres(pool: Pool) -> Budgets:
    return Budgets(
        lambda holder: PostgresBudget(pool, holder),
        PostgresJobs(pool, utc_now),
        lambda holder: pool.execute(_SILENT, holder),
    )


@pytest.fixture(params=["memory", "postgres"])
def budgets(request: pytest.FixtureRequest) -> Budgets:
    is_memory = request.param == "memory"
    return in_memory() if is_memory else on_postgres(request.getfixturevalue("pool"))


@pytest.fixture
def budget(budgets: Budgets) -> Budget:
    return budgets.of("one")


async def fill(budget: Budget, reading: Reading = FULL) -> None:
    await budget.reserve(STORE, [], [Ask(1, 10)])
    await budget.reserve(STORE, [Settlement(1, 1, reading)], [])


async def test_an_unknown_store_is_begun_with_slowly(budget: Budget) -> None:
    (first, second) = await budget.reserve(STORE, [], [Ask(11, 0.2), Ask(11, 0.2)])
    assert first.granted
    assert first.wait_s == pytest.approx(11 / 50, abs=0.05)
    assert not second.granted


async def test_a_known_bucket_is_used_at_once(budget: Budget) -> None:
    await fill(budget)
    places = await budget.reserve(STORE, [], [Ask(11, 0.2)] * 150)
    assert all(place.granted and place.wait_s == 0 for place in places)


async def test_what_was_not_used_is_given_back(budget: Budget) -> None:
    await fill(budget)
    await budget.reserve(STORE, [], [Ask(1_900, 0.2)])
    await budget.reserve(STORE, [Settlement(1_900, 0)], [])
    (place,) = await budget.reserve(STORE, [], [Ask(1_900, 0.2)])
    assert place.wait_s == 0


async def test_calls_under_way_are_taken_off_what_an_answer_says(budget: Budget) -> None:
    await fill(budget)
    (place,) = await budget.reserve(STORE, [], [Ask(1_500, 0.2)])
    reading = Reading(2_000, 2_000, 100, 0.0, place.settled)
    await budget.reserve(STORE, [], [Ask(1, 9)])
    await budget.reserve(STORE, [Settlement(1, 1, reading)], [])
    (other,) = await budget.reserve(STORE, [], [Ask(600, 0.2)])
    assert other.wait_s == pytest.approx(1.0, abs=0.3)


async def test_a_limit_of_orders_holds_up_only_orders(budget: Budget) -> None:
    await fill(budget)
    await budget.reserve(STORE, [Settlement(0, 0, order_limit_met=True)], [])
    order, other = await budget.reserve(STORE, [], [Ask(11, 1, creates_order=True), Ask(11, 1)])
    assert not order.granted
    assert order.wait_s == pytest.approx(61, abs=1)
    assert other.granted


async def test_processes_share_one_budget(budgets: Budgets) -> None:
    one, other = budgets.of("one"), budgets.of("other")
    await fill(one)
    places = await asyncio.gather(
        *(each.reserve(STORE, [], [Ask(100, 0.05)] * 20) for each in (one, other))
    )
    waits = sorted(place.wait_s for two in places for place in two if place.granted)
    assert waits[18] == 0  # of 2,000 points
    assert sum(place.granted for two in places for place in two) <= 22


async def test_what_a_dead_process_held_counts_as_used_after_a_minute(budgets: Budgets) -> None:
    dead, alive = budgets.of("dead"), budgets.of("alive")
    await fill(alive)
    await dead.reserve(STORE, [], [Ask(1_000, 1)])
    (before,) = await alive.reserve(STORE, [], [Ask(0, 9)])
    await budgets.fall_silent("dead")
    (after,) = await alive.reserve(STORE, [], [Ask(0, 9)])
    assert after.settled == before.settled + 1_000
    reading = Reading(2_000, 2_000, 100, 0.0, after.settled)
    await alive.reserve(STORE, [Settlement(0, 0, reading)], [])
    (place,) = await alive.reserve(STORE, [], [Ask(1_990, 1)])
    assert place.wait_s == 0


async def test_both_stores_of_budgets_agree_step_by_step(pool: Pool) -> None:
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


def jobs(count: int, lane: str, store: str = STORE, begin: int = 0) -> list[NewJob]:
    return [
        NewJob(
            uuid5(SPACE, f"{store}{lane}{n}"),
            f"order-{store}-{lane}{n}",
            1,
            store,
            "create-order",
            utc_now() - timedelta(hours=1),
            "bulk" if lane == "bulk" else "live",
        )
        for n in range(begin, begin + count)
    ]


async def test_bulk_is_claimed_only_as_far_as_the_budget_serves(
    budgets: Budgets, budget: Budget
) -> None:
    job_store = budgets.job_store
    await fill(budget, Reading(0, 2_000, 100, 0.0, 0.0))
    await job_store.enqueue([*jobs(200, "bulk"), *jobs(3, "live")])
    claimed = await job_store.claim("me", ["create-order"], 64)
    assert sum(job.lane == "live" for job in claimed) == 3
    assert 1 <= sum(job.lane == "bulk" for job in claimed) <= 14
    again = await job_store.claim("me", ["create-order"], 64)
    assert len(again) <= 4


async def test_a_store_with_much_to_do_leaves_places_to_the_others(budgets: Budgets) -> None:
    job_store = budgets.job_store
    await job_store.enqueue([*jobs(500, "bulk"), *jobs(4, "bulk", "small.myshopify.com")])
    claimed = await job_store.claim("me", ["create-order"], 16)
    assert len(claimed) == 16
    assert sum(job.store == "small.myshopify.com" for job in claimed) >= 1


async def test_a_held_kind_is_not_claimed_and_other_stores_are(
    budgets: Budgets, budget: Budget
) -> None:
    job_store = budgets.job_store
    await job_store.enqueue([*jobs(5, "live"), *jobs(5, "live", "other.myshopify.com")])
    await budget.hold(STORE, "create-order", utc_now() + timedelta(minutes=1))
    claimed = await job_store.claim("me", ["create-order"], 16)
    assert {job.store for job in claimed} == {"other.myshopify.com"}


async def test_a_held_kind_stays_held_until_the_latest_word(
    budgets: Budgets, budget: Budget
) -> None:
    await budgets.job_store.enqueue(jobs(1, "live"))
    await budget.hold(STORE, "create-order", utc_now() + timedelta(minutes=1))
    await budgets.of("other").hold(STORE, "create-order", utc_now() - timedelta(minutes=1))
    assert await budgets.job_store.claim("me", ["create-order"], 1) == ()
