"""The mapper, built as its ``main`` builds it, on a database with a connected shop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import httpx

from bench import orders
from devstack.databases import Database
from eventstore import postgres
from mapper import tables
from mapper.app import Service, build
from runtime.clock import utc_now
from runtime.migrations import migrate
from shopify.client import ShopifyClient
from shopify.tokens import StaticTokens

GROUP: Final = "mapper"


@asynccontextmanager
async def opened_mapper(
    of: Database, app_dsn: str | None = None
) -> AsyncIterator[tuple[postgres.PostgresEventStore, Service]]:
    """The store and the service; ``app_dsn`` is another way to the same database."""
    await migrate(of.admin_dsn, [postgres.MIGRATIONS, tables.MIGRATIONS])
    dsn = app_dsn or of.app_dsn
    async with (
        postgres.connect(dsn) as store,
        asyncpg.create_pool(dsn, min_size=1, max_size=8, command_timeout=30) as pool,
        httpx.AsyncClient() as http,
    ):
        await store.append(orders.setting())
        shopify = ShopifyClient(http, StaticTokens({}), clock=utc_now)
        yield store, build(store, tables.Tables(pool), shopify, utc_now)
