"""shopify-writer: ShopifyOrderDraft in, ShopifyOrderCreated out, exactly once."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry

from connections.budgeted import BudgetedShopify
from connections.opening import Pool, digest_key, open_budgeted, open_pool, vault_on
from eventstore import EventStore
from eventstore.postgres import connect
from eventstore.wakeups import subscribe_group
from jobs import (
    JobStore,
    PostgresBudget,
    PostgresJobs,
    WorkerSettings,
    open_owner,
    run_worker,
)
from runtime import kafka, logs
from runtime.clock import Clock, Clocks, boottime, utc_now
from runtime.keep_running import keep_running
from runtime.randomness import system_chance, system_id
from runtime.service import Task, serve
from runtime.settings import load_or_exit
from shopify.calls import Calls
from shopify_writer.adoption.adopt_first import AdoptFirst
from shopify_writer.adoption.scans import AdoptionScans
from shopify_writer.creation.admission import Admission
from shopify_writer.creation.attempt import Doubts, Writer
from shopify_writer.creation.intake import CREATE_ORDER, Intake
from shopify_writer.creation.recording import SOURCE, Record
from shopify_writer.readback.checkpoints import CheckpointedReadBack
from shopify_writer.readback.read_back import ReadBack
from shopify_writer.reconciliation.reconciling import ReconciliationMetrics, Reconciling
from shopify_writer.settings import WriterSettings
from shopify_writer.store_pauses import StorePauses
from shopify_writer.tables import PostgresCheckpoints, PostgresKeptOrders, PostgresTurns
from shopify_writer.webhooks.inbox import Webhooks
from shopify_writer.webhooks.tasks import webhook_tasks
from vault.interface import Vault

_TEND_EVERY_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Takes drafts in, carries them out, tends the stores, reads back what was created."""

    intake: Intake
    writer: Writer
    stores: StorePauses
    read_back: ReadBack


def build(
    store: EventStore,
    vault: Vault,
    shopify: Calls,
    job_store: JobStore,
    clock: Clock,
    settings: WriterSettings,
) -> Parts:
    """The whole service, given its connections."""
    stores = StorePauses(store, shopify, job_store, clock)
    read_back = ReadBack(Record(store, clock), shopify)
    writer = Writer(
        Record(store, clock, read_back.note),
        vault,
        shopify,
        stores,
        job_store,
        clock,
        doubts=Doubts(settings.absent_after, settings.call_deadline),
        digest_key=digest_key(settings),
    )
    return Parts(Intake(job_store, stores, clock), writer, stores, read_back)


async def tend(stores: StorePauses) -> None:
    """Look after the stores now and then, for ever."""
    while True:
        await stores.tend()
        await asyncio.sleep(_TEND_EVERY_S)


def _reconciling(
    store: EventStore,
    shopify: BudgetedShopify,
    pool: Pool,
    settings: WriterSettings,
    registry: CollectorRegistry,
) -> dict[str, Task]:
    if not settings.reconcile_stores_every_s:
        return {}
    reconciling = Reconciling(
        store,
        shopify,
        PostgresTurns(pool),
        utc_now,
        ReconciliationMetrics(registry),
        every=timedelta(seconds=settings.reconcile_stores_every_s),
    )
    return {"reconcile": lambda: keep_running("reconcile", reconciling.run)}


async def main() -> int:
    """Run the shopify-writer until asked to stop."""
    settings = load_or_exit(WriterSettings)
    logs.configure(SOURCE, settings.log_level)
    dsn = settings.database_url.get_secret_value()
    async with (
        connect(dsn) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_budgeted(settings, pool, budget := PostgresBudget(pool, system_id())) as shopify,
    ):
        job_store = PostgresJobs(pool, utc_now)
        vault = vault_on(pool, settings)
        parts = build(store, vault, shopify, job_store, utc_now, settings)
        kept = PostgresKeptOrders(pool)
        marks = PostgresCheckpoints(pool)
        reading_back = CheckpointedReadBack(parts.read_back, marks, store, system_id(), utc_now)
        adopting = AdoptionScans(store, shopify, kept, utc_now)
        perform = AdoptFirst(parts.writer.perform, store, shopify, kept, utc_now).perform
        connection = kafka.connect(settings.kafka_bootstrap, client_id=SOURCE)
        subscribe_group(
            connection,
            SOURCE,
            adopting.hearing(parts.intake.on_records),
            topic_prefix=settings.topic_prefix,
        )

        return await serve(
            settings,
            {
                "consume": lambda: kafka.consume(connection),
                "adopt": lambda: keep_running("adopt", adopting.repeat),
                "tend": lambda: keep_running("tend", lambda: tend(parts.stores)),
                **_reconciling(store, shopify, pool, settings, connection.registry),
                **webhook_tasks(
                    store,
                    vault,
                    Webhooks(pool),
                    parts.stores,
                    settings,
                    utc_now,
                    connection.registry,
                ),
                "read-back": lambda: keep_running("read-back", reading_back.run),
                "work": lambda: run_worker(
                    job_store,
                    partial(open_owner, dsn, clock=boottime),
                    (CREATE_ORDER,),
                    Admission(perform, shopify, budget, utc_now).perform,
                    settings=WorkerSettings(settings.waits.surprise, settings.concurrency),
                    clocks=Clocks(),
                    new_id=system_id,
                    chance=system_chance,
                ),
            },
            readiness={"kafka": connection.ready},
            watchdog=connection.watchdog,
            registry=connection.registry,
        )
