"""What Kafka lost before its group read it is found in the events: in one world, all services."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.world.story import NOW, ORDER_ID, SHOP_ID, SKU_ID, fetched, line
from tests.world.world import World

from lifecycle import order as orders
from lifecycle.status import Status, view
from ordersync_contracts import events, topics
from ordersync_contracts.streams import order_stream
from simulators.shopify.in_process import TEE

CONSUMERS = ("mapper", "shopify-writer", "status-tracker")
ORDERS = [str(576461413038785000 + n) for n in range(20)]


@pytest.fixture
async def world() -> AsyncIterator[World]:
    """A shop with automatic sync; its SKU is linked."""
    async with World.open(*CONSUMERS) as world:
        await world.connect(automatic_sync=True)
        await world.link(SKU_ID, TEE)
        for group in CONSUMERS:
            await world.process(group).hear()
        yield world


async def arrive(world: World, **changes: object) -> None:
    for order_id in ORDERS:
        reference = await world.keep_buyer(order_id=order_id)
        await world.say(fetched(order_id=order_id, recipient=reference, **changes))


async def look_after(world: World) -> None:
    """Minutes pass in which Kafka delivers what it has; then everybody looks for the rest."""
    await world.pass_time(timedelta(minutes=6))
    for group in CONSUMERS:
        await world.process(group).round("missed")


async def status(world: World, order_id: str) -> Status:
    return view(orders.fold(await world.store.read(order_stream(SHOP_ID, order_id)))).status


async def statuses(world: World) -> Counter[Status]:
    return Counter([await status(world, order_id) for order_id in ORDERS])


async def test_fetched_orders_that_the_mapper_never_heard_of_come_to_shopify(world: World) -> None:
    await arrive(world)
    await world.lose()
    await look_after(world)
    await world.come_to_rest()
    assert await statuses(world) == {Status.SYNCED: 20}


async def test_drafts_that_the_writer_never_heard_of_become_jobs(world: World) -> None:
    await arrive(world)
    await world.process("mapper").hear()
    await world.lose("shopify-writer")
    assert await world.jobs() == []
    await look_after(world)
    assert len([job for job in await world.jobs() if job.kind == "create-order"]) == 20
    await world.come_to_rest()
    assert await statuses(world) == {Status.SYNCED: 20}


async def test_deliveries_that_the_tracker_never_heard_of_come_to_shopify(world: World) -> None:
    await arrive(world)
    await world.come_to_rest()
    await arrive(
        world,
        status="IN_TRANSIT",
        collected_at=NOW,
        updated_at=world.now,
        asked_at=world.now,
        lines=(line(status="IN_TRANSIT"),),
    )
    await world.lose("status-tracker")
    await look_after(world)
    for group in CONSUMERS:
        await world.process(group).hear()
    jobs = [job for job in await world.jobs() if job.kind == "apply-delivery"]
    assert len(jobs) == 20


@pytest.mark.parametrize("group", CONSUMERS)
async def test_what_a_group_acted_on_is_found_by_nobody(world: World, group: str) -> None:
    await arrive(world)
    await world.come_to_rest()
    before, jobs = await world.store.head(), len(await world.jobs())
    world.kafka.rewind(group)
    await world.lose(group)
    await look_after(world)
    assert (await world.store.head(), len(await world.jobs())) == (before, jobs)


async def test_a_link_that_the_mapper_never_heard_of_releases_its_orders(world: World) -> None:
    unlinked = events.ProductUnlinked(
        shop_id=SHOP_ID, sku_id=SKU_ID, unlinked_by="ana", variant_id=TEE
    )
    await world.hear(unlinked, by="mapper")
    await arrive(world)
    await world.process("mapper").hear()
    assert (await statuses(world))[Status.SYNC_FAILED] == 20
    await world.link(SKU_ID, TEE)
    await world.lose("mapper")
    await look_after(world)
    await world.come_to_rest()
    assert await statuses(world) == {Status.SYNCED: 20}


async def test_a_wish_that_the_mapper_never_heard_of_is_answered(world: World) -> None:
    off = events.OrderSettings(automatic_sync=False)
    changed = events.OrderSettingsChanged(shop_id=SHOP_ID, settings=off, changed_by="ana")
    await world.hear(changed, by="mapper")
    await arrive(world)
    await world.process("mapper").hear()
    assert await statuses(world) == {Status.NOT_SYNCED: 20}
    wanted = events.SyncRequested(
        shop_id=SHOP_ID,
        order_id=ORDERS[0],
        requested_by="ana",
        mode="manual",
        request_id="form-1",
    )
    await world.say(wanted)
    await world.lose()
    await look_after(world)
    await world.come_to_rest()
    assert await status(world, ORDERS[0]) is Status.SYNCED
    assert (await statuses(world))[Status.NOT_SYNCED] == 19
    assert ORDER_ID not in ORDERS


def test_every_group_that_consumes_is_looked_after() -> None:
    assert set(topics.GROUPS) == set(CONSUMERS)
