"""Of several drafts the newest is attempted, once, and none while another is in doubt."""

from datetime import timedelta
from typing import Any

import pytest
from tests.world import faults
from tests.world.story import IDS, connected
from tests.world.writer import CREATE, LOOKUP, SYNC, a_draft

from jobs.outcomes import Retry
from ordersync_contracts import events
from shopify.refusals import RefusalKind


async def test_a_withdrawn_draft_is_never_attempted(world: Any) -> None:
    (recorded,) = await world.say((await world.draft()).event)
    await world.say(
        events.ShopifyOrderDraftWithdrawn(**IDS, draft_version=2, reason_code="automatic_sync_off")
    )
    await world.redeliver(recorded)
    await world.work_until_settled()
    assert (world.shopify.asked(), await world.made()) == ([], 0)


async def test_of_two_drafts_the_newest_is_created_and_once(world: Any) -> None:
    await world.draft(tags=("old",))
    await world.draft(tags=("new",), replaces=1)
    await world.work_until_settled()
    (made,) = await world.inputs()
    assert made["tags"] == ["new"]
    assert world.shopify.asked() == [LOOKUP, CREATE]


async def test_a_draft_decided_between_reading_and_intending_is_the_one_attempted(
    world: Any,
) -> None:
    first = await world.draft(tags=("old",))
    append = world.store.append

    async def race(commands: Any) -> Any:
        world.store.append = append
        await world.say(first.event.model_copy(update={"tags": ("new",), "replaces": 1}))
        return await append(commands)

    world.store.append = race
    await world.work()
    (made,) = await world.inputs()
    assert made["tags"] == ["new"]
    assert await world.names() == ["Draft", "Draft", "Requested", "Created"]


async def test_while_in_doubt_a_newer_draft_waits_and_then_the_order_is_found(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.lost_after]
    await world.draft(tags=("old",))
    await world.work()
    await world.draft(tags=("new",), replaces=1)
    await world.work_until_settled()
    assert [made["tags"] for made in await world.inputs()] == [["old"]]
    assert (await world.names())[-1] == "Created"


async def test_a_person_s_sync_does_not_wait_for_the_next_attempt_by_the_clock(world: Any) -> None:
    world.shopify.faults[LOOKUP] = [faults.trouble]
    recorded = await world.draft()
    (outcome,) = await world.work()
    assert isinstance(outcome, Retry)
    await world.say(SYNC)
    (again,) = await world.say(recorded.event.model_copy(update={"replaces": 1}))
    await world.redeliver(again)
    await world.work()
    assert await world.made() == 1
    await world.work_until_settled()
    assert world.shopify.asked() == [LOOKUP, LOOKUP, CREATE]


@pytest.mark.parametrize("is_lost", [False, True], ids=["heard", "lost in Kafka"])
async def test_a_draft_that_came_while_an_older_one_was_refused_is_attempted(
    world: Any, is_lost: bool
) -> None:
    refusal = faults.refusing(RefusalKind.INVENTORY_CLAIM_FAILED, code="INVENTORY_CLAIM_FAILED")

    async def while_refused(shop: Any, call: Any) -> Any:
        await world.say(a_draft(tags=("new",), replaces=1))
        await (world.lose() if is_lost else world.hear())
        return await refusal(shop, call)

    world.shopify.faults[CREATE] = [while_refused]
    await world.draft(tags=("old",))
    await world.work()
    await world.pass_time(timedelta(minutes=10))
    await world.process().round("missed")
    assert [job.version for job in await world.jobs()] == [1, 3]
    await world.work_until_settled()
    assert [made["tags"] for made in await world.inputs()] == [["new"]]


async def test_a_job_that_attempts_a_newer_draft_records_its_failures_too(world: Any) -> None:
    world.shopify.faults[LOOKUP] = [faults.trouble] * 2
    recorded = await world.draft()
    await world.work()
    await world.say(
        SYNC,
        recorded.event.model_copy(update={"replaces": 1}),
    )
    await world.work_until_settled()
    attempts = [
        (said.event.draft_version, said.event.attempt)
        for said in await world.history()
        if said.name.endswith("Failed")
    ]
    assert attempts == [(1, 1), (5, 1)]
    assert await world.made() == 1


async def test_an_order_in_doubt_in_one_store_is_not_attempted_in_another(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.lost_before]
    await world.draft()
    await world.work()
    moved = connected()[0].model_copy(update={"store": "another.myshopify.com"})
    await world.say(moved)
    await world.draft(store="another.myshopify.com", replaces=1)
    await world.work()
    assert await world.names() == ["Draft", "Requested", "Draft"]
