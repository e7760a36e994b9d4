"""``bench growth``: what an order costs each service when a million are stored, by ten thousand.

Two installations, filled by SQL and measured in turns: what disturbs the machine disturbs both.
"""

import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import asyncpg

from bench import counters, grown_tables, orders
from bench.mapping_service import opened_mapper
from bench.result import Result
from bench.rounds import Measured, Turn, interleaved, ratio
from bench.servers import BenchServers, database
from bench.size import Size
from bench.writing import Writing, opened_writer
from connections.shop_book import ShopBook
from console import projection, tables
from console.migrate.actions import migration_sets
from console.rows import OrderFilter
from eventstore.journal import Cause, Journal
from eventstore.store import EventStore
from eventstore.tail import stream_pages
from eventstore.wakeups import Wakeup
from fetcher.order_index import KnownOrder
from fetcher.tables import PostgresOrderIndex
from jobs.postgres import PostgresJobs
from lifecycle.status import Status
from mapper.app import MapperService
from ordersync_contracts.events import StoreReconciled
from runtime.clock import utc_now
from runtime.migrations import migrate
from status_tracker.intake import Intake

_BATCH: Final = 500
_JOBS: Final = 160
_ASKED: Final = 20
_ROUNDS: Final = 5


@dataclass
class Installation:
    """One database with so many synced orders, and the services on it."""

    store: EventStore
    rows: tables.PostgresRows
    mapper: MapperService
    writing: Writing
    intake: Intake
    index: PostgresOrderIndex
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(10_000_000, _BATCH))

    async def record_fetched(self) -> float:
        """The fetcher's index of orders: noted and counted."""
        first = next(self.numbers)
        known = [KnownOrder(str(n), utc_now()) for n in range(first, first + _BATCH)]

        async def note() -> None:
            await self.index.note(orders.SHOP_ID, known)
            await self.index.count(orders.SHOP_ID, utc_now() - timedelta(hours=1), utc_now())

        return await _rate(_BATCH, note)

    async def draft(self) -> float:
        """The mapper: one batch of new orders."""
        first = await self._fetched()
        return await _rate(_BATCH, lambda: self.mapper.on_records(counters.wakeups(first)))

    async def create(self) -> float:
        """The shopify-writer, before a Shopify that answers at once."""
        first = next(self.numbers)
        return await _rate(_JOBS, lambda: self.writing.create(range(first, first + _JOBS)))

    async def track(self) -> float:
        """The status-tracker: orders that were created."""
        first = next(self.numbers)
        commands = [orders.five_events(n) for n in range(first, first + _BATCH)]
        await self.store.append(commands)
        created = [
            Wakeup(Cause(each.stream, str(each.events[-1].id)), each.events[-1].event, 5)
            for each in commands
        ]
        return await _rate(_BATCH, lambda: self.intake.on_records(created))

    async def show(self) -> float:
        """The console: new orders become rows."""
        await projection.catch_up(self.store, self.rows)
        await self._fetched()
        return await _rate(_BATCH, lambda: projection.catch_up(self.store, self.rows))

    async def orders_page(self) -> float:
        """The Orders page, of a filter that takes few."""
        few = OrderFilter(Status.SYNC_FAILED, orders.SHOP_ID, "unlinked_sku")

        async def look() -> None:
            for wanted in (few, OrderFilter()):
                await self.rows.orders(wanted, limit=51)
                await self.rows.count(wanted, limit=1_000)
            await self.rows.tally()

        return await _repeated(look)

    async def replay(self) -> float:
        """What a replay and the reconciliations read: a rare event, and the newest hour."""
        names = (StoreReconciled.type_name(), "ShopifyOrderCreated")

        async def read() -> None:
            await self.store.read_named(names[:1], orders.NOW - timedelta(days=400), 0, _BATCH)
            await self.store.read_named(names, utc_now() - timedelta(hours=1), 0, _BATCH)

        return await _repeated(read)

    async def rebuild(self) -> float:
        """What the mapper's rebuild reads, an order; its first pages."""
        return await _rate(_ASKED * _BATCH // 2, self._first_pages)

    async def _first_pages(self) -> None:
        left = _ASKED // 2
        async for streams in stream_pages(self.store, "order"):
            await self.store.read_many(streams)
            left -= 1
            if not left:
                return

    async def _fetched(self) -> int:
        first = next(self.numbers)
        await self.store.append([orders.append_order(n) for n in range(first, first + _BATCH)])
        return first


async def run(servers: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """Every kind of work at both sizes; a ratio of 1 is a cost that does not grow."""
    await servers.make_room()
    few, many = size.grown_orders
    measured: dict[str, dict[str, Measured]] = {}
    async with AsyncExitStack() as opened:
        installed = {count: await _installed(opened, servers, count) for count in (few, many)}
        for name in _WORK:
            turns: dict[str, Turn] = {
                f"{count:,} orders": getattr(of, name) for count, of in installed.items()
            }
            measured[name] = await interleaved(name, turns, _ROUNDS)
    ratios = {}
    figures: dict[str, float] = {"orders_few": few, "orders_many": many}
    for name, by in measured.items():
        small, large = by.values()
        ratios[f"{name}_many_vs_few"] = round(ratio(large, small), 2)
        figures[f"{name}_per_s"] = round(large.median)
    details = {
        name: {who: each.to_json() for who, each in by.items()} for name, by in measured.items()
    }
    return Result("growth", ratios, figures), details


_WORK: Final = (
    "record_fetched", "draft", "create", "track", "show", "orders_page", "replay", "rebuild",
)  # fmt: skip


async def _installed(opened: AsyncExitStack, servers: BenchServers, count: int) -> Installation:
    enter = opened.enter_async_context
    of = await enter(database(servers.postgres))
    await migrate(of.admin_dsn, list(migration_sets()))
    store, mapper = await enter(opened_mapper(of))
    await store.append([orders.five_events(0)])
    await grown_tables.fill(of, count)
    pool = await enter(asyncpg.create_pool(of.app_dsn, min_size=1, max_size=4))
    journal = Journal(store, "status-tracker", utc_now)
    return Installation(
        store=store,
        rows=await enter(tables.connect(of.app_dsn)),
        mapper=mapper,
        writing=await enter(opened_writer(of, of.app_dsn)),
        intake=Intake(journal, ShopBook(store), PostgresJobs(pool, utc_now)),
        index=PostgresOrderIndex(pool),
    )


async def _rate(units: int, do: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await do()
    return units / (time.perf_counter() - began)


async def _repeated(do: Callable[[], Awaitable[object]]) -> float:
    await do()  # prepares its statements

    async def all_of_them() -> None:
        for _ in range(_ASKED):
            await do()

    return await _rate(_ASKED, all_of_them)
