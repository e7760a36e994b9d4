"""shopify-writer: ShopifyOrderDraft in, ShopifyOrderCreated out, exactly once."""

import asyncio
from typing import Final

from connections.opening import digest_key, open_paced, open_pool, vault_on
from effects import (
    Effects,
    PostgresBudget,
    PostgresEffects,
    WorkerSettings,
    new_owner_id,
    open_owner,
    run_worker,
)
from eventstore import EventStore
from eventstore.postgres import connect
from eventstore.wakeups import subscribe_group
from runtime import kafka, logs
from runtime.clock import Clock, utc_now
from runtime.persistence import persist
from runtime.service import serve
from runtime.settings import load_or_exit
from shopify.calls import Calls
from shopify_writer.attempt import Doubts, Writer
from shopify_writer.jobs import KIND, Intake
from shopify_writer.paced import Paced
from shopify_writer.recording import SOURCE, Record
from shopify_writer.settings import WriterSettings
from shopify_writer.stores import Stores
from vault.interface import Vault

_TEND_EVERY_S: Final = 30.0


def build(
    store: EventStore,
    vault: Vault,
    shopify: Calls,
    effects: Effects,
    clock: Clock,
    settings: WriterSettings,
) -> tuple[Intake, Writer, Stores]:
    """The whole service, given its connections: takes drafts in, carries out, tends the stores."""
    stores = Stores(store, shopify, effects, clock)
    writer = Writer(
        Record(store, clock),
        vault,
        shopify,
        stores,
        effects,
        clock,
        doubts=Doubts(settings.absent_after, settings.call_deadline),
        digest_key=digest_key(settings),
    )
    return Intake(effects, stores, clock), writer, stores


async def tend(stores: Stores) -> None:
    """Look after the stores now and then, for ever."""
    while True:
        await stores.tend()
        await asyncio.sleep(_TEND_EVERY_S)


async def main() -> int:
    """Run the shopify-writer until asked to stop."""
    settings = load_or_exit(WriterSettings)
    logs.configure(SOURCE, settings.log_level)
    dsn = settings.database_url.get_secret_value()
    async with (
        connect(dsn) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_paced(settings, pool, budget := PostgresBudget(pool, new_owner_id())) as shopify,
    ):
        effects = PostgresEffects(pool, utc_now)
        vault = vault_on(pool, settings)
        intake, writer, stores = build(store, vault, shopify, effects, utc_now, settings)
        connection = kafka.connect(settings.kafka_bootstrap, client_id=SOURCE)
        subscribe_group(connection, SOURCE, intake.on_records, topic_prefix=settings.topic_prefix)

        return await serve(
            settings,
            {
                "consume": lambda: kafka.consume(connection),
                "tend": lambda: persist("tend", lambda: tend(stores)),
                "work": lambda: run_worker(
                    effects,
                    lambda: open_owner(dsn),
                    (KIND,),
                    Paced(writer.perform, shopify, budget, utc_now).perform,
                    settings=WorkerSettings(concurrency=settings.concurrency),
                ),
            },
            readiness={"kafka": connection.ready},
            watchdog=connection.watchdog,
            registry=connection.registry,
        )
