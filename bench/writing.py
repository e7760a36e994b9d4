"""The shopify-writer, built as its ``main`` builds it, before a Shopify that answers at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from secrets import token_bytes
from typing import Any, Final

import asyncpg

from bench import orders
from connections.budgeted import BudgetedShopify
from devstack.databases import Database
from eventstore import Append, EventStore, postgres
from jobs import (
    MIGRATIONS as JOBS,
)
from jobs import (
    BudgetQueue,
    NewJob,
    PostgresBudget,
    PostgresJobs,
    WorkerSettings,
    open_owner,
    run_worker,
)
from runtime.backoff import Backoff
from runtime.clock import Clocks, boottime, monotonic, utc_now
from runtime.migrations import migrate
from runtime.pools import as_it_is
from runtime.randomness import system_chance, system_id
from shopify.answers import Answer, CallFacts, Done
from shopify.body import Guard
from shopify_writer import tables
from shopify_writer.adoption.adopt_first import AdoptFirst
from shopify_writer.creation.admission import Admission
from shopify_writer.creation.attempt import Doubts, Writer
from shopify_writer.creation.intake import CREATE_ORDER
from shopify_writer.creation.recording import Record
from shopify_writer.store_pauses import StorePauses
from vault import MemoryVault
from vault.keys import MasterKeys

_LIMIT_S: Final = 60.0


class AnswersAtOnce:
    """Keeps ``shopify.calls.Calls``: finds no order and creates each."""

    async def execute(
        self,
        store: str,
        what: str,
        variables: Mapping[str, Any],
        *,
        guard: Guard | None = None,
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
            while await self.job_store.depth():
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
        job_store, budget = PostgresJobs(pool, utc_now), PostgresBudget(pool, system_id())
        shopify = BudgetedShopify(
            AnswersAtOnce(), BudgetQueue(budget, monotonic), utc_now, monotonic
        )
        writer = Writer(
            Record(store, utc_now),
            MemoryVault(MasterKeys({"k": bytes(32)}, "k"), utc_now, token_bytes),
            shopify,
            StorePauses(store, shopify, job_store, utc_now),
            job_store,
            utc_now,
            doubts=Doubts(absent_after=timedelta(minutes=5)),
            digest_key=bytes(32),
        )
        kept = tables.PostgresKeptOrders(pool)
        perform = AdoptFirst(writer.perform, store, shopify, kept, utc_now).perform
        await run_worker(
            job_store,
            partial(open_owner, dsn, clock=boottime),
            (CREATE_ORDER,),
            Admission(perform, shopify, budget, utc_now).perform,
            settings=WorkerSettings(Backoff(first=1.0, longest=300.0)),
            clocks=Clocks(),
            new_id=system_id,
            chance=system_chance,
        )


def _drafted(number: int) -> Append:
    whole = orders.five_events(number)
    return Append(whole.stream, 0, whole.events[:3])


def _job(drafted: Append) -> NewJob:
    event_id = drafted.events[-1].id
    return NewJob(event_id, drafted.stream, 3, orders.STORE, CREATE_ORDER, utc_now())


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.wait([task])
