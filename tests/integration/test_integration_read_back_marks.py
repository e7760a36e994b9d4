"""The marks of what is read back, in PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from devstack.databases import Database
from runtime.migrations import migrate
from shopify_writer.tables import MIGRATIONS, ReadBackMarks

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def marks(database: Database) -> AsyncIterator[ReadBackMarks]:
    await migrate(database.admin_dsn, [MIGRATIONS])
    async with asyncpg.create_pool(database.app_dsn, min_size=1, max_size=4) as pool:
        yield ReadBackMarks(pool)


async def test_the_marks_of_those_that_are_gone_are_taken_over_once(marks: ReadBackMarks) -> None:
    await marks.keep("gone", 7, NOW - 3 * MINUTE)
    await marks.keep("gone too", 5, NOW - 2 * MINUTE)
    await marks.keep("alive", 3, NOW)
    await marks.keep("ours", 9, NOW)
    assert await marks.take_over("ours", NOW - MINUTE) == (5, NOW - 2 * MINUTE)
    assert await marks.take_over("ours", NOW - MINUTE) is None


async def test_what_is_taken_over_stays_marked_until_we_have_read_it_back(
    marks: ReadBackMarks,
) -> None:
    await marks.keep("gone", 5, NOW - 2 * MINUTE)
    await marks.keep("ours", 9, NOW)
    await marks.take_over("ours", NOW - MINUTE)
    assert await marks.take_over("next", NOW + MINUTE) == (5, NOW)


async def test_a_mark_of_ours_that_is_old_is_not_taken_from_ourselves(
    marks: ReadBackMarks,
) -> None:
    await marks.keep("ours", 9, NOW - 2 * MINUTE)
    assert await marks.take_over("ours", NOW - MINUTE) is None
    await marks.keep("ours", 12, NOW)
    assert await marks.take_over("next", NOW + MINUTE) == (12, NOW)


async def test_two_that_take_over_at_the_same_time_do_not_both_get_it(marks: ReadBackMarks) -> None:
    await marks.keep("gone", 5, NOW - 2 * MINUTE)
    for name in ("one", "two"):
        await marks.keep(name, 9, NOW)
    taken = await asyncio.gather(*(marks.take_over(name, NOW - MINUTE) for name in ("one", "two")))
    assert sorted(found is not None for found in taken) == [False, True]
