"""Sellers on their way to TikTok and back: one promise, in memory and in PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from console import tables
from console.authorizations import Authorizations
from console.memory import MemoryAuthorizations
from devstack.databases import Database
from runtime.clock import utc_now
from runtime.migrations import migrate

MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["memory", "postgres"])
async def begun(
    request: pytest.FixtureRequest, database: Database
) -> AsyncIterator[list[Authorizations]]:
    """Several hands on the same ones."""
    if request.param == "memory":
        yield [MemoryAuthorizations()] * 4
        return
    await migrate(database.admin_dsn, [tables.MIGRATIONS])
    async with AsyncExitStack() as stack:
        opened = [tables.open_authorizations(database.app_dsn) for _ in range(4)]
        yield [await stack.enter_async_context(one) for one in opened]


async def test_what_was_begun_is_taken_once_whoever_takes_it(begun: list[Authorizations]) -> None:
    now = utc_now()
    await begun[0].begin("digest", "ana", now + MINUTE)
    taken = await asyncio.gather(*(one.take("digest", now) for one in begun))
    assert sorted(taken) == [False, False, False, True]


async def test_what_has_expired_or_was_never_begun_is_not_taken(
    begun: list[Authorizations],
) -> None:
    now = utc_now()
    await begun[0].begin("late", "ana", now + MINUTE)
    assert not await begun[1].take("late", now + MINUTE)
    assert not await begun[1].take("late", now)
    assert not await begun[1].take("never", now)


async def test_one_that_is_begun_leaves_the_others_alone(begun: list[Authorizations]) -> None:
    now = utc_now()
    await begun[0].begin("old", "ana", now - MINUTE)
    await begun[0].begin("one", "ana", now + MINUTE)
    await begun[1].begin("other", "bo", now + MINUTE)
    assert await begun[2].take("one", now)
    assert await begun[2].take("other", now)
    assert not await begun[2].take("old", now)
