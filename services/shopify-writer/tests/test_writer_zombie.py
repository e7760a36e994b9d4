"""A worker that lost its job: what it still believes, sends and says decides nothing."""

from datetime import timedelta
from typing import Any

import pytest
from tests.world import faults
from tests.world.story import created
from tests.world.writer import CREATE, LOOKUP, SEARCH

from jobs.job import Job, JobLost
from jobs.outcomes import settle
from lifecycle import order as orders
from runtime.session import Lease, LeaseLost

Wakes = Any


class Zombie:
    """It claimed a job, stood still, and its job was given to another."""

    def __init__(self, world: Any, job: Job) -> None:
        self._world = world
        self._job = job
        self._lease: Lease = world.owner.lease
        self._perform = world.service.perform

    @classmethod
    async def rises(cls, world: Any) -> "Zombie":
        """The world's worker claims the job of a draft and stands still; another takes over."""
        await world.draft()
        (job,) = await world.job_store.claim(world.owner.id, world.service.kinds, 1)
        zombie = cls(world, job)
        await world.process().restart()
        return zombie

    async def wakes(self) -> None:
        """It goes on where it stood, and does not get to say what became of the job."""
        try:
            outcome = await self._perform(self._job, self._lease)
        except (JobLost, LeaseLost):
            return
        with pytest.raises(JobLost):
            await settle(self._world.job_store, self._job, outcome)


async def not_created(world: Any) -> list[Any]:
    """Each conclusion that the order is not there: so long after the newest request."""
    waited, requested_at = [], None
    for said in await world.history():
        if said.name == "ShopifyOrderRequested":
            requested_at = said.recorded_at
        elif getattr(said.event, "reason_code", "") == "not_created":
            waited.append(said.recorded_at - requested_at)
    return waited


@pytest.mark.parametrize("unique", ["refuse", "drop"])
@pytest.mark.parametrize("wakes_at", ["in flight", "in doubt", "never"])
async def test_a_worker_that_lost_its_job_does_not_end_the_doubt_of_its_successor(
    world: Any, wakes_at: str, unique: str
) -> None:
    await world.shopify.behave(unique_metafield=unique)
    zombie = await Zombie.rises(world)

    async def late(shop: Any, call: Any) -> Any:
        if wakes_at == "in flight":
            await zombie.wakes()
        return await faults.late(shop, call)

    world.shopify.faults[CREATE] = [late]
    await world.work()
    if wakes_at == "in doubt":
        await zombie.wakes()
    await world.work_until_settled()
    assert await world.made() == 1
    assert await not_created(world) == []


async def test_absence_is_counted_from_the_newest_request_whoever_asks(world: Any) -> None:
    """The worker dies before it announces its request: its job is not in doubt, its order is."""
    world.shopify.faults[LOOKUP] = [faults.dies]
    await world.draft()
    await world.work()
    assert [job.in_doubt for job in await world.jobs()] == [False]
    await world.work_until_settled()
    (waited,) = await not_created(world)
    assert waited >= 2 * faults.DEADLINE + world.doubts.absent_after
    assert await world.made() == 1


@pytest.mark.parametrize("slow", ["the look-up", "the announcement", "a refused call"])
async def test_a_create_that_is_late_after_its_request_is_not_sent(
    world: Any, slow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    announce = world.job_store.sending

    async def looking(shop: Any, call: Any) -> Any:
        await world.pass_time(faults.DEADLINE)
        return await shop.answer(call)

    async def refusing(shop: Any, call: Any) -> Any:
        await world.pass_time(faults.DEADLINE)
        return await faults.throttled(shop, call)

    async def announcing(job: Job) -> None:
        monkeypatch.undo()
        await world.pass_time(faults.DEADLINE)
        await announce(job)

    if slow == "the look-up":
        world.shopify.faults[LOOKUP] = [looking]
    elif slow == "a refused call":
        world.shopify.faults[CREATE] = [refusing]
    else:
        monkeypatch.setattr(world.job_store, "sending", announcing)
    await world.draft()
    await world.work()
    assert await world.made() == 0
    failed = await world.last()
    assert (failed.reason_code, failed.attempt) == ("not_sent_in_time", 1)
    assert failed.next_attempt_at is not None
    assert not any(job.in_doubt for job in await world.jobs())
    await world.work_until_settled()
    assert await world.made() == 1


async def test_what_a_lost_worker_was_refused_does_not_end_its_successors_request(
    world: Any,
) -> None:
    """Its look-up is answered when another has believed absence and has a create of its own out."""
    await world.draft()

    async def stands_still(shop: Any, call: Any) -> Any:
        await world.process().restart()
        for minutes in (7, 1):
            await world.pass_time(timedelta(minutes=minutes))
            await world.work()
        assert await world.names() == ["Draft", "Requested", "Failed", "Requested"]
        return await faults.trouble(shop, call)

    world.shopify.faults = {LOOKUP: [stands_still], CREATE: [faults.dies_late]}
    (job,) = await world.job_store.claim(world.owner.id, world.service.kinds, 1)
    await Zombie(world, job).wakes()
    assert (await world.names())[-1] == "Requested"
    await world.work_until_settled()
    assert await world.made() == 1


async def test_a_job_given_up_for_contention_keeps_its_doubt(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.shopify.faults[CREATE] = [faults.late]
    await world.draft()
    await world.work()

    async def nothing(*_: object) -> None:
        return None

    monkeypatch.setattr("shopify_writer.creation.attempt.Writer._step", nothing)
    await world.pass_time(timedelta(seconds=3))
    await world.work()
    assert [job.in_doubt for job in await world.jobs()] == [True]


@pytest.mark.parametrize("holds", [False, True], ids=["its lease is over", "its lease holds"])
async def test_absence_is_concluded_by_nobody_who_lost_the_job(world: Any, *, holds: bool) -> None:
    """Its session may end at the server before its lease does, where the server is told to."""
    world.shopify.faults[CREATE] = [faults.lost_before]
    await world.draft()
    await world.work()
    await world.pass_time(timedelta(minutes=8))
    (job,) = await world.job_store.claim(world.owner.id, world.service.kinds, 1)
    perform, lease = world.service.perform, world.owner.lease
    await world.process().restart()
    with pytest.raises((JobLost, LeaseLost)):
        await perform(job, world.owner.lease if holds else lease)
    assert (await world.names())[-1] == "Requested"
    await world.work_until_settled()
    assert await world.made() == 1


async def test_absence_is_not_concluded_on_a_stream_that_moved_on(world: Any) -> None:
    """Somebody records that it stands, between the search that found nothing and the conclusion."""
    world.shopify.faults[CREATE] = [faults.lost_before]
    await world.draft()
    await world.work()

    async def search(shop: Any, call: Any) -> Any:
        answer = await shop.answer(call)
        (requested,) = [at for at in await world.history() if at.name == "ShopifyOrderRequested"]
        await world.say(requested.event.model_copy(update={"attempt": 2, "idempotency_key": "b"}))
        return answer

    world.shopify.faults[SEARCH] = [search]
    await world.pass_time(timedelta(minutes=8))
    await world.work()
    assert (await world.names())[-1] == "Requested"


async def test_what_a_lost_worker_made_beside_an_order_that_stands_is_told_as_its_double(
    world: Any,
) -> None:
    async def beside_another(shop: Any, call: Any) -> Any:
        answer = await shop.answer(call)
        await world.say(created("gid://shopify/Order/1"))
        return answer

    world.shopify.faults[CREATE] = [beside_another]
    await world.draft()
    await world.work()
    order = orders.fold(await world.history())
    assert order.created is not None
    assert order.created.event.shopify_order_id == "gid://shopify/Order/1"
    (made,) = await world.shopify.orders()
    double = await world.last()
    assert (double.reason_code, double.content) == ("doubled_in_shopify", made["order"]["id"])
