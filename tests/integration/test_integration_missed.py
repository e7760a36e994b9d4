"""Real Kafka loses records before the mapper reads them: lag 0, ready, and 20 of 20 are decided."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from bench.counting import counting_proxy
from libs.runtime.tests.group_members import until_answered
from prometheus_client import CollectorRegistry
from pydantic import SecretStr
from tests.integration.database_access import Pool
from tests.system.relay_process import running_relay
from tests.world.services import nothing_waits
from tests.world.story import SHOP_ID, connected, fetched
from tests.world.writer import nobody_lags

from connections.backpressure import Lag, lag_of
from console.migrate.actions import ensure_all_topics
from devstack.backends import Servers
from devstack.databases import Database
from eventstore import postgres
from eventstore.missed import PAGE, to_wakeup
from eventstore.store import ANY_VERSION, Append, EventStore
from eventstore.tables import PostgresMarks
from eventstore.wakeups import subscribe_group
from mapper.app import Connections, MapperService, build
from mapper.settings import MapperSettings
from mapper.tables import MIGRATIONS
from mapper.tables.catalogues import Catalogues
from mapper.tables.waiting import Tables
from ordersync_contracts import topics
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream, shop_stream
from relay import tables as relay_tables
from runtime import admin, kafka
from runtime.clock import Clocks, utc_now
from runtime.pools import as_it_is
from runtime.randomness import system_chance, system_id

MIGRATED = [postgres.MIGRATIONS, MIGRATIONS, relay_tables.MIGRATIONS]
pytestmark = pytest.mark.usefixtures("logged")
CONSUMED = {event.type_name() for topic in topics.consumed_by("mapper") for event in topic.events}
ORDERS = [str(576461413038785000 + n) for n in range(20)]


async def arrive(store: EventStore, *order_ids: str) -> None:
    """A shop is connected, these orders of it are fetched."""
    said = [(shop_stream(SHOP_ID), event) for event in connected()]
    said += [(order_stream(SHOP_ID, each), fetched(order_id=each)) for each in order_ids]
    trace = Trace("test", "test")
    await store.append(
        [
            Append(stream, ANY_VERSION, (NewEvent(fact_id(stream, name), event, utc_now(), trace),))
            for stream, event in said
            for name in [event.type_name()]
        ]
    )


async def decided(store: EventStore) -> Counter[str]:
    names = await store.names_of([order_stream(SHOP_ID, each) for each in ORDERS])
    return Counter([name for of_order in names.values() for name in of_order])


def mapper(
    store: EventStore, pool: Pool, settings: MapperSettings, lag: Lag | None = None
) -> MapperService:
    waiting = Tables(pool)
    connections = Connections(
        store,
        waiting,
        Catalogues(pool, waiting.releases),
        None,  # type: ignore[arg-type]  # nobody asks Shopify
        lag or lag_of(settings, ["mapper"]),
        nothing_waits,
        PostgresMarks(pool),
    )
    return build(connections, settings, Clocks(), system_id, system_chance, CollectorRegistry())


@asynccontextmanager
async def consuming(service: MapperService, settings: MapperSettings) -> AsyncIterator[None]:
    registry = CollectorRegistry()
    connection = kafka.connect(settings.kafka_bootstrap, client_id="test", registry=registry)
    prefix = settings.topic_prefix
    subscribe_group(connection, "mapper", service.on_records, topic_prefix=prefix)
    task = asyncio.create_task(kafka.consume(connection, lag_interval_s=0.1))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


async def lose(bootstrap: str, topic: str) -> None:
    """Everything that stands in the topic is deleted there."""
    partitions = await admin.partitions_of(bootstrap, [topic])
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    await client.delete_records({each: RecordsToDelete(before_offset=-1) for each in partitions})
    await client.close()


async def test_orders_whose_record_was_lost_are_decided_on(
    stack: Servers, database: Database, pool: Pool, topic_prefix: str
) -> None:
    await ensure_all_topics(stack.kafka, topic_prefix, 2)
    settings = MapperSettings.model_construct(
        kafka_bootstrap=stack.kafka,
        database_url=SecretStr(database.app_dsn),
        topic_prefix=topic_prefix,
        missed_after_s=0.0,
    )
    store = postgres.PostgresEventStore(pool)
    await arrive(store, *ORDERS)
    served = {"KAFKA_BOOTSTRAP": stack.kafka, "TOPIC_PREFIX": topic_prefix}
    async with running_relay(DATABASE_URL=database.app_dsn, **served):
        await until_published(pool, await store.head())
        await lose(stack.kafka, f"{topic_prefix}order-fetched")
        service = mapper(store, pool, settings)
        async with consuming(service, settings):
            await until_read(settings)
            assert await decided(store) == {"OrderFetched": 20}
            assert await service.rounds["missed"]() == 20
    assert await decided(store) == {"OrderFetched": 20, "OrderEligible": 20}
    await store.close()


async def until_published(pool: Pool, position: int) -> None:
    async def published() -> int:
        reached: int = await pool.fetchval("SELECT position FROM relay.checkpoint")
        return reached

    await until_answered(published, position)


async def until_read(settings: MapperSettings) -> None:
    """The group has joined, has read what is left, and has nothing before it."""
    lag = lag_of(settings, ["mapper"])

    async def of_mapper() -> int:
        return (await lag())["mapper"]

    await until_answered(of_mapper, 0)


async def test_looking_through_a_page_in_which_nothing_is_missed_costs_six_statements(
    database: Database, pool: Pool
) -> None:
    """However much is on it: the turn, what is due, the page, the names of its streams, the mark,
    how much is set aside. Lag is Kafka's to say; one more where what is heard is marked."""
    settings = MapperSettings.model_construct(missed_after_s=0.0, missed_interval_s=0.0)
    async with (
        counting_proxy(database.app_dsn) as (dsn, counted),
        postgres.connect(dsn) as store,
        asyncpg.create_pool(dsn, min_size=1, max_size=1, reset=as_it_is) as counted_pool,
    ):
        service = mapper(store, counted_pool, settings, nobody_lags)
        await act_on(store, service, *(str(n) for n in range(10)))
        await service.rounds["missed"]()  # opens its connections, prepares its statements
        await act_on(store, service, *(str(n) for n in range(100, 100 + PAGE // 3)))
        before = counted.statements
        assert await service.rounds["missed"]() == 0
        assert counted.statements - before == 6


async def act_on(store: EventStore, service: MapperService, *orders: str) -> None:
    """These orders are fetched, and the mapper hears of it."""
    head = await store.head()
    await arrive(store, *orders)
    recorded = await store.read_after(head, PAGE)
    await service.on_records([to_wakeup(each) for each in recorded if each.name in CONSUMED])
