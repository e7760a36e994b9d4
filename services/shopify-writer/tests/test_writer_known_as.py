"""An order that TikTok was told of is adopted once it is seen in the store."""

from datetime import UTC, datetime

import pytest
from tests.world.adopting import LATER_ID, Store, perform
from tests.world.story import ORDER_ID, SHOP_ID, fetched

from eventstore.journal import Cause
from eventstore.wakeups import Wakeup
from jobs.outcomes import Retry
from ordersync_contracts import events
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream
from simulators.shopify.in_process import DOMAIN


def draft(*known_as: str) -> Wakeup:
    """The record of a draft; what TikTok was told of its order."""
    made = events.ShopifyOrderDraft(
        shop_id=SHOP_ID,
        order_id=ORDER_ID,
        store=DOMAIN,
        snapshot_version=1,
        settings_version=1,
        placed_at=datetime(2026, 11, 20, tzinfo=UTC),
        currency="USD",
        total="1",
        lines=(),
        shipping_lines=(),
        attributes=(),
        tags=(),
        known_as=known_as,
    )
    return Wakeup(Cause(order_stream(SHOP_ID, ORDER_ID), str(fact_id("draft"))), made, 2)


async def arrive(store: Store, wakeup: Wakeup) -> None:
    await store.say(order_stream(SHOP_ID, ORDER_ID), fetched(order_id=ORDER_ID))
    await store.service.on_records([wakeup])
    assert store.job_store.kept_by_then == [1]  # kept before there is a job


@pytest.mark.parametrize("is_number", [True, False])
async def test_an_order_that_tiktok_was_told_of_is_adopted_once_it_is_seen(
    store: Store, is_number: bool
) -> None:
    gid = await store.sim.create()
    await arrive(store, draft("#1001", gid.rpartition("/")[2] if is_number else gid))
    await store.service.rounds["adopt"]()
    assert (await store.order(ORDER_ID)).created is None  # nobody has seen it yet
    assert await perform(store) == 0
    adopted = await store.adopted(ORDER_ID)
    assert (adopted.outcome, adopted.shopify_order_id) == ("adopted", gid)
    assert adopted.name.startswith("#")


async def test_an_order_that_tiktok_was_told_of_but_is_not_there_is_created(store: Store) -> None:
    await arrive(store, draft("5550001"))
    assert await perform(store) == 1
    assert await store.kept.page(DOMAIN, "", 10) == ()
    assert not (await store.order(ORDER_ID)).stands


async def test_another_tiktok_orders_counterpart_is_not_adopted(store: Store) -> None:
    gid = await store.sim.create(sourceIdentifier=LATER_ID)
    await arrive(store, draft(gid))
    assert await perform(store) == 1


async def test_nothing_is_created_while_the_store_does_not_say_whether_it_is_there(
    store: Store,
) -> None:
    gid = await store.sim.create()
    await arrive(store, draft(gid))
    await store.sim.fault({"match": {"operation": "nodes"}, "kind": "status", "status": 503})
    assert await perform(store) == 0
    assert isinstance(store.outcome, Retry)
    await store.sim.fault()
    assert await perform(store) == 0
    assert (await store.order(ORDER_ID)).stands
