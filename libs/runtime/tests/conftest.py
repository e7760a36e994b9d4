"""A consumer in memory that polls, seeks, pauses and commits as aiokafka's does."""

from collections.abc import Callable, Collection, Mapping

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import CommitFailedError, IllegalStateError

from runtime.kafka.record import Raw

pytest.register_assert_rewrite("libs.runtime.tests.suite_session", "libs.runtime.tests.suite_kafka")

MakeRaw = Callable[..., Raw]


def make_raw(
    value: bytes | None = b"{}",
    *,
    topic: str = "orders",
    partition: int = 0,
    offset: int = 0,
    key: bytes | None = b"order-1",
    headers: tuple[tuple[str, bytes], ...] = (),
    timestamp: int = 1_764_000_000_000,
) -> Raw:
    """A record as aiokafka hands it over."""
    return ConsumerRecord(topic, partition, offset, timestamp, 0, key, value, None, -1, -1, headers)


class MemoryConsumer:
    """Partitions with their records; ``commits`` says what was committed, in order."""

    def __init__(self, records: Collection[Raw]) -> None:
        self._log: dict[TopicPartition, list[Raw]] = {}
        for raw in records:
            self._log.setdefault(TopicPartition(raw.topic, raw.partition), []).append(raw)
        self._positions = dict.fromkeys(self._log, 0)
        self.paused: set[TopicPartition] = set()
        self.commits: list[dict[TopicPartition, int]] = []
        self.taken_over = False

    def poll(self, max_records: int = 500) -> tuple[Raw, ...]:
        """The next records of the partitions that are not paused; moves their positions."""
        batch: list[Raw] = []
        for partition, log in self._log.items():
            if partition not in self.paused:
                start = self._positions[partition]
                taken = log[start : start + max_records - len(batch)]
                self._positions[partition] += len(taken)
                batch.extend(taken)
        return tuple(batch)

    @property
    def committed(self) -> dict[TopicPartition, int]:
        """The newest committed offset of each partition."""
        newest: dict[TopicPartition, int] = {}
        for offsets in self.commits:
            newest.update(offsets)
        return newest

    def revoke(self, partition: TopicPartition) -> None:
        """A rebalance takes the partition away."""
        del self._log[partition]

    def assignment(self) -> Collection[TopicPartition]:
        return frozenset(self._log)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._require(partition)
        self._positions[partition] = offset

    def pause(self, *partitions: TopicPartition) -> None:
        for partition in partitions:
            self._require(partition)
        self.paused.update(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        for partition in partitions:
            self._require(partition)
        self.paused.difference_update(partitions)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        if self.taken_over:
            raise CommitFailedError
        self.commits.append(dict(offsets))

    def _require(self, partition: TopicPartition) -> None:
        if partition not in self._log:
            raise IllegalStateError(f"No current assignment for partition {partition}")


class Timer:
    """Timers that go off when the test says so; ``delays`` are those that were asked for."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self._waiting: list[Callable[[], None]] = []

    def later(self, delay: float, function: Callable[[], None]) -> None:
        self.delays.append(delay)
        self._waiting.append(function)

    def go_off(self) -> None:
        """Every timer that waits now."""
        waiting, self._waiting = self._waiting, []
        for function in waiting:
            function()


@pytest.fixture
def raw() -> MakeRaw:
    return make_raw


@pytest.fixture
def memory_consumer() -> type[MemoryConsumer]:
    return MemoryConsumer


@pytest.fixture
def timer() -> Timer:
    return Timer()
