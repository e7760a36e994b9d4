"""The checkpoints of what is read back, in PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from devstack.databases import Database
from runtime.migrations import migrate
from shopify_writer.tables import MIGRATIONS, PostgresCheckpoints

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def checkpoints(database: Database) -> AsyncIterator[PostgresCheckpoints]:
    await migrate(database.admin_dsn, [MIGRATIONS])
    async with asyncpg.create_pool(database.app_dsn, min_size=1, max_size=4) as pool:
        yield PostgresCheckpoints(pool)


async def test_the_checkpoints_of_those_that_are_gone_are_taken_over_once(
    checkpoints: PostgresCheckpoints,
) -> None:
    await checkpoints.keep("gone", 7, NOW - 3 * MINUTE)
    await checkpoints.keep("gone too", 5, NOW - 2 * MINUTE)
    await checkpoints.keep("alive", 3, NOW)
    await checkpoints.keep("ours", 9, NOW)
    assert await checkpoints.take_over("ours", NOW - MINUTE) == (5, NOW - 2 * MINUTE)
    assert await checkpoints.take_over("ours", NOW - MINUTE) is None


async def test_what_is_taken_over_stays_kept_until_we_have_read_it_back(
    checkpoints: PostgresCheckpoints,
) -> None:
    await checkpoints.keep("gone", 5, NOW - 2 * MINUTE)
    await checkpoints.keep("ours", 9, NOW)
    await checkpoints.take_over("ours", NOW - MINUTE)
    assert await checkpoints.take_over("next", NOW + MINUTE) == (5, NOW)


async def test_a_checkpoint_of_ours_that_is_old_is_not_taken_from_ourselves(
    checkpoints: PostgresCheckpoints,
) -> None:
    await checkpoints.keep("ours", 9, NOW - 2 * MINUTE)
    assert await checkpoints.take_over("ours", NOW - MINUTE) is None
    await checkpoints.keep("ours", 12, NOW)
    assert await checkpoints.take_over("next", NOW + MINUTE) == (12, NOW)


async def test_two_that_take_over_at_the_same_time_do_not_both_get_it(
    checkpoints: PostgresCheckpoints,
) -> None:
    await checkpoints.keep("gone", 5, NOW - 2 * MINUTE)
    for name in ("one", "two"):
        await checkpoints.keep(name, 9, NOW)
    taken = await asyncio.gather(
        *(checkpoints.take_over(name, NOW - MINUTE) for name in ("one", "two"))
    )
    assert sorted(found is not None for found in taken) == [False, True]
