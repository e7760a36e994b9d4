"""A store that is away for one statement, whichever that is, ends no task and no page."""

import asyncio
import inspect
from typing import Any

import pytest
from services.console.tests import happenings as happen
from services.console.tests.two_shops import BAD, BUYER, TwoShops, a_moment

from console.orders.bulk_runs import BulkRuns
from console.rows import Rows
from eventstore.store import EventStore


@pytest.fixture
async def two(story: Any, console: Any, browser: Any, rows: Any) -> TwoShops:
    made = TwoShops(story, console, browser, rows)
    await made.open()
    return made


def asked_of(connection: type) -> list[str]:
    """Every question and command of it."""
    return [name for name, made in vars(connection).items() if inspect.iscoroutinefunction(made)]


CONNECTED: dict[Any, str] = {EventStore: "store", Rows: "rows", BulkRuns: "runs"}
NOT_ASKED = {"read_named", "names_of", "streams_of", "clear", "snapshots", "keep_snapshots"}
"""By commands only, or of streams longer than any here."""
LOST = [(kind, name) for kind in CONNECTED for name in asked_of(kind) if name not in NOT_ASKED]
FORMS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/orders/sync", {"all_matching": "1"}),
    (f"/settings/{BAD}", {"discounts": "buyer_paid"}),
    ("/orders/bulk/dismiss", {"run": "none"}),
)


class Losing:
    """One statement of a connection that is lost when it is armed."""

    def __init__(self, connection: Any, name: str, patch: pytest.MonkeyPatch) -> None:
        self._whole = getattr(connection, name)
        self.is_armed, self.times = True, 0
        patch.setattr(connection, name, self._ask)

    async def _ask(self, *given: Any, **named: Any) -> Any:
        if self.is_armed:
            self.is_armed = False
            self.times += 1
            raise ConnectionResetError(BUYER)
        return await self._whole(*given, **named)


def says_so_or(status: int, answer: Any) -> bool:
    is_told = answer.status_code == status or "cannot be used now" in answer.text
    return is_told and BUYER not in answer.text and "content-security-policy" in answer.headers


async def use_pages(two: TwoShops, losing: Losing) -> None:
    """Each page, and each form twice: the second time nothing is lost."""
    for path in ("/orders", "/products", f"/orders/{BAD}/667", "/settings"):
        losing.is_armed = True
        assert says_so_or(200, await two.browser.ask(path))
    for path, form in FORMS:
        losing.is_armed = True
        assert says_so_or(303, await two.browser.post(path, request_id=path, **form))
        losing.is_armed = False
        assert (await two.browser.post(path, request_id=path, **form)).status_code == 303
        losing.is_armed = True
        await a_moment(0.1)
        assert says_so_or(200, await two.browser.ask("/orders"))
    losing.is_armed = False


@pytest.mark.parametrize(("kind", "name"), LOST, ids=lambda it: getattr(it, "__name__", it))
async def test_a_store_that_is_lost_for_one_statement_ends_no_task_and_no_page(
    two: TwoShops, kind: type, name: str, downstream: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected = {"store": two.story.store, "rows": two.rows, "runs": two.console.bulk.runs}
    stream = await two.story.order("667", happen.eligible("667"))
    downstream.lane_s[happen.STORE] = [1e9, 0.0]
    losing = Losing(connected[CONNECTED[kind]], name, monkeypatch)
    async with two.at_work(), asyncio.timeout(10):
        await a_moment(0.1)
        await use_pages(two, losing)
        await two.second_goes_on()
        await two.until(lambda: two.is_done(f"/orders/sync-{BAD}"))
    await two.pages_go_on()
    assert losing.times
    assert (await two.story.names(stream)).count("SyncRequested") == 1
