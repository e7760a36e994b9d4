"""status-tracker: OrderFetched in; deliveries, cancellations, corrections out and into Shopify."""

from connections.opening import open_budgeted, open_pool, vault_on
from eventstore import EventStore
from eventstore.postgres import connect
from eventstore.wakeups import subscribe_group
from jobs import (
    JobStore,
    PostgresBudget,
    PostgresJobs,
    WorkerSettings,
    new_owner_id,
    open_owner,
    run_worker,
)
from runtime import kafka, logs
from runtime.clock import Clock, utc_now
from runtime.service import serve
from runtime.settings import load_or_exit
from shopify.calls import Calls
from status_tracker.applying import Applier
from status_tracker.doubts import Doubts
from status_tracker.recording import SOURCE, Record
from status_tracker.settings import TrackerSettings
from status_tracker.tracking import KINDS, Tracking
from vault.interface import Vault


def build(
    store: EventStore,
    vault: Vault,
    shopify: Calls,
    job_store: JobStore,
    clock: Clock,
    settings: TrackerSettings,
) -> tuple[Tracking, Applier]:
    """The whole service, given its connections: what decides, what carries out."""
    doubts = Doubts(settings.absent_after, settings.call_deadline)
    applier = Applier(Record(store, clock), vault, shopify, job_store, clock, doubts)
    return Tracking(store, job_store, clock), applier


async def main() -> int:
    """Run the status-tracker until asked to stop."""
    settings = load_or_exit(TrackerSettings)
    logs.configure(SOURCE, settings.log_level)
    dsn = settings.database_url.get_secret_value()
    async with (
        connect(dsn) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_budgeted(settings, pool, PostgresBudget(pool, new_owner_id())) as shopify,
    ):
        job_store = PostgresJobs(pool, utc_now)
        tracking, applier = build(
            store, vault_on(pool, settings), shopify, job_store, utc_now, settings
        )
        connection = kafka.connect(settings.kafka_bootstrap, client_id=SOURCE)
        subscribe_group(connection, SOURCE, tracking.on_records, topic_prefix=settings.topic_prefix)

        return await serve(
            settings,
            {
                "consume": lambda: kafka.consume(connection),
                "work": lambda: run_worker(
                    job_store,
                    lambda: open_owner(dsn),
                    KINDS,
                    applier.perform,
                    settings=WorkerSettings(concurrency=settings.concurrency),
                ),
            },
            readiness={"kafka": connection.ready},
            watchdog=connection.watchdog,
            registry=connection.registry,
        )
