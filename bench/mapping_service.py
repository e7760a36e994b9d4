"""The mapper, built as its ``main`` builds it, on a database with a connected shop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import httpx
from prometheus_client import CollectorRegistry
from tests.world.services import nothing_waits
from tests.world.writer import nobody_lags

from bench import orders
from connections.budgeted import BudgetedShopify
from devstack.databases import Database
from eventstore import postgres
from eventstore.journal import Cause
from eventstore.missed import Times
from eventstore.store import ANY_VERSION, Append, EventStore
from eventstore.tables import PostgresMarks
from eventstore.wakeups import Wakeup
from jobs.budget_queue import BudgetQueue
from jobs.budget_stores import MemoryBudget
from mapper import tables
from mapper.app import Connections, MapperService, build
from mapper.settings import MapperSettings
from mapper.tables.catalogues import Catalogues
from mapper.tables.waiting import Tables
from ordersync_contracts import events
from ordersync_contracts.streams import shop_stream
from runtime.clock import Clocks, monotonic, utc_now
from runtime.migrations import migrate
from runtime.pools import as_it_is
from runtime.randomness import system_chance, system_id
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens

GROUP: Final = "mapper"


@asynccontextmanager
async def opened_mapper(
    of: Database, app_dsn: str | None = None, *, missed: Times | None = None
) -> AsyncIterator[tuple[postgres.PostgresEventStore, MapperService]]:
    """The store and the service; ``app_dsn`` is another way to the same database.

    ``missed``: when what it missed is looked for, if not as usual.
    """
    await migrate(of.admin_dsn, [postgres.MIGRATIONS, tables.MIGRATIONS])
    dsn = app_dsn or of.app_dsn
    async with (
        postgres.connect(dsn) as store,
        asyncpg.create_pool(
            dsn, min_size=1, max_size=8, command_timeout=30, reset=as_it_is
        ) as pool,
        httpx.AsyncClient() as http,
    ):
        await store.append(orders.setting())
        shopify = ShopifyClient(http, StaticTokens({}), clock=utc_now)
        budgeted = BudgetedShopify(
            shopify, BudgetQueue(MemoryBudget(monotonic), monotonic), utc_now, monotonic
        )
        known = Tables(pool)
        catalogues, marks = Catalogues(pool, known.releases), PostgresMarks(pool)
        connections = Connections(
            store, known, catalogues, budgeted, nobody_lags, nothing_waits, marks
        )
        times = missed or Times()
        settings = MapperSettings.model_construct(
            missed_after_s=times.after.total_seconds(), missed_interval_s=times.every_s
        )
        registry = CollectorRegistry()
        yield (store, build(connections, settings, Clocks(), system_id, system_chance, registry))


async def switched(store: EventStore, number: int, *, on: bool) -> Wakeup:
    """Automatic sync set; the record that the relay would make of it."""
    settings = events.OrderSettings(automatic_sync=on)
    event = events.OrderSettingsChanged(
        shop_id=orders.SHOP_ID, settings=settings, changed_by="bench"
    )
    stream = shop_stream(orders.SHOP_ID)
    new = orders.new_event(stream, 100 + number, event)
    await store.append([Append(stream, ANY_VERSION, (new,))])
    return Wakeup(Cause(stream, str(new.id)), event, 100 + number)
