"""Syncing all orders that match."""

import asyncio
from typing import Any

import pytest
from services.console.tests import happenings as happen

from console.app import Console
from ordersync_contracts.streams import order_stream


async def test_a_bulk_sync_tells_every_outcome(browser: Any, story: Any) -> None:
    await story.shop()
    streams = [
        await story.order("101", happen.eligible("101")),
        await story.order("102", happen.eligible("102")),
        await story.order("103", happen.ineligible("103")),
        await story.order("104", happen.eligible("104"), happen.created("104")),
    ]
    await browser.post("/orders/sync", request_id="r1", pick=streams)
    page = await browser.get("/orders")
    told = "Syncing 2 orders. 1 order left alone: already synced or syncing. 1 order refused"
    assert told in page.text
    asked = [(await story.names(stream)).count("SyncRequested") for stream in streams]
    assert asked == [1, 1, 0, 0]


async def test_all_that_match_are_synced_page_by_page_and_only_those(
    browser: Any, console: Console, store: Any, story: Any
) -> None:
    await story.shop()
    for n in range(3):
        await story.order(f"10{n}", happen.eligible(f"10{n}"))
    other = await story.order("900", happen.blocked("900"))
    await browser.get("/orders")
    for _ in range(2):
        await browser.post("/orders/sync?view=not-synced", request_id="r1", all_matching="1")
    assert "Syncing all matching orders" in (await browser.get("/orders")).text
    working = asyncio.create_task(console.tasks["bulk"]())
    async with asyncio.timeout(5):
        await console.bulk.newest[0].done.wait()
    working.cancel()
    for n in range(3):
        stream = order_stream(happen.SHOP, f"10{n}")
        assert (await story.names(stream)).count("SyncRequested") == 1
    assert (await story.names(other)).count("SyncRequested") == 0
    assert len(console.bulk.newest) == 1


async def test_a_bulk_sync_waits_while_a_group_is_far_behind(
    browser: Any, console: Console, story: Any, downstream: Any
) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    await browser.get("/orders")
    downstream.records = 1001
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    working = asyncio.create_task(console.tasks["bulk"]())
    async with asyncio.timeout(5):
        await downstream.was_asked.wait()
    for _ in range(5):  # the answer has its way to go
        await asyncio.sleep(0)
    assert "waiting until mapper has caught up" in (await browser.get("/orders")).text
    assert (await story.names(stream)).count("SyncRequested") == 0
    working.cancel()


async def test_a_bulk_sync_waits_while_its_store_s_bulk_lane_is_full(
    browser: Any, console: Console, story: Any, downstream: Any
) -> None:
    await story.shop()
    await story.order("101", happen.eligible("101"))
    await browser.get("/orders")
    downstream.lane_s[happen.STORE] = [121.0, 120.0]
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    [run] = console.bulk.newest
    waited: list[tuple[str, ...]] = []

    async def look_again(_: float) -> None:
        waited.append(run.waits_for)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("console.orders.bulk.asyncio.sleep", look_again)
        working = asyncio.create_task(console.tasks["bulk"]())
        await run.done.wait()
    working.cancel()
    assert waited == [(happen.STORE,)]
    assert downstream.asked == [happen.STORE] * 2
    assert run.asked == 1
