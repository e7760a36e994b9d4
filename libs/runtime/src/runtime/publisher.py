"""Publishing to Kafka so that success means stored: idempotent, acks=all, bounded in time.

The relay, replays and dead-lettering publish through here and nobody else publishes.
"""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder

from runtime.cancellation import to_its_end

log = structlog.get_logger()

SEND_LIMIT_S = 30.0
CLOSE_LIMIT_S = 2.0


@dataclass(frozen=True, slots=True)
class Message:
    """One record to publish. The key decides the partition; headers keep their order."""

    topic: str
    value: bytes = field(repr=False)
    key: bytes | None = field(default=None, repr=False)
    headers: Sequence[tuple[str, bytes]] = field(default=(), repr=False)


class NotPublished(Exception):
    """Some of the messages may not be in Kafka; make a new Publisher and send all again."""

    safe = True


class Publisher:
    """Sends many records at once and raises unless every one is stored.

    After NotPublished it refuses to send: aiokafka never recovers the sequence numbers of an
    idempotent producer (aiokafka #1017), so its owner opens a new one and starts again from what
    it knows to be stored.
    """

    def __init__(self, producer: AIOKafkaProducer, send_limit_s: float = SEND_LIMIT_S) -> None:
        self._producer = producer
        self._send_limit_s = send_limit_s
        self._broken = False

    async def send(self, messages: Sequence[Message]) -> None:
        """Publish all, pipelined, in order per key; returns when all are stored.

        Raises NotPublished after the first failure, or when ``send_limit_s`` has passed.
        """
        if self._broken:
            raise NotPublished("this publisher failed before; a new one is needed")
        self._broken = True
        try:
            async with asyncio.timeout(self._send_limit_s):
                await self._send(messages)
        except (KafkaError, OSError, TimeoutError) as error:
            count = len(messages)
            raise NotPublished(f"{count} records: {type(error).__name__}") from error
        self._broken = False

    async def _send(self, messages: Sequence[Message]) -> None:
        sending = _Sending(self._producer)
        try:
            for message in messages:
                await sending.add(message)
            await sending.finish()
        finally:
            sending.forget()


class _Sending:
    """Fills one batch per partition itself, which costs half of what aiokafka's ``send`` does."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._partitions: dict[str, int] = {}
        self._filling: dict[tuple[str, int], BatchBuilder] = {}
        self._stored: list[asyncio.Future[object]] = []

    async def add(self, message: Message) -> None:
        """Put the message into its partition's batch; a full one is sent."""
        place = (message.topic, await self._partition(message))
        batch = self._filling.get(place)
        while batch is None or not _append(batch, message):
            if batch is not None:
                await self._submit(place, batch)
            batch = self._filling[place] = self._producer.create_batch()

    async def finish(self) -> None:
        """Send what is filled and wait until all is stored; raises the first failure."""
        for place, batch in self._filling.items():
            await self._submit(place, batch)
        for outcome in await asyncio.gather(*self._stored, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    def forget(self) -> None:
        """Nobody waits any longer for what is not stored by now."""
        for future in self._stored:
            future.cancel()

    async def _submit(self, place: tuple[str, int], batch: BatchBuilder) -> None:
        batch.close()
        topic, partition = place
        self._stored.append(await self._producer.send_batch(batch, topic, partition=partition))

    async def _partition(self, message: Message) -> int:
        count = self._partitions.get(message.topic)
        if count is None:
            count = len(await self._producer.partitions_for(message.topic))
            self._partitions[message.topic] = count
        return partition_of(message.key, count)


@functools.lru_cache(maxsize=4096)
def partition_of(key: bytes | None, partitions: int) -> int:
    """The partition every Kafka client's default partitioner chooses; without a key, the first."""
    if key is None:
        return 0
    everyone = list(range(partitions))
    chosen: int = DefaultPartitioner()(key, everyone, everyone)
    return chosen


def _append(batch: BatchBuilder, message: Message) -> bool:
    """False: the batch is full (a batch without records takes one of any size)."""
    appended = batch.append(
        timestamp=None, key=message.key, value=message.value, headers=list(message.headers)
    )
    return appended is not None


@contextlib.asynccontextmanager
async def open_publisher(
    bootstrap: str, *, client_id: str, send_limit_s: float = SEND_LIMIT_S
) -> AsyncIterator[Publisher]:
    """A Publisher connected to the cluster; leaving closes it within two seconds.

    Raises NotPublished when the cluster cannot be reached within ``send_limit_s``.
    """
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        client_id=client_id,
        enable_idempotence=True,
        acks="all",
        compression_type="zstd",
        max_batch_size=256 * 1024,
        request_timeout_ms=int(send_limit_s * 1000),
    )
    try:
        await _start(producer, bootstrap, send_limit_s)
        yield Publisher(producer, send_limit_s)
    finally:
        await to_its_end(_close(producer), 2 * CLOSE_LIMIT_S)


async def _start(producer: AIOKafkaProducer, bootstrap: str, limit_s: float) -> None:
    try:
        async with asyncio.timeout(limit_s):
            await to_its_end(producer.start(), CLOSE_LIMIT_S)
    except (KafkaError, OSError, TimeoutError) as error:
        raise NotPublished(f"Kafka at {bootstrap}: {type(error).__name__}") from error


async def _close(producer: AIOKafkaProducer) -> None:
    """A producer whose broker is gone waits for its buffers for ever; we do not."""
    try:
        async with asyncio.timeout(CLOSE_LIMIT_S):
            await producer.stop()
    except (KafkaError, OSError, TimeoutError) as error:
        log.warning("kafka.publisher_not_closed", error=type(error).__name__)
