"""What the store of budgets promises, and claims obey: one suite for memory and PostgreSQL."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from uuid import UUID, uuid5

import pytest

from jobs.budget import Ask, Budget, Reading, Settlement
from jobs.interface import JobStore
from jobs.job import NewJob
from runtime.clock import utc_now

STORE = "harbor-and-pine.myshopify.com"
FULL = Reading(2_000, 2_000, 100, 0.0, 0.0)
SPACE = UUID(int=7)


@dataclass
class Budgets:
    """The budgets of stores, and the jobs that keep to them.

    ``fall_silent``: two minutes go by in which nothing is heard of this process.
    """

    of: Callable[[str], Budget]
    job_store: JobStore
    fall_silent: Callable[[str], Awaitable[object]]

    @cached_property
    def one(self) -> Budget:
        return self.of("one")


async def fill(budget: Budget, reading: Reading = FULL) -> None:
    await budget.reserve(STORE, [], [Ask(1, 10)])
    await budget.reserve(STORE, [Settlement(1, 1, reading)], [])


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


class BudgetSuite:
    """A subclass brings the fixture ``budgets``."""

    async def test_an_unknown_store_is_begun_with_slowly(self, budgets: Budgets) -> None:
        (first, second) = await budgets.one.reserve(STORE, [], [Ask(11, 0.2), Ask(11, 0.2)])
        assert first.granted
        assert first.wait_s == pytest.approx(11 / 50, abs=0.05)
        assert not second.granted

    async def test_a_known_bucket_is_used_at_once(self, budgets: Budgets) -> None:
        await fill(budgets.one)
        places = await budgets.one.reserve(STORE, [], [Ask(11, 0.2)] * 150)
        assert all(place.granted and place.wait_s == 0 for place in places)

    async def test_what_was_not_used_is_given_back(self, budgets: Budgets) -> None:
        await fill(budgets.one)
        await budgets.one.reserve(STORE, [], [Ask(1_900, 0.2)])
        await budgets.one.reserve(STORE, [Settlement(1_900, 0)], [])
        (place,) = await budgets.one.reserve(STORE, [], [Ask(1_900, 0.2)])
        assert place.wait_s == 0

    async def test_calls_under_way_are_taken_off_what_an_answer_says(
        self, budgets: Budgets
    ) -> None:
        await fill(budgets.one)
        (place,) = await budgets.one.reserve(STORE, [], [Ask(1_500, 0.2)])
        reading = Reading(2_000, 2_000, 100, 0.0, place.settled)
        await budgets.one.reserve(STORE, [], [Ask(1, 9)])
        await budgets.one.reserve(STORE, [Settlement(1, 1, reading)], [])
        (other,) = await budgets.one.reserve(STORE, [], [Ask(600, 0.2)])
        assert other.wait_s == pytest.approx(1.0, abs=0.3)

    async def test_a_limit_of_orders_holds_up_only_orders(self, budgets: Budgets) -> None:
        await fill(budgets.one)
        await budgets.one.reserve(STORE, [Settlement(0, 0, order_limit_met=True)], [])
        order, other = await budgets.one.reserve(
            STORE, [], [Ask(11, 1, creates_order=True), Ask(11, 1)]
        )
        assert not order.granted
        assert order.wait_s == pytest.approx(61, abs=1)
        assert other.granted

    async def test_processes_share_one_budget(self, budgets: Budgets) -> None:
        one, other = budgets.of("one"), budgets.of("other")
        await fill(one)
        places = await asyncio.gather(
            *(each.reserve(STORE, [], [Ask(100, 0.05)] * 20) for each in (one, other))
        )
        waits = sorted(place.wait_s for two in places for place in two if place.granted)
        assert waits[18] == 0  # of 2,000 points
        assert sum(place.granted for two in places for place in two) <= 22

    async def test_what_a_dead_process_held_counts_as_used_after_a_minute(
        self, budgets: Budgets
    ) -> None:
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

    async def test_what_a_dead_process_had_settled_counts_once(self, budgets: Budgets) -> None:
        dead, alive = budgets.of("dead"), budgets.of("alive")
        await fill(alive)
        await dead.reserve(STORE, [], [Ask(1_000, 1)])
        (before,) = await dead.reserve(STORE, [Settlement(1_000, 400)], [Ask(0, 9)])
        await budgets.fall_silent("dead")
        (after,) = await alive.reserve(STORE, [], [Ask(0, 9)])
        assert after.settled == before.settled

    async def test_what_was_settled_is_given_back_once(self, budgets: Budgets) -> None:
        await fill(budgets.one)
        await budgets.one.reserve(STORE, [], [Ask(1_900, 0.2)])
        await budgets.one.reserve(STORE, [Settlement(1_000, 1_000), Settlement(1_900, 0)], [])
        (place,) = await budgets.one.reserve(STORE, [], [Ask(1_900, 9)])
        assert place.wait_s == pytest.approx(9, abs=0.3)

    async def test_bulk_is_claimed_only_as_far_as_the_budget_serves(self, budgets: Budgets) -> None:
        job_store = budgets.job_store
        await fill(budgets.one, Reading(0, 2_000, 100, 0.0, 0.0))
        await job_store.enqueue([*jobs(200, "bulk"), *jobs(3, "live")])
        claimed = await job_store.claim("me", ["create-order"], 64)
        assert sum(job.lane == "live" for job in claimed) == 3
        assert 1 <= sum(job.lane == "bulk" for job in claimed) <= 14
        again = await job_store.claim("me", ["create-order"], 64)
        assert len(again) <= 4

    async def test_a_store_with_much_to_do_leaves_places_to_the_others(
        self, budgets: Budgets
    ) -> None:
        job_store = budgets.job_store
        await job_store.enqueue([*jobs(500, "bulk"), *jobs(4, "bulk", "small.myshopify.com")])
        claimed = await job_store.claim("me", ["create-order"], 16)
        assert len(claimed) == 16
        assert sum(job.store == "small.myshopify.com" for job in claimed) >= 1

    async def test_a_held_kind_is_not_claimed_and_other_stores_are(self, budgets: Budgets) -> None:
        job_store = budgets.job_store
        await job_store.enqueue([*jobs(5, "live"), *jobs(5, "live", "other.myshopify.com")])
        await budgets.one.hold(STORE, "create-order", utc_now() + timedelta(minutes=1))
        claimed = await job_store.claim("me", ["create-order"], 16)
        assert {job.store for job in claimed} == {"other.myshopify.com"}

    async def test_a_held_kind_stays_held_until_the_latest_word(self, budgets: Budgets) -> None:
        await budgets.job_store.enqueue(jobs(1, "live"))
        await budgets.one.hold(STORE, "create-order", utc_now() + timedelta(minutes=1))
        await budgets.of("other").hold(STORE, "create-order", utc_now() - timedelta(minutes=1))
        assert await budgets.job_store.claim("me", ["create-order"], 1) == ()
