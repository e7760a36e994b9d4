"""Each of the console's inputs poisoned, while a second shop's rows, pages and bulk syncs go on.

Pages and their forms: ``pages/test_console_poison_pages.py``; commands and what platforms answer to
them: ``commands/test_console_poison_commands.py``.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from services.console.tests import happenings as happen
from services.console.tests.two_shops import (
    BAD,
    BAD_ORDER,
    BUYER,
    PAYLOADS,
    TwoShops,
    events_example,
)
from structlog.testing import capture_logs
from tests.world.poison import unreadable

from console import projection
from console.orders.bulk_runs import BulkRun, to_json
from console.rows import OrderFilter
from ordersync_contracts import codec, events
from ordersync_contracts.codec import UNREADABLE
from ordersync_contracts.events import Event
from ordersync_contracts.streams import category, order_stream, shop_stream

TOLD = {"rows.event_passed_over", "row.not_shown", "shop.not_read"}
"""Log lines that say which stream or event cannot be shown."""


@pytest.fixture
async def two(story: Any, console: Any, browser: Any, rows: Any) -> TwoShops:
    made = TwoShops(story, console, browser, rows)
    await made.open()
    return made


def can_be_read(event: type[Event], data: bytes) -> bool:
    try:
        codec.decode(event.type_name(), event.VERSION, data)
    except UNREADABLE:
        return False
    return True


@pytest.mark.parametrize("kind", PAYLOADS)
@pytest.mark.parametrize("event", events.ALL, ids=lambda event: event.type_name())
async def test_whatever_an_event_holds_holds_up_no_other_shop_and_is_told(
    two: TwoShops, event: type[Event], kind: str
) -> None:
    data = PAYLOADS[kind](event)
    with capture_logs() as logs:
        async with two.at_work():
            stream = await two.tell(event, data)
            await two.second_goes_on()
        await two.pages_go_on()
    assert await two.rows.position() == await two.story.store.head()
    assert await projection.try_again(two.story.store, two.rows) == len(await two.rows.unshown())
    if not can_be_read(event, data):
        assert TOLD & {line["event"] for line in logs}
        assert BUYER not in str([{**line, "exc_info": ""} for line in logs])
        noted = {unshown.stream for unshown in await two.rows.unshown()}
        assert (stream in noted) == (category(stream) in {"order", "link"})


async def test_what_could_not_be_read_is_shown_as_soon_as_it_can_be(two: TwoShops) -> None:
    stream = order_stream(BAD, BAD_ORDER)
    with unreadable(stream):
        async with two.at_work():
            await two.story.tell(stream, events_example(events.ShopifyOrderCreated))
            await two.second_goes_on()
        assert [unshown.stream for unshown in await two.rows.unshown()] == [stream]
    await two.console.rounds["retry-rows"]()
    assert await two.rows.unshown() == ()
    assert BAD_ORDER in await two.shown(BAD)
    assert "In Shopify" in (await two.browser.get(f"/orders/{BAD}/{BAD_ORDER}")).text


async def test_a_shop_that_cannot_be_read_is_read_again_and_holds_up_no_other(
    two: TwoShops,
) -> None:
    with unreadable(shop_stream(BAD)), capture_logs() as logs:
        async with two.at_work():
            await two.second_goes_on()
        await two.pages_go_on()
    assert "shop.not_read" in {line["event"] for line in logs}
    assert (await two.browser.get(f"/settings?shop={BAD}")).text.count(BAD)


WANTED = [
    "",
    "not JSON",
    "[]",
    "5",
    '{"unknown": 1}',
    '{"status": "Lost"}',
    '{"text": 5}',
    '{"shop_id": ["7495000001"]}',
    '{"reason_code": {}}',
]
AFTER = ["noon", "2026-01-01~order-1-1", "0001-01-01T00:00:00+14:00~order-1-1"]
BROKEN = [(wanted, "") for wanted in WANTED]
BROKEN += [(to_json(OrderFilter()), after) for after in AFTER]


@pytest.mark.parametrize(("wanted", "after"), BROKEN)
async def test_a_bulk_sync_whose_row_is_broken_is_told_and_tried_again_and_holds_up_no_other(
    two: TwoShops, clock: Any, wanted: str, after: str
) -> None:
    runs = two.console.bulk.runs
    await runs.begin(BulkRun("broken", "ana", wanted, 1, after))
    async with two.at_work():
        await two.second_goes_on()
    await two.pages_go_on()
    (told,) = [run for run in await runs.shown() if run.id == "broken"]
    assert told.trouble
    assert f"failed ({told.trouble}) and is tried again" in (await two.browser.get("/orders")).text
    clock.now += timedelta(seconds=61)
    again = await runs.claim()
    assert again is not None
    assert again.id == "broken"


def raising(what: str) -> Callable[[TwoShops, pytest.MonkeyPatch], None]:
    """A step of a bulk sync fails over the first shop's orders."""

    def plant(two: TwoShops, patch: pytest.MonkeyPatch) -> None:
        bulk = two.console.bulk
        of = {"orders": bulk.backend.rows, "finish": bulk.runs}
        of |= {"in_the_way": bulk.backpressure, "go_on": bulk.runs}
        whole = getattr(of[what], what)

        async def breaks(*given: Any, **named: Any) -> Any:
            if BAD in repr(given) or happen.STORE in given:
                raise LookupError(BUYER)
            return await whole(*given, **named)

        patch.setattr(type(of[what]), what, lambda _, *given, **named: breaks(*given, **named))

    return plant


@pytest.mark.parametrize("what", ["orders", "in_the_way", "go_on", "finish"])
async def test_a_step_of_a_bulk_sync_that_fails_is_told_and_tried_again(
    two: TwoShops, clock: Any, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await projection.catch_up(two.story.store, two.rows)
    submission = two.console.bulk.backend.submission("poisoned")
    await two.console.bulk.begin(OrderFilter(shop_id=BAD), submission, 1000)
    with monkeypatch.context() as patch:
        raising(what)(two, patch)
        async with two.at_work():
            await two.second_goes_on()
        told = (await two.browser.ask("/orders")).text
    assert BUYER not in told
    clock.now += timedelta(seconds=61)
    async with two.at_work():
        await two.until(lambda: two.is_done("poisoned"))
    names = await two.story.names(order_stream(BAD, BAD_ORDER))
    assert names.count("SyncRequested") == 1


async def test_a_store_whose_lane_is_full_holds_up_no_other_of_the_same_form(
    two: TwoShops, downstream: Any
) -> None:
    downstream.lane_s[happen.STORE] = [1e9]
    await projection.catch_up(two.story.store, two.rows)
    async with two.at_work():
        await two.second_goes_on()
    waits = {run.id: run.waits_for for run in await two.console.bulk.runs.shown()}
    assert waits[f"bulk-200-{BAD}"] == (happen.STORE,)
    assert happen.STORE in (await two.browser.get("/orders")).text


async def test_every_task_of_the_console_is_at_work_here(two: TwoShops) -> None:
    assert set(two.console.tasks) == {"project", "retry-rows", "bulk"}
    assert set(two.console.endpoints) == {"pages"}, "an endpoint is an input: poison it as well"
    assert two.console.on_records is None
