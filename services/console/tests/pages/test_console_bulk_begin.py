"""Which runs a form begins."""

from typing import Any

from services.console.tests import happenings as happen
from tests.world.poison import unreadable

from console import projection
from console.app import Console
from ordersync_contracts.streams import order_stream, shop_stream

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
    rows = console.bulk.backend.rows
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
