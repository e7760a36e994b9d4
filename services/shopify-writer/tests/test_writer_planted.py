"""Bugs that this service must not have: each, planted, makes doubles or losses that are found."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.world import faults
from tests.world.writer import CREATE, LOOKUP, SEARCH

from jobs.job import Job
from jobs.outcomes import Finished
from shopify.answers import Unclear
from shopify_jobs.doubts import Doubts
from shopify_writer import domain
from shopify_writer.creation import attempt, lookup, once, order_create

Plant = Callable[[Any, pytest.MonkeyPatch], None]


async def campaign(world: Any) -> list[str]:
    """One order for each way of losing an answer; the orders that do not stand exactly once."""
    fates = {
        "1": (faults.lost_after, None),
        "2": (faults.late, None),
        "3": (faults.lost_after, faults.trouble),
        "4": (faults.lost_before, None),
        "5": (faults.dies_after, None),
        "6": (faults.dies, faults.trouble),
        "7": (None, None),
    }
    await world.shopify.behave(lookup_lag_s=20, search_lag_s=40)
    for order_id, (creating, looking) in fates.items():
        world.shopify.faults[CREATE] = [creating]
        recorded = await world.draft(order_id=order_id)
        await world.work()
        if looking:
            world.shopify.faults |= {LOOKUP: [looking] * 6, SEARCH: [looking] * 2}
        await world.redeliver(recorded)
        await world.work_until_settled()
        await world.job_store.purge_done(world.now)
        await world.redeliver(recorded)
        await world.work_until_settled()
    return [
        order_id
        for order_id in fates
        if await world.made(order_id) != 1 or (await world.names(order_id))[-1] != "Created"
    ]


def retries_on_time_out(world: Any, patch: pytest.MonkeyPatch) -> None:
    execute = world.shopify.execute

    async def twice(store: str, what: str, variables: Any, *, guard: Any = None) -> Any:
        answer = await execute(store, what, variables, guard=guard)
        if what == CREATE and isinstance(answer, Unclear):
            return await execute(store, what, variables, guard=guard)
        return answer

    patch.setattr(world.shopify, "execute", twice)


def never_looks_up(world: Any, patch: pytest.MonkeyPatch) -> None:
    async def blind(*_: object) -> lookup.Absent:
        return lookup.Absent()

    patch.setattr(lookup, "by_id", blind)
    patch.setattr(lookup, "by_search", blind)


def takes_an_error_for_absence(world: Any, patch: pytest.MonkeyPatch) -> None:
    by_id, by_search = lookup.by_id, lookup.by_search

    def gullible(look: Any) -> Any:
        async def asked(*arguments: Any) -> Any:
            found = await look(*arguments)
            return lookup.Absent() if isinstance(found, lookup.NotAnswered) else found

        return asked

    patch.setattr(lookup, "by_id", gullible(by_id))
    patch.setattr(lookup, "by_search", gullible(by_search))


def believes_absence_at_once(world: Any, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Doubts, "settled_after", timedelta(0))


def attempts_what_is_in_flight(world: Any, patch: pytest.MonkeyPatch) -> None:
    def forgetful(order: Any, shop: Any, now: Any) -> Any:
        step = domain.next_step(order, shop, now)
        if isinstance(step, domain.Resolve) and order.live_draft is not None:
            return domain.Attempt(order.live_draft, domain.attempts(order) + 1)
        return step

    class Forgetful:
        next_step = staticmethod(forgetful)

        def __getattr__(self, name: str) -> Any:
            return getattr(domain, name)

    patch.setattr(attempt, "domain", Forgetful())


def gives_up_after_a_lost_answer(world: Any, patch: pytest.MonkeyPatch) -> None:
    async def resigned(*_: object) -> Finished:
        return Finished()

    patch.setattr(attempt.Writer, "_resolve", resigned)


def counts_absence_from_its_own_snapshot(world: Any, patch: pytest.MonkeyPatch) -> None:
    def snapshot(doubts: Doubts, announced_at: datetime, job: Job) -> timedelta:
        if job.in_doubt_since is None or job.claimed_at is None:
            return timedelta()
        return max(timedelta(), job.in_doubt_since + doubts.settled_after - job.claimed_at)

    patch.setattr(Doubts, "absent_in", snapshot)
    patch.setattr(world.job_store, "sending", forgetting)


async def forgetting(job: object) -> None:
    """The announcement of a request is lost: a failover of the database forgot it."""


@pytest.mark.parametrize("unique", [True, False], ids=["unique", "not unique"])
async def test_without_a_planted_bug_every_order_stands_exactly_once(
    world: Any, unique: bool
) -> None:
    await world.shopify.behave(unique_metafield="refuse" if unique else "drop")
    assert await campaign(world) == []


async def test_an_announcement_that_the_database_forgot_doubles_nothing(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which request may still be carried out is what the stream says, not the job."""
    monkeypatch.setattr(world.job_store, "sending", forgetting)
    assert await campaign(world) == []


@pytest.mark.parametrize(
    "plant",
    [
        retries_on_time_out,
        never_looks_up,
        takes_an_error_for_absence,
        believes_absence_at_once,
        attempts_what_is_in_flight,
        gives_up_after_a_lost_answer,
        counts_absence_from_its_own_snapshot,
    ],
    ids=lambda plant: plant.__name__,
)
async def test_a_planted_bug_is_found(
    world: Any, monkeypatch: pytest.MonkeyPatch, plant: Plant
) -> None:
    plant(world, monkeypatch)
    assert await campaign(world) != []


@pytest.mark.parametrize("is_checked", [True, False], ids=["checked", "not checked"])
async def test_a_lease_that_is_not_checked_where_the_bytes_are_written_is_found(
    world: Any, monkeypatch: pytest.MonkeyPatch, is_checked: bool
) -> None:
    """A worker is paused past its lease just before it writes; it must write nothing."""
    create = order_create.create_order

    async def paused(shop: Any, call: Any) -> Any:
        world.clock.stood_still_s += 60.0
        return await shop.answer(call)

    async def unguarded(shopify: Any, wanted: Any, guard: Any) -> Any:
        return await create(shopify, wanted, lambda: None)

    if not is_checked:
        monkeypatch.setattr(once, "create_order", unguarded)
    world.shopify.faults[LOOKUP] = [paused]
    await world.draft()
    await world.work()
    assert await world.made() == (0 if is_checked else 1)
