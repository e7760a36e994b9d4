"""The console on PostgreSQL: what memory holds and PostgreSQL does not stops nothing either."""

from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import httpx
import pytest
from services.console.tests import happenings as happen
from services.console.tests.browser import TOKEN, Browser, Downstream
from services.console.tests.story import Story, built
from services.console.tests.suite_poisoned_pages import PoisonedPagesSuite
from services.console.tests.two_shops import BAD, PAYLOADS, TwoShops, huge
from tests.integration.database_access import Pool
from tests.world.story import NOW

from console import tables
from console.app import Connections
from console.tables.bulk_runs import PostgresBulkRuns
from console.web.security import COOKIE
from devstack.databases import Database
from eventstore.postgres import MIGRATIONS as EVENTS
from eventstore.postgres import connect
from ordersync_contracts import events
from ordersync_contracts.streams import order_stream
from runtime.clock import Clocks, monotonic

MIGRATED = [EVENTS, tables.MIGRATIONS]


@pytest.fixture
async def two(database: Database, pool: Pool) -> AsyncIterator[TwoShops]:
    downstream, forms = Downstream(), count()
    async with connect(database.app_dsn) as store, tables.connect(database.app_dsn) as rows:
        runs = PostgresBulkRuns(pool)
        connections = Connections(store, rows, downstream.lag, downstream.backlog, runs)
        clocks = Clocks(lambda: NOW, monotonic)
        console = built(connections, clocks, lambda: f"form-{next(forms)}")
        transport = httpx.ASGITransport(app=console.endpoints["pages"])
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", cookies={COOKIE: TOKEN}
        ) as http:
            in_postgres: Any = store
            made = TwoShops(Story(in_postgres), console, Browser(http, store, rows), rows)
            await made.open()
            yield made


class TestPoisonedPages(PoisonedPagesSuite):
    """``services/console/tests/pages`` runs the suite in memory."""


@pytest.mark.parametrize("kind", PAYLOADS)
async def test_whatever_events_hold_is_shown_or_noted_and_holds_up_no_other(
    two: TwoShops, kind: str
) -> None:
    async with two.at_work():
        for event in events.ALL:
            await two.tell(event, PAYLOADS[kind](event))
        await two.second_goes_on()
    await two.pages_go_on()
    assert await two.rows.position() == await two.story.store.head()


async def test_a_name_too_long_for_its_index_is_noted_and_holds_up_no_other(
    two: TwoShops,
) -> None:
    created = events.ShopifyOrderCreated.model_validate(
        {
            "shop_id": "7495000001",
            "order_id": "666",
            "store": "harbor.myshopify.com",
            "shopify_order_id": "gid://shopify/Order/1",
            "outcome": "created",
            "name": huge(),
        }
    )
    async with two.at_work():
        await two.story.tell("order-7495000001-666", created)
        await two.second_goes_on()
    (unshown,) = await two.rows.unshown()
    assert (unshown.stream, unshown.error) == ("order-7495000001-666", "ProgramLimitExceededError")


async def test_ids_that_become_one_in_the_table_hold_up_no_other(two: TwoShops) -> None:
    said = happen.snapshot("667")
    ids = ("1\0", "1\ufffd")
    lines = tuple(said.lines[0].model_copy(update={"sku_id": sku_id}) for sku_id in ids)
    async with two.at_work():
        await two.story.tell(order_stream(BAD, "667"), said.model_copy(update={"lines": lines}))
        await two.second_goes_on()
    await two.pages_go_on()
    assert "667" in await two.shown(BAD)
