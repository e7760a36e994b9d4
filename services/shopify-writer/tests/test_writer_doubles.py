"""Another order beside one of ours is said, and never put over it."""

from typing import Any

import pytest
from tests.world.adopting import Store, ours, requested
from tests.world.story import ORDER_ID, SHOP_ID, fetched

from ordersync_contracts import events
from ordersync_contracts.streams import order_stream, shop_stream
from shopify_writer.adoption.evidence import FoundOrder
from simulators.shopify.in_process import DOMAIN


async def doubles(store: Store) -> list[tuple[str, str]]:
    """What is said of doubles: ours, and the other."""
    said = [each.event for each in await store.events.read(order_stream(SHOP_ID, ORDER_ID))]
    failed = [event for event in said if isinstance(event, events.ShopifyUpdateFailed)]
    assert {event.reason_code for event in failed} <= {"doubled_in_shopify"}
    return [(event.shopify_order_id, event.content) for event in failed]


async def standing_twice(store: Store) -> tuple[str, str]:
    """An order of ours that is recorded, and another for the same TikTok order."""
    gid = await store.sim.create(sourceIdentifier=ORDER_ID)
    other = await store.sim.create(tags=[f"TikTokOrderID:{ORDER_ID}"])
    store.sim.pass_time(60)
    await store.connect()
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID), ours(gid))
    return gid, other


@pytest.mark.parametrize("is_kept", [False, True], ids=["listed", "kept"])
async def test_a_scan_never_puts_another_order_over_one_that_stands_and_says_the_double(
    store: Store, is_kept: bool
) -> None:
    gid, other = await standing_twice(store)
    if is_kept:
        await store.say(
            shop_stream(SHOP_ID),
            events.AdoptionFinished(shop_id=SHOP_ID, store=DOMAIN, waived_by="ana"),
        )
        await store.kept.keep(DOMAIN, [FoundOrder(ORDER_ID, other, "#2")])
    for _ in range(2):
        await store.service.rounds["adopt"]()
    created = await store.adopted(ORDER_ID)
    assert (created.outcome, created.shopify_order_id) == ("created", gid)
    assert await doubles(store) == [(gid, other)]
    assert await store.kept.page(DOMAIN, "", 10) == ()


async def test_a_listed_double_that_is_not_there_any_more_is_not_said(store: Store) -> None:
    gid, other = await standing_twice(store)
    await store.sim.put(lookup_lag_s=0, search_lag_s=0)
    await store.sim.http.delete(f"/_sim/orders/{other}")
    await store.kept.keep(DOMAIN, [FoundOrder(ORDER_ID, other, "#2")])
    await store.service.rounds["adopt"]()
    assert (await store.adopted(ORDER_ID)).shopify_order_id == gid
    assert await doubles(store) == []


async def test_an_order_of_ours_in_flight_is_not_adopted_but_waited_for(store: Store) -> None:
    await store.connect()
    stream = order_stream(SHOP_ID, ORDER_ID)
    await store.say(stream, fetched(order_id=ORDER_ID), requested())
    gid = await store.sim.create(sourceIdentifier=ORDER_ID)
    store.sim.pass_time(60)
    await store.service.rounds["adopt"]()
    assert (await store.order(ORDER_ID)).created is None
    assert [kept.shopify_order_id for kept in await store.kept.page(DOMAIN, "", 10)] == [gid]
    await store.say(stream, ours(gid))
    await store.service.rounds["adopt"]()
    assert (await store.adopted(ORDER_ID)).outcome == "created"
    assert await doubles(store) == []
    assert await store.kept.page(DOMAIN, "", 10) == ()


async def test_what_was_found_while_a_request_of_ours_came_to_nothing_is_adopted_then(
    store: Store,
) -> None:
    await store.connect()
    stream = order_stream(SHOP_ID, ORDER_ID)
    await store.say(stream, fetched(order_id=ORDER_ID), requested())
    gid = await store.sim.create(tags=[f"TikTokOrderID:{ORDER_ID}"])
    store.sim.pass_time(60)
    await store.service.rounds["adopt"]()
    failed = events.ShopifyOrderFailed(
        shop_id=SHOP_ID, order_id=ORDER_ID, store=DOMAIN, draft_version=1, attempt=1,
        reason_code="throttled",
    )  # fmt: skip
    await store.say(stream, failed)
    await store.service.rounds["adopt"]()
    assert (await store.adopted(ORDER_ID)).shopify_order_id == gid


async def test_an_order_created_between_the_listing_and_its_record_stays_the_recorded_one(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody is faster by one event: what was found is judged again, on the order as it is."""
    await store.connect()
    stream = order_stream(SHOP_ID, ORDER_ID)
    await store.say(stream, fetched(order_id=ORDER_ID))
    gid = await store.sim.create(sourceIdentifier=ORDER_ID)
    other = await store.sim.create(tags=[f"TikTokOrderID:{ORDER_ID}"])
    store.sim.pass_time(60)
    append = store.events.append

    async def faster(commands: Any) -> Any:
        monkeypatch.undo()
        await store.say(stream, requested(), ours(gid))
        return await append(commands)

    monkeypatch.setattr(store.events, "append", faster)
    await store.service.rounds["adopt"]()
    assert (await store.adopted(ORDER_ID)).outcome == "created"
    assert await doubles(store) == [(gid, other)]
