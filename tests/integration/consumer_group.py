"""A consumer group's topics on real Kafka."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete
from libs.runtime.tests import group_members
from libs.runtime.tests.group_members import LIMIT_S
from prometheus_client import CollectorRegistry

from runtime import admin, kafka
from runtime.admin import TopicSpec
from runtime.health import Watchdog
from runtime.publisher import Publisher, open_publisher


class Group(group_members.Group):
    """See group_members."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        super().__init__(prefix)
        self.bootstrap = bootstrap

    async def create(self, partitions: int = 4) -> None:
        names = (self.live, self.replay, self.dead)
        await admin.ensure_topics(
            self.bootstrap, [TopicSpec(name, partitions, 3_600_000) for name in names]
        )

    def connection(self, watchdog: Watchdog | None = None) -> kafka.Connection:
        return kafka.connect(
            self.bootstrap, client_id="test", registry=CollectorRegistry(), watchdog=watchdog
        )

    def open_publisher(self) -> AbstractAsyncContextManager[Publisher]:
        return open_publisher(self.bootstrap, client_id="test")

    async def lag(self) -> int:
        return (await admin.lag(self.bootstrap, self.name, [self.live]))[self.live]

    async def buried(self, count: int) -> list[ConsumerRecord[bytes, bytes]]:
        found: list[ConsumerRecord[bytes, bytes]] = []
        async with (
            asyncio.timeout(LIMIT_S),
            AIOKafkaConsumer(
                self.dead, bootstrap_servers=self.bootstrap, auto_offset_reset="earliest"
            ) as consumer,
        ):
            while len(found) < count:
                found.append(await consumer.getone())
        return found

    async def trim(self, partition: int, before: int) -> None:
        client = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await client.start()
        try:
            place = TopicPartition(self.live, partition)
            await client.delete_records({place: RecordsToDelete(before)})
        finally:
            await client.close()


NewGroup = Callable[..., Awaitable[Group]]
