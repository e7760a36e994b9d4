"""An answer got lost: the order is looked up until its absence can be believed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.world import faults
from tests.world.shopify import created_at
from tests.world.story import ORDER_ID
from tests.world.writer import CREATE, LOOKUP, SEARCH, a_draft

from jobs.outcomes import InDoubt

SECOND = timedelta(seconds=1)


async def test_a_lost_answer_is_looked_up_and_the_order_found(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.lost_after]
    await world.draft()
    (outcome,) = await world.work()
    assert outcome == InDoubt(world.now + 2 * SECOND)
    assert await world.names() == ["Draft", "Requested"]
    await world.work_until_settled()
    assert world.shopify.asked() == [LOOKUP, CREATE, LOOKUP]
    assert (await world.last()).outcome == "found"
    assert await world.made() == 1


@pytest.mark.parametrize(("lag", "found_by"), [(0, LOOKUP), (1, SEARCH)])
async def test_an_order_that_is_found_says_when_shopify_has_it_processed(
    world: Any, lag: int, found_by: str
) -> None:
    await world.shopify.behave(lookup_lag_s=lag * 3600)
    world.shopify.faults[CREATE] = [faults.lost_after]
    await world.draft()
    await world.work_until_settled()
    assert world.shopify.asked()[-1] == found_by
    created = await world.last()
    assert created.outcome == "found"
    assert created.processed_at == a_draft().placed_at
    (shown,) = await world.shopify.orders()
    assert created.processed_at < created_at(shown)


async def test_absence_is_believed_only_after_its_time_and_when_search_says_so_too(
    world: Any,
) -> None:
    world.shopify.faults[CREATE] = [faults.lost_before]
    await world.draft()
    await world.work()
    doubted_at = world.now
    while (await world.names())[-1] == "Requested":
        assert SEARCH not in world.shopify.asked()
        world.now += 10 * SECOND
        await world.work()
    believed_after = world.now - doubted_at
    assert world.doubts.settled_after <= believed_after < world.doubts.settled_after * 1.6
    assert world.shopify.asked()[-2:] == [LOOKUP, SEARCH]
    failed = await world.last()
    assert (failed.reason_code, failed.attempt) == ("not_created", 1)
    assert failed.next_attempt_at > world.now
    await world.work_until_settled()
    assert await world.names() == ["Draft", "Requested", "Failed", "Requested", "Created"]
    assert await world.made() == 1


async def test_an_order_that_only_the_search_knows_is_found(world: Any) -> None:
    await world.shopify.behave(lookup_lag_s=3600)
    world.shopify.faults[CREATE] = [faults.lost_after]
    await world.draft()
    await world.work_until_settled()
    assert world.shopify.asked()[-1] == SEARCH
    assert (await world.last()).outcome == "found"
    assert await world.made() == 1


async def test_a_search_that_finds_another_order_finds_nothing(world: Any) -> None:
    async def similar(shop: Any, call: Any) -> Any:
        await world.place(f"{ORDER_ID}0")
        query = call.variables["query"].replace(ORDER_ID, f"{ORDER_ID}0")
        return await shop.answer(replace(call, variables={"query": query}))

    world.shopify.faults |= {CREATE: [faults.lost_before], SEARCH: [similar]}
    await world.draft()
    await world.work_until_settled()
    assert await world.names() == ["Draft", "Requested", "Failed", "Requested", "Created"]
    assert await world.made() == 1


async def test_an_order_that_is_made_late_is_found(world: Any) -> None:
    world.shopify.faults[CREATE] = [faults.late]
    await world.shopify.behave(search_lag_s=60)
    await world.draft()
    await world.work_until_settled()
    assert await world.names() == ["Draft", "Requested", "Created"]
    assert await world.made() == 1


@pytest.mark.parametrize("document", [LOOKUP, SEARCH])
async def test_a_lookup_that_fails_says_nothing_about_the_order(world: Any, document: str) -> None:
    await world.shopify.behave(lookup_lag_s=480)
    world.shopify.faults |= {CREATE: [faults.lost_after]}
    await world.draft()
    await world.work()
    world.shopify.faults[document] = [faults.trouble] * 3
    await world.work_until_settled()
    assert (await world.last()).outcome == "found"
    assert await world.made() == 1


async def test_while_shopify_is_down_a_doubt_is_not_looked_up_every_other_second(
    world: Any,
) -> None:
    world.shopify.faults[CREATE] = [faults.lost_before]
    await world.draft()
    await world.work()
    world.shopify.faults[LOOKUP] = [faults.trouble] * 1000
    await world.work_until_settled(hours=1)
    assert 20 < world.shopify.asked().count(LOOKUP) < 40
    assert await world.names() == ["Draft", "Requested"]
