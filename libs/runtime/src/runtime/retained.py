"""Reading everything topics still hold, once, without a group: for audits and other inspection."""

from collections.abc import AsyncIterator, Sequence
from typing import Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from runtime.admin import open_reader, partitions_of
from runtime.kafka.record import Raw

_PAGE: Final = 2000


async def retained(bootstrap: str, topics: Sequence[str]) -> AsyncIterator[list[Raw]]:
    """Pages of the records that were there when the reading began, in order per partition.

    Raises KafkaError when no broker answers or a topic does not exist.
    """
    async with open_reader(bootstrap) as consumer:
        ends = await _assign(consumer, bootstrap, topics)
        while not await _is_read(consumer, ends):
            polled = await consumer.getmany(timeout_ms=1000, max_records=_PAGE)
            page = [
                record
                for partition, records in polled.items()
                for record in records
                if record.offset < ends[partition]
            ]
            if page:
                yield page


async def _assign(
    consumer: AIOKafkaConsumer, bootstrap: str, topics: Sequence[str]
) -> dict[TopicPartition, int]:
    """Read all partitions that hold something, from their beginning; where each ends now."""
    partitions = await partitions_of(bootstrap, topics)
    begins = await consumer.beginning_offsets(partitions)
    ends = await consumer.end_offsets(partitions)
    held = {p: ends[p] for p in partitions if ends[p] > begins[p]}
    consumer.assign(list(held))
    if held:
        await consumer.seek_to_beginning(*held)
    return held


async def _is_read(consumer: AIOKafkaConsumer, ends: dict[TopicPartition, int]) -> bool:
    return all([await consumer.position(partition) >= end for partition, end in ends.items()])
