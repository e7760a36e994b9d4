"""Topics and lag, asked of the cluster and changed there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    GroupCoordinatorNotAvailableError,
    NotCoordinatorForGroupError,
    TopicAlreadyExistsError,
    for_code,
)
from aiokafka.structs import OffsetAndMetadata

from runtime.cancellation import to_its_end

VISIBLE_LIMIT_S = 15.0
OPENING_LIMIT_S = 3.0
NOT_COMMITTED = -1


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """A topic as it is declared. ``config`` holds further Kafka topic settings."""

    name: str
    partitions: int
    retention_ms: int
    config: Mapping[str, str] = field(default_factory=dict)
    replication: int = -1
    """-1: the cluster's default."""


class TopicRefused(Exception):
    """The cluster would not create a topic; the text names it and says why."""

    safe = True


async def ensure_topics(bootstrap: str, specs: Sequence[TopicSpec]) -> tuple[str, ...]:
    """Create the topics that are missing; returns their names once all have leaders.

    A topic that exists is left as it is: fewer partitions would lose records, more would send a
    key elsewhere. Raises TopicRefused, or KafkaError when no broker answers.
    """
    async with _admin(bootstrap) as admin:
        answer = await admin.create_topics([_new_topic(spec) for spec in specs])
        created = tuple(name for name, code, *_ in answer.topic_errors if _is_new(name, code))
        await _until_led(admin, [spec.name for spec in specs])
    return created


async def lag(bootstrap: str, group: str, topics: Sequence[str]) -> dict[str, int]:
    """Records of each topic that the group has not committed; all of them before its first commit.

    Raises KafkaError when no broker answers or a topic does not exist.
    """
    async with _admin(bootstrap) as admin, open_reader(bootstrap) as reader:
        committed = await _committed(admin, group)
        described = await admin.describe_topics(list(topics))
        partitions = _partitions(described)
        ends = await reader.end_offsets(partitions)
        begins = await reader.beginning_offsets(partitions)
    behind = dict.fromkeys(topics, 0)
    for partition in partitions:
        known = committed.get(partition)
        begin = begins[partition]
        if known is not None and known.offset != NOT_COMMITTED:
            begin = max(begin, known.offset)
        behind[partition.topic] += max(0, ends[partition] - begin)
    return behind


async def partitions_of(bootstrap: str, topics: Sequence[str]) -> list[TopicPartition]:
    """Every partition of the topics. Raises KafkaError for a topic that does not exist."""
    async with _admin(bootstrap) as admin:
        return _partitions(await admin.describe_topics(list(topics)))


def _new_topic(spec: TopicSpec) -> NewTopic:
    config = {"retention.ms": str(spec.retention_ms), **spec.config}
    topic = NewTopic(spec.name, spec.partitions, 1, topic_configs=config)
    topic.replication_factor = spec.replication  # its constructor knows no -1 (KIP-464)
    return topic


def _is_new(name: str, code: int) -> bool:
    error = for_code(code)
    if code == 0 or error is TopicAlreadyExistsError:
        return code == 0
    raise TopicRefused(f"topic {name} cannot be created: {error.__name__}")


async def _until_led(admin: AIOKafkaAdminClient, names: list[str]) -> None:
    async with asyncio.timeout(VISIBLE_LIMIT_S):
        while True:
            described = await admin.describe_topics(names)
            if all(_is_led(topic) for topic in described):
                return
            await asyncio.sleep(0.05)


def _is_led(topic: Mapping[str, Any]) -> bool:
    return not topic["error_code"] and all(part["leader"] >= 0 for part in topic["partitions"])


async def _committed(
    admin: AIOKafkaAdminClient, group: str
) -> Mapping[TopicPartition, OffsetAndMetadata]:
    async with asyncio.timeout(VISIBLE_LIMIT_S):
        while True:  # a cluster makes its offsets topic when the first group asks
            try:
                offsets: Mapping[
                    TopicPartition, OffsetAndMetadata
                ] = await admin.list_consumer_group_offsets(group)
            except (GroupCoordinatorNotAvailableError, NotCoordinatorForGroupError):
                await asyncio.sleep(0.1)
            else:
                return offsets


def _partitions(described: Sequence[Mapping[str, Any]]) -> list[TopicPartition]:
    found: list[TopicPartition] = []
    for topic in described:
        if topic["error_code"]:
            raise for_code(topic["error_code"])(f"topic {topic['topic']}")
        found.extend(
            TopicPartition(topic["topic"], part["partition"]) for part in topic["partitions"]
        )
    return found


@contextlib.asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    async with _opened(admin.start, admin.close):
        yield admin


@contextlib.asynccontextmanager
async def open_reader(bootstrap: str) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer without a group that acknowledges nothing."""
    reader = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    async with _opened(reader.start, reader.stop):
        yield reader


@contextlib.asynccontextmanager
async def _opened(
    start: Callable[[], Coroutine[Any, Any, None]], stop: Callable[[], Coroutine[Any, Any, None]]
) -> AsyncIterator[None]:
    try:
        await to_its_end(start(), OPENING_LIMIT_S)
        yield
    finally:
        await to_its_end(stop(), OPENING_LIMIT_S)
