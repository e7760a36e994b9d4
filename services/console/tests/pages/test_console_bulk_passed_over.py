"""No order that matches is passed over by a bulk sync."""

from datetime import timedelta
from typing import Any

from services.console.tests import happenings as happen
from tests.world.poison import unreadable

from console import projection
from console.app import Console
from eventstore.store import ANY_VERSION, Append
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import shop_stream

OTHERS = ("7495000002", "7495000003")


async def test_orders_of_a_shop_that_cannot_be_read_are_asked_for_too(
    browser: Any, console: Console, story: Any
) -> None:
    """Their own streams say all that asking needs; what waits for the shop waits in the mapper."""
    streams = []
    for shop_id in (happen.SHOP, *OTHERS):
        await story.shop(shop_id)
        streams.append(await story.order("101", happen.eligible("101", shop_id), shop_id=shop_id))
    with unreadable(shop_stream(happen.SHOP)):
        await browser.get("/orders")
        await browser.post("/orders/sync", request_id="r1", all_matching="1")
        for _ in range(12):
            await console.bulk.work_off_page()
    asked = [(await story.names(stream)).count("SyncRequested") for stream in streams]
    assert asked == [1, 1, 1]


async def test_rows_that_are_full_again_right_after_they_were_counted_lose_no_run(
    browser: Any, console: Console, store: Any, story: Any
) -> None:
    await story.shop()
    stream = await story.order("101", happen.eligible("101"))
    rows: Any = console.bulk.backend.rows
    counted = rows.count

    async def count(*given: Any, **named: Any) -> int:
        found: int = await counted(*given, **named)
        await projection.catch_up(store, rows)
        return found

    rows.count = count
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    for _ in range(3):
        await console.bulk.work_off_page()
    assert (await story.names(stream)).count("SyncRequested") == 1


async def test_an_order_that_others_write_to_all_the_time_is_asked_for_later_and_holds_up_no_other(
    browser: Any, console: Console, store: Any, story: Any, clock: Any
) -> None:
    """That passes by itself: neither passed over, nor told as what cannot be read."""
    await story.shop()
    streams = [await story.order(each, happen.eligible(each)) for each in ("101", "102")]
    await browser.get("/orders")
    busy = Busy(store, streams[0], times=40)
    await browser.post("/orders/sync", request_id="r1", all_matching="1")
    await console.bulk.work_off_page()
    assert busy.times < 40
    assert [(await story.names(stream)).count("SyncRequested") for stream in streams] == [0, 1]
    (run,) = await console.bulk.runs.shown()
    assert (run.not_asked, run.trouble, run.is_done) == (0, "Contention", False)
    busy.times = 0
    for _ in range(3):
        clock.now += timedelta(minutes=2)
        await console.bulk.work_off_page()
    assert [(await story.names(stream)).count("SyncRequested") for stream in streams] == [1, 1]
    (run,) = await console.bulk.runs.shown()
    assert (run.asked, run.is_done) == (2, True)


class Busy:
    """Somebody else writes to the stream just before each append to it."""

    def __init__(self, store: Any, stream: str, times: int) -> None:
        self.times, self._stream, self._store = times, stream, store
        self._append = store.append
        store.append = self.append

    async def append(self, appends: Any) -> Any:
        if self.times and self._stream in {append.stream for append in appends}:
            self.times -= 1
            said = happen.eligible("101")
            new = NewEvent(fact_id(f"busy-{self.times}"), said, happen.NOW, Trace("mapper"))
            await self._append([Append(self._stream, ANY_VERSION, (new,))])
        return await self._append(appends)
