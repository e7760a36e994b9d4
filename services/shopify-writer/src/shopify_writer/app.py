"""shopify-writer: ShopifyOrderDraft in, ShopifyOrderCreated out, exactly once."""

from connections.opening import digest_key, open_pool, open_shopify, vault_on
from effects import Effects, PostgresEffects, WorkerSettings, open_owner, run_worker
from eventstore import EventStore
from eventstore.postgres import connect
from eventstore.wakeups import subscribe_group
from runtime import kafka, logs
from runtime.clock import Clock, utc_now
from runtime.service import serve
from runtime.settings import load_or_exit
from shopify.client import ShopifyClient
from shopify_writer.attempt import Doubts, Writer
from shopify_writer.jobs import KIND, Intake
from shopify_writer.recording import SOURCE, Record
from shopify_writer.settings import WriterSettings
from vault.interface import Vault


def build(
    store: EventStore,
    vault: Vault,
    shopify: ShopifyClient,
    effects: Effects,
    clock: Clock,
    settings: WriterSettings,
) -> tuple[Intake, Writer]:
    """The whole service, given its connections: what takes drafts in, what carries them out."""
    writer = Writer(
        Record(store, clock),
        vault,
        shopify,
        effects,
        clock,
        doubts=Doubts(settings.absent_after, settings.call_deadline),
        digest_key=digest_key(settings),
    )
    return Intake(effects, clock), writer


async def main() -> int:
    """Run the shopify-writer until asked to stop."""
    settings = load_or_exit(WriterSettings)
    logs.configure(SOURCE, settings.log_level)
    dsn = settings.database_url.get_secret_value()
    async with (
        connect(dsn) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_shopify(settings, vault_on(pool, settings)) as shopify,
    ):
        effects = PostgresEffects(pool, utc_now)
        vault = vault_on(pool, settings)
        intake, writer = build(store, vault, shopify, effects, utc_now, settings)
        connection = kafka.connect(settings.kafka_bootstrap, client_id=SOURCE)
        subscribe_group(connection, SOURCE, intake.on_records, topic_prefix=settings.topic_prefix)

        return await serve(
            settings,
            {
                "consume": lambda: kafka.consume(connection),
                "work": lambda: run_worker(
                    effects,
                    lambda: open_owner(dsn),
                    (KIND,),
                    writer.perform,
                    settings=WorkerSettings(concurrency=settings.concurrency),
                ),
            },
            readiness={"kafka": connection.ready},
            watchdog=connection.watchdog,
        )
