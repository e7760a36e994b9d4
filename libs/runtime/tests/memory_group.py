"""A consumer group's topics on a cluster in memory."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from contextvars import Context
from datetime import UTC, datetime

from aiokafka import ConsumerRecord
from libs.runtime.tests import group_members
from prometheus_client import CollectorRegistry

from runtime import kafka
from runtime.health import Watchdog
from runtime.kafka.memory import MemoryCluster
from runtime.publisher import Publisher


def noon() -> datetime:
    return datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


class Group(group_members.Group):
    """See group_members."""

    def __init__(self, context: Context | None = None) -> None:
        super().__init__("")
        self.cluster = MemoryCluster(noon, partitions=4, context=context)

    def connection(
        self, watchdog: Watchdog | None = None, client_id: str = "test"
    ) -> kafka.Connection:
        assert watchdog is None, "one in memory has its own"
        return self.cluster.connection(
            client_id=client_id, registry=CollectorRegistry(), clock=noon, chance=lambda: 0.5
        )

    def open_publisher(self) -> AbstractAsyncContextManager[Publisher]:
        return self.cluster.open_publisher(client_id="test")

    async def lag(self) -> int:
        logs = self.cluster.logs(self.live)
        committed = self.cluster.group(self.name).commits
        return sum(log.end - max(log.begin, committed.get(log.place, 0)) for log in logs)

    async def buried(self, count: int) -> Sequence[ConsumerRecord[bytes, bytes]]:
        logs = self.cluster.logs(self.dead)
        await group_members.until(lambda: sum(len(log.records) for log in logs) >= count)
        return [record for log in logs for record in log.records][:count]

    async def trim(self, partition: int, before: int) -> None:
        self.cluster.trim(self.live, partition, before)
