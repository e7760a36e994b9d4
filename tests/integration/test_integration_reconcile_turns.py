"""Whose turn it is to reconcile a store, in PostgreSQL."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg

from devstack.databases import Database
from runtime.migrations import migrate
from shopify_writer.tables import MIGRATIONS, PostgresTurns

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_of_many_that_ask_one_gets_the_turn_once_a_period(database: Database) -> None:
    await migrate(database.admin_dsn, [MIGRATIONS])
    async with asyncpg.create_pool(database.app_dsn, min_size=1, max_size=4) as pool:
        turns = PostgresTurns(pool)
        for at in (NOW, NOW + HOUR):
            asked = (turns.take("harbor.myshopify.com", at, at - HOUR) for _ in range(4))
            assert sorted(await asyncio.gather(*asked)) == [False, False, False, True]
        assert not await turns.take("harbor.myshopify.com", NOW + 1.5 * HOUR, NOW + HOUR / 2)
        assert await turns.take("another.myshopify.com", NOW, NOW - HOUR)
