"""One database with so many synced orders, and every service on it, built as its ``main`` does."""

import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import asyncpg

from bench import grown_tables, orders
from bench.fetching_service import Fetching, opened_fetcher
from bench.mapping_service import opened_mapper
from bench.writing import Writing, opened_writer
from connections.opening import Pool
from connections.shop_book import ShopBook
from console import tables
from console.migrate.actions import migration_sets
from devstack.databases import Database
from eventstore.journal import Cause, Journal
from eventstore.missed import Times
from eventstore.store import EventStore
from eventstore.tables import PostgresMarks
from eventstore.wakeups import Wakeup
from jobs.postgres import PostgresJobs
from mapper.app import MapperService
from mapper.tables.waiting import Tables, Waiting
from relay.checkpoint import Checkpoint
from relay.tables import open_checkpoint
from runtime.clock import utc_now
from runtime.migrations import migrate
from status_tracker.intake import Intake

BATCH: Final = 500
ASKED: Final = 20
_AT_ONCE: Final = Times(after=timedelta(0), every_s=0.0)
"""A group is looked after whenever it is asked, however young its events are."""


@dataclass
class Installation:
    """What the services of one database are asked through; ``numbers``: of orders not stored."""

    store: EventStore
    rows: tables.PostgresRows
    mapper: MapperService
    writing: Writing
    intake: Intake
    fetching: Fetching
    jobs: PostgresJobs
    waiting: Tables
    marks: PostgresMarks
    checkpoint: Checkpoint
    pool: Pool
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(10_000_000, BATCH))

    def new(self, count: int = BATCH) -> range:
        """Orders that nobody has heard of."""
        first = next(self.numbers)
        return range(first, first + count)

    async def fetched(self) -> range:
        """New orders, appended as fetched."""
        numbers = self.new()
        await self.store.append([orders.append_order(n) for n in numbers])
        return numbers

    async def created(self) -> list[Wakeup]:
        """New orders, appended up to created; the records of that."""
        commands = [orders.five_events(n) for n in self.new()]
        await self.store.append(commands)
        return [
            Wakeup(Cause(each.stream, str(each.events[-1].id)), each.events[-1].event, 5)
            for each in commands
        ]

    async def wait_for_a_link(self) -> None:
        """New orders that are created wait, as if nobody had told, and no others of the shop."""
        await self.pool.execute("DELETE FROM mapper.waiting WHERE shop_id = $1", orders.SHOP_ID)
        streams = [wakeup.stream for wakeup in await self.created()]
        await self.waiting.keep([Waiting(each, orders.SHOP_ID, "link") for each in streams])

    async def release(self) -> None:
        """All that the mapper finds waiting without anybody's record, decided on again."""
        await self.mapper.rounds["blocked"]()
        while await self.mapper.rounds["release"]():
            pass


async def installed(opened: AsyncExitStack, of: Database, count: int) -> Installation:
    """An empty database is migrated and filled with so many orders; closed with ``opened``."""
    enter = opened.enter_async_context
    await migrate(of.admin_dsn, list(migration_sets()))
    store, mapper = await enter(opened_mapper(of, missed=_AT_ONCE))
    await store.append([orders.five_events(0)])
    await grown_tables.fill(of, count)
    pool = await enter(asyncpg.create_pool(of.app_dsn, min_size=1, max_size=4))
    jobs, journal = PostgresJobs(pool, utc_now), Journal(store, "status-tracker", utc_now)
    return Installation(
        store=store,
        rows=await enter(tables.connect(of.app_dsn)),
        mapper=mapper,
        writing=await enter(opened_writer(of, of.app_dsn)),
        intake=Intake(journal, ShopBook(store), jobs),
        fetching=await enter(opened_fetcher(of)),
        jobs=jobs,
        waiting=Tables(pool),
        marks=PostgresMarks(pool),
        checkpoint=await enter(open_checkpoint(of.app_dsn)),
        pool=pool,
    )


async def rate(units: int, do: Callable[[], Awaitable[object]]) -> float:
    """Units a second."""
    began = time.perf_counter()
    await do()
    return units / (time.perf_counter() - began)


async def repeated(do: Callable[[], Awaitable[object]]) -> float:
    """How often a second, once its statements are prepared."""
    await do()

    async def all_of_them() -> None:
        for _ in range(ASKED):
            await do()

    return await rate(ASKED, all_of_them)
