"""One order per order: the intent first, then a lookup, then one create."""

from datetime import timedelta
from typing import Any

from tests.world.story import ORDER_ID, STORE, connected
from tests.world.writer import CREATE, LOOKUP

from jobs.outcomes import Finished, Parked

SECOND = timedelta(seconds=1)


async def test_a_draft_becomes_one_order_at_two_calls_and_two_events(world: Any) -> None:
    await world.draft()
    assert await world.work() == [Finished()]
    assert world.shopify.asked() == [LOOKUP, CREATE]
    assert await world.names() == ["Draft", "Requested", "Created"]
    created = await world.last()
    found = (created.outcome, created.shopify_order_id, created.name)
    assert found == ("created", *await world.standing())


async def test_the_intent_stands_before_anything_is_asked_of_shopify(world: Any) -> None:
    seen: list[list[str]] = []

    async def look(shop: Any, call: Any) -> Any:
        seen.append(await world.names())
        return await shop.answer(call)

    world.shopify.faults[LOOKUP] = [look]
    await world.draft()
    await world.work()
    assert seen == [["Draft", "Requested"]]
    (requested,) = [said.event for said in await world.history() if "Requested" in said.name]
    found = (requested.attempt, requested.draft_version, requested.store)
    assert found == (1, 1, STORE)
    assert requested.idempotency_key
    assert len(requested.input_digest) == 64


async def test_redelivery_changes_nothing(world: Any) -> None:
    recorded = await world.draft()
    await world.redeliver(recorded, recorded)
    await world.work_until_settled()
    await world.redeliver(recorded)
    await world.work_until_settled()
    assert await world.made() == 1
    assert world.shopify.asked() == [LOOKUP, CREATE]


async def test_a_job_whose_memory_was_cleared_finds_the_order_there(world: Any) -> None:
    recorded = await world.draft()
    await world.work()
    await world.job_store.purge_done(world.now + SECOND)
    await world.redeliver(recorded)
    await world.work_until_settled()
    assert (await world.made(), world.shopify.asked()) == (1, [LOOKUP, CREATE])


async def test_an_order_that_is_there_already_is_found_and_not_created(world: Any) -> None:
    gid = await world.place(ORDER_ID)
    await world.draft()
    await world.work()
    assert world.shopify.asked() == [LOOKUP]
    created = await world.last()
    assert (created.outcome, created.shopify_order_id) == ("found", gid)
    assert len(created.lines) == 1


async def test_an_id_that_is_taken_is_looked_up(world: Any) -> None:
    await world.shopify.behave(unique_metafield="refuse", lookup_lag_s=60)
    await world.place(ORDER_ID)
    await world.draft()
    await world.work_until_settled()
    assert world.shopify.asked().count(CREATE) == 1
    assert (await world.last()).outcome == "found"
    assert await world.made() == 1


async def test_nothing_is_created_before_adoption_is_finished(world: Any) -> None:
    moved = connected()[0].model_copy(update={"store": "another.myshopify.com"})
    await world.say(moved)
    await world.draft(store="another.myshopify.com")
    assert await world.work() == [Parked("adoption_pending")]
    assert (world.shopify.asked(), await world.names()) == ([], ["Draft"])
