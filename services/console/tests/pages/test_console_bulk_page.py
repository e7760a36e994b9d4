"""Syncing all orders that match."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from services.console.tests import happenings as happen
from tests.world import instants
from tests.world.poison import unreadable

from console import projection
from console.app import Console
from console.orders.bulk import BulkSyncs
from console.orders.bulk_runs import BulkRun
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


async def finished(console: Console) -> None:
    """Every run comes to its end."""
    async with asyncio.timeout(5):
        while not all(run.is_done for run in await console.bulk.runs.shown()):
            await console.bulk.work_off_page()


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
    await finished(console)
    for n in range(3):
        stream = order_stream(happen.SHOP, f"10{n}")
        assert (await story.names(stream)).count("SyncRequested") == 1
    assert (await story.names(other)).count("SyncRequested") == 0
    (run,) = await console.bulk.runs.shown()
    assert (run.asked, run.is_done) == (3, True)


async def test_it_is_shown_until_somebody_dismisses_it(
    browser: Any, console: Console, story: Any
) -> None:
    await story.shop()
    await story.order("101", happen.eligible("101"))
    await browser.get("/orders")
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    before = (await browser.get("/orders/live")).headers["ETag"]
    await finished(console)
    live = await browser.get("/orders/live")
    assert live.headers["ETag"] != before
    assert "Synced all matching orders: 1 of 1 asked for by console" in live.text
    await browser.post("/orders/bulk/dismiss", run="r1")
    assert "matching orders" not in (await browser.get("/orders/live")).text


async def test_one_that_its_process_did_not_finish_is_finished_by_the_next(
    browser: Any, console: Console, another: Console, story: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after SIGTERM: what was asked for is kept, with how far it was and who wanted it."""
    monkeypatch.setattr("console.orders.bulk.PAGE", 2)
    await story.shop()
    for n in range(5):
        await story.order(f"10{n}", happen.eligible(f"10{n}"))
    await browser.get("/orders")
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    await console.bulk.work_off_page()
    (run,) = await another.bulk.runs.shown()
    assert (run.seen, run.asked, run.is_done) == (2, 2, False)
    await finished(another)
    for n in range(5):
        names = await story.names(order_stream(happen.SHOP, f"10{n}"))
        assert names.count("SyncRequested") == 1


@pytest.mark.parametrize("reads_first", [False, True], ids=["before", "while"])
async def test_rows_that_are_emptied_before_or_while_a_page_is_read_lose_no_order_of_a_run(
    browser: Any, console: Console, store: Any, story: Any, clock: Any, reads_first: bool
) -> None:
    """They are filled again, meanwhile the run waits: an empty page is not its end."""
    await story.shop()
    await story.order("101", happen.eligible("101"))
    await browser.get("/orders")
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    rows = console.bulk.backend.rows
    instants.before(rows, "orders" if reads_first else "position", rows.clear)
    await console.bulk.work_off_page()
    (run,) = await console.bulk.runs.shown()
    assert (run.seen, run.is_done, run.waits_for) == (0, False, ("the list of orders",))
    await projection.catch_up(store, rows)
    clock.now += timedelta(hours=1)
    await finished(console)
    names = await story.names(order_stream(happen.SHOP, "101"))
    assert names.count("SyncRequested") == 1


async def test_one_that_is_begun_while_the_rows_are_filled_again_waits_for_them(
    browser: Any, console: Console, story: Any, clock: Any
) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    (run,) = await console.bulk.runs.shown()
    assert (run.total, run.is_done) == (0, False)
    await browser.get("/orders")
    clock.now += timedelta(hours=1)
    await finished(console)
    assert (await story.names(stream)).count("SyncRequested") == 1


async def test_six_at_once_are_all_carried_out(browser: Any, console: Console, story: Any) -> None:
    await story.shop()
    await story.order("101", happen.eligible("101"))
    await browser.get("/orders")
    for n in range(6):
        await browser.post("/orders/sync", request_id=f"r{n}", all_matching="1")
    await finished(console)
    assert {run.id for run in await console.bulk.runs.shown()} == {f"r{n}" for n in range(6)}


async def test_a_page_that_fails_is_tried_again_and_holds_up_no_other_run(
    browser: Any, console: Console, story: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await story.shop()
    await story.order("101", happen.eligible("101"))
    await browser.get("/orders")
    for name in ("broken", "well"):
        await browser.post("/orders/sync", request_id=name, all_matching="1")
    whole = BulkSyncs._ask

    async def breaks(syncs: BulkSyncs, run: BulkRun, page: Any) -> Any:
        if run.id == "broken":
            raise LookupError("planted@buyer.example")
        return await whole(syncs, run, page)

    with monkeypatch.context() as broken:
        broken.setattr(BulkSyncs, "_ask", breaks)
        for _ in range(4):
            await console.bulk.work_off_page()
    told = (await browser.get("/orders")).text
    assert "the next page failed (LookupError) and is tried again" in told
    assert "planted" not in told
    assert [run.id for run in await console.bulk.runs.shown() if run.is_done] == ["well"]
    clock.now += timedelta(seconds=61)
    await finished(console)


async def test_an_order_that_cannot_be_read_holds_up_no_other_of_its_run(
    browser: Any, console: Console, story: Any
) -> None:
    await story.shop()
    for n in range(3):
        await story.order(f"10{n}", happen.eligible(f"10{n}"))
    await browser.get("/orders")
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    streams = [order_stream(happen.SHOP, f"10{n}") for n in range(3)]
    with unreadable(streams[1]):
        await finished(console)
    (run,) = await console.bulk.runs.shown()
    assert (run.seen, run.asked, run.trouble) == (3, 2, "")
    asked = [(await story.names(stream)).count("SyncRequested") for stream in streams]
    assert asked == [1, 0, 1]


async def test_a_bulk_sync_waits_while_a_group_is_far_behind(
    browser: Any, console: Console, story: Any, downstream: Any
) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    await browser.get("/orders")
    downstream.records = 1001
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    await console.bulk.work_off_page()
    assert "waiting until mapper has caught up" in (await browser.get("/orders")).text
    assert (await story.names(stream)).count("SyncRequested") == 0
    downstream.records = 0
    await finished(console)
    assert (await story.names(stream)).count("SyncRequested") == 1


async def test_a_bulk_sync_waits_while_its_store_s_bulk_lane_is_full(
    browser: Any, console: Console, story: Any, downstream: Any
) -> None:
    await story.shop()
    await story.order("101", happen.eligible("101"))
    await browser.get("/orders")
    downstream.lane_s[happen.STORE] = [121.0, 120.0]
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    await console.bulk.work_off_page()
    (run,) = await console.bulk.runs.shown()
    assert run.waits_for == (happen.STORE,)
    await finished(console)
    (run,) = await console.bulk.runs.shown()
    assert (run.asked, run.waits_for) == (1, ())
    assert downstream.asked == [happen.STORE] * 2


async def test_its_task_takes_what_is_begun_at_once(
    browser: Any, console: Console, story: Any
) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    await browser.get("/orders")
    working = asyncio.create_task(console.tasks["bulk"]())
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    async with asyncio.timeout(5):
        while "SyncRequested" not in await story.names(stream):
            await story.store.wait(1.0)
    working.cancel()
