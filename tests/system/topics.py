"""The system's Kafka topics, read and written from outside."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

Headers = list[tuple[str, bytes]]
Record = tuple[bytes | None, bytes | None, Headers]
"""Key, value and headers."""


def read_all(bootstrap: str, topics: Sequence[str] | None = None) -> list[ConsumerRecord]:
    """Every record that these topics hold now; without names, that all of ours hold."""
    return asyncio.run(_read_all(bootstrap, topics))


def end_offsets(bootstrap: str, topics: Sequence[str]) -> dict[str, int]:
    """How many records were ever written to each topic."""
    return asyncio.run(_end_offsets(bootstrap, topics))


def lag(bootstrap: str, group: str, topic: str) -> int:
    """How many records of the topic the group has not acknowledged."""
    return asyncio.run(_lag(bootstrap, group, topic))


def produce(bootstrap: str, topic: str, records: Sequence[Record]) -> None:
    """Write these records, in their order."""
    asyncio.run(_produce(bootstrap, topic, records))


async def _read_all(bootstrap: str, topics: Sequence[str] | None) -> list[ConsumerRecord]:
    partitions = await _partitions(bootstrap, topics)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        ends = await consumer.end_offsets(partitions)
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        records: list[ConsumerRecord] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records.extend(batch)
        return records


async def _end_offsets(bootstrap: str, topics: Sequence[str]) -> dict[str, int]:
    partitions = await _partitions(bootstrap, topics)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        ends = await consumer.end_offsets(partitions)
    return {
        topic: sum(end for partition, end in ends.items() if partition.topic == topic)
        for topic in topics
    }


async def _partitions(bootstrap: str, topics: Sequence[str] | None) -> list[TopicPartition]:
    async with _admin(bootstrap) as admin:
        described = await admin.describe_topics(topics and list(topics))
    found = [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        for partition in topic["partitions"]
        if topics or not topic["is_internal"]
    ]
    assert found, f"no partitions of {topics}"
    return found


async def _lag(bootstrap: str, group: str, topic: str) -> int:
    partitions = await _partitions(bootstrap, [topic])
    async with _admin(bootstrap) as admin:
        committed = await admin.list_consumer_group_offsets(group)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap) as consumer:
        ends = await consumer.end_offsets(partitions)
    done = {partition: offset.offset for partition, offset in committed.items()}
    return sum(end - done.get(partition, 0) for partition, end in ends.items())


async def _produce(bootstrap: str, topic: str, records: Sequence[Record]) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for key, value, headers in records:
            await producer.send_and_wait(topic, value, key=key, headers=headers)


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()
