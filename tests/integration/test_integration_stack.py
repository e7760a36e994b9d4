"""The servers the other tests stand on."""

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from tests.integration.database_access import ask, connected

from devstack.backends import GivenServers, Servers
from devstack.databases import Database, create_database, drop_database


async def test_every_test_has_a_database_of_its_own(database: Database) -> None:
    await ask(database.admin_dsn, "CREATE TABLE kept (only_here int)")
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert await ask(database.admin_dsn, tables) == 1


async def test_the_application_may_log_in_but_not_create_tables(database: Database) -> None:
    assert await ask(database.app_dsn, "SELECT pg_has_role('ordersync_app', 'member')")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(database.app_dsn, "CREATE TABLE refused ()")


async def test_what_is_acknowledged_by_kafka_can_be_read(stack: Servers, topic_prefix: str) -> None:
    topic = f"{topic_prefix}order-fetched"
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()
    async with AIOKafkaProducer(
        bootstrap_servers=stack.kafka, enable_idempotence=True, acks="all"
    ) as producer:
        await producer.send_and_wait(topic, b"{}", key=b"order-1")
    async with AIOKafkaConsumer(
        topic, bootstrap_servers=stack.kafka, auto_offset_reset="earliest"
    ) as consumer:
        record = await consumer.getone()
    assert (record.key, record.value) == (b"order-1", b"{}")


async def test_given_servers_are_used_with_the_login_they_come_with(
    stack: Servers, database: Database
) -> None:
    login = database.app_dsn.replace("//ordersync:", "//another login:")
    given = GivenServers(
        {
            "KAFKA_BOOTSTRAP": stack.kafka,
            "ADMIN_DATABASE_URL": database.admin_dsn,
            "DATABASE_URL": login,
        }
    )
    assert given.kafka == stack.kafka
    fresh = await create_database(given.postgres, f"{database.name}_given")
    async with connected(fresh.app_dsn) as connection:
        assert await connection.fetchval("SELECT current_user") == "another login"
        assert await connection.fetchval("SELECT pg_has_role('ordersync_app', 'member')")
    await drop_database(given.postgres, fresh.name)
