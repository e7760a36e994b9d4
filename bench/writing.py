"""The shopify-writer, built as its ``main`` builds it, before a Shopify that answers at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import asyncpg
from tests.world.writer import a_writer

from bench import orders
from devstack.databases import Database
from eventstore import postgres
from eventstore.store import Append, EventStore
from jobs.budget_stores import PostgresBudget
from jobs.job import NewJob
from jobs.owner import open_owner
from jobs.postgres import MIGRATIONS as JOBS
from jobs.postgres import PostgresJobs
from runtime.clock import Clocks, boottime, utc_now
from runtime.migrations import migrate
from runtime.pools import as_it_is
from runtime.randomness import system_id
from shopify.answers import Answer, CallFacts, Done
from shopify.body import Guard
from shopify_writer import tables
from shopify_writer.domain import CREATE_ORDER

_LIMIT_S: Final = 60.0


class AnswersAtOnce:
    """Keeps ``shopify.calls.Calls``: finds no order and creates each."""

    async def execute(
        self, store: str, what: str, variables: Mapping[str, Any], *, guard: Guard | None = None
    ) -> Answer:
        """See ``Calls.execute``."""
        assert store == orders.STORE
        if guard is not None:
            guard()
        call = CallFacts(sent_at=utc_now())
        if what != "order_create":
            return Done({"orderByIdentifier": None}, call=call)
        number, now = variables["order"]["sourceIdentifier"], call.sent_at.isoformat()
        order = {
            "id": f"gid://shopify/Order/{number}",
            "legacyResourceId": number,
            "name": f"#{number}",
            "createdAt": now,
            "processedAt": now,
            "sourceIdentifier": number,
        }
        return Done({"orderCreate": {"order": order, "userErrors": []}}, call=call)


@dataclass(frozen=True)
class Writing:
    """A shopify-writer at work on the jobs of one database."""

    store: EventStore
    job_store: PostgresJobs
    worker: "asyncio.Task[None]"

    async def create(self, numbers: Sequence[int]) -> None:
        """Have these orders created; returns when their jobs are done."""
        commands = [_drafted(number) for number in numbers]
        await self.store.append(commands)
        await self.job_store.enqueue([_job(command) for command in commands])
        async with asyncio.timeout(_LIMIT_S):
            while await self.job_store.states():
                await asyncio.wait([self.worker], timeout=0.05)
                if self.worker.done():
                    self.worker.result()


@asynccontextmanager
async def opened_writer(of: Database, app_dsn: str) -> AsyncIterator[Writing]:
    """``app_dsn``: the way by which the writer reaches the database."""
    await migrate(of.admin_dsn, [postgres.MIGRATIONS, JOBS, tables.MIGRATIONS])
    async with AsyncExitStack() as opened:
        enter = opened.enter_async_context
        own = await enter(postgres.connect(of.app_dsn))
        await own.append(orders.setting())
        pool = await enter(asyncpg.create_pool(of.app_dsn, min_size=1, max_size=2))
        worker = asyncio.create_task(_work(app_dsn))
        opened.push_async_callback(_ended, worker)
        yield Writing(own, PostgresJobs(pool, utc_now), worker)


async def _work(dsn: str) -> None:
    pooled = asyncpg.create_pool(dsn, min_size=1, max_size=8, reset=as_it_is)
    async with postgres.connect(dsn) as store, pooled as pool:
        service = a_writer(
            AnswersAtOnce(),
            Clocks(),
            store=store,
            job_store=PostgresJobs(pool, utc_now),
            budget=PostgresBudget(pool, system_id()),
            open_owner=partial(open_owner, dsn, clock=boottime),
            kept_orders=tables.PostgresKeptOrders(pool),
            concurrency=32,
        )
        await service.tasks["work"]()


def _drafted(number: int) -> Append:
    whole = orders.five_events(number)
    return Append(whole.stream, 0, whole.events[:3])


def _job(drafted: Append) -> NewJob:
    event_id = drafted.events[-1].id
    return NewJob(event_id, drafted.stream, 3, orders.STORE, CREATE_ORDER, utc_now())


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])
