"""A process dies, or stands still, at every step: one order all the same."""

from datetime import timedelta
from typing import Any

import pytest
from tests.world import faults
from tests.world.shopify import Fault
from tests.world.writer import CREATE, LOOKUP, SEARCH

from shopify.refusals import RefusalKind


async def test_a_crash_between_intent_and_call_is_found_not_created(world: Any) -> None:
    world.shopify.faults[LOOKUP] = [faults.dies]
    await world.draft()
    await world.work()
    assert await world.names() == ["Draft", "Requested"]
    while (await world.names())[-1] == "Requested":
        await world.pass_time(timedelta(minutes=1))
        await world.work()
    failed = await world.last()
    assert failed.reason_code == "not_created"
    assert CREATE not in world.shopify.asked()
    assert world.shopify.asked()[-2:] == [LOOKUP, SEARCH]
    await world.work_until_settled()
    assert await world.made() == 1


@pytest.mark.parametrize("fault", [faults.dies, faults.dies_after])
async def test_a_crash_during_the_call_is_in_doubt(world: Any, fault: Fault) -> None:
    world.shopify.faults[CREATE] = [fault]
    await world.shopify.behave(lookup_lag_s=60)
    await world.draft()
    await world.work()
    (job,) = await world.jobs()
    assert job.in_doubt
    await world.work()
    assert await world.names() == ["Draft", "Requested"]
    await world.work_until_settled()
    assert (await world.names())[-1] == "Created"
    assert await world.made() == 1


async def test_a_crash_between_call_and_outcome_finds_the_order(world: Any) -> None:
    append = world.store.append

    async def dying(commands: Any) -> Any:
        from_fact = [c for c in commands if c.events[0].event.type_name().endswith("Created")]
        if from_fact:
            world.store.append = append
            raise SystemExit
        return await append(commands)

    world.store.append = dying
    await world.draft()
    with pytest.raises(SystemExit):
        await world.work()
    await world.process().restart()
    await world.work_until_settled()
    assert (await world.last()).outcome == "found"
    assert await world.made() == 1


async def test_a_crash_after_the_outcome_makes_no_second_attempt(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.refusing(RefusalKind.INVENTORY_CLAIM_FAILED)]
    await world.draft()
    (job,) = await world.job_store.claim(world.owner.id, ["create-order"], 1)
    await world.service.perform(job, world.owner.lease)
    await world.process().restart()
    await world.work_until_settled()
    assert await world.names() == ["Draft", "Requested", "Failed"]
    assert world.shopify.asked() == [LOOKUP, CREATE]


async def test_a_worker_that_lost_its_lease_writes_nothing(world: Any) -> None:
    await world.draft()

    async def paused(shop: Any, call: Any) -> Any:
        world.clock.stood_still_s += 60.0
        return await shop.answer(call)

    world.shopify.faults[LOOKUP] = [paused]
    assert await world.work() == []
    assert world.shopify.asked() == [LOOKUP]
    await world.process().restart()
    await world.work_until_settled()
    assert await world.made() == 1


async def test_a_crash_after_a_refusal_keeps_no_later_draft_waiting(world: Any) -> None:
    """The variant is gone: the job waits for another link, whose draft has a job of its own."""
    world.shopify.faults[CREATE] = 2 * [faults.refusing(RefusalKind.VARIANT_MISSING)]
    await world.draft()
    (job,) = await world.job_store.claim(world.owner.id, ["create-order"], 1)
    await world.service.perform(job, world.owner.lease)
    await world.process().restart()
    await world.work_until_settled()
    assert (await world.last()).reason_code == "variant_deleted"
    await world.draft(replaces=1)
    await world.work_until_settled()
    assert (await world.names())[-1] == "Created"
    assert await world.made() == 1
