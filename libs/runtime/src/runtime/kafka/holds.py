"""Partitions that wait: put back, paused, resumed later.

While a partition is paused the consumer goes on polling, so it stays in its group, takes part in
rebalances at once and can be stopped at once; nothing sleeps with a batch in its hands. A rebalance
forgets pauses: its new owner reads from what is committed.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from aiokafka import TopicPartition

from runtime.kafka.record import Raw

Later = Callable[[float, Callable[[], None]], object]
"""Calls a function once, after so many seconds, on the event loop."""


class Consumer(Protocol):
    """The part of aiokafka's consumer that delivery uses."""

    def assignment(self) -> Collection[TopicPartition]: ...  # noqa: D102
    def seek(self, partition: TopicPartition, offset: int) -> None: ...  # noqa: D102
    def pause(self, *partitions: TopicPartition) -> None: ...  # noqa: D102
    def resume(self, *partitions: TopicPartition) -> None: ...  # noqa: D102
    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None: ...  # noqa: D102


def call_later(delay: float, function: Callable[[], None]) -> object:
    """The running loop's timer."""
    return asyncio.get_running_loop().call_later(delay, function)


def put_back(consumer: Consumer, offsets: Mapping[TopicPartition, int]) -> None:
    """The next poll of each partition starts at its offset again; lost partitions are left out."""
    assigned = consumer.assignment()
    for partition, offset in offsets.items():
        if partition in assigned:
            consumer.seek(partition, offset)


def pause(consumer: Consumer, partitions: Collection[TopicPartition]) -> Callable[[], None]:
    """Pause those of the partitions that are still ours; returns what resumes them."""
    held = [held for held in partitions if held in consumer.assignment()]
    consumer.pause(*held)

    def resume() -> None:
        assigned = consumer.assignment()
        consumer.resume(*(partition for partition in held if partition in assigned))

    return resume


def to_partition(raw: Raw) -> TopicPartition:
    """Where the record stands."""
    return TopicPartition(raw.topic, raw.partition)


def first_offsets(batch: Sequence[Raw]) -> dict[TopicPartition, int]:
    """Where each partition of the batch begins."""
    first: dict[TopicPartition, int] = {}
    for raw in batch:
        first.setdefault(to_partition(raw), raw.offset)
    return first
