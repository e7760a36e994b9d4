"""The floor of the relay: aiokafka alone, sending the same keys, values and headers.

Idempotent, acks=all, zstd, as the relay; each record with ``send``, all of a page awaited together.
"""

import asyncio
import time
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer

from runtime.publisher import Message


def new_producer(bootstrap: str) -> AIOKafkaProducer:
    """A producer set as the relay's; its connections open when it is started."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        enable_idempotence=True,
        acks="all",
        compression_type="zstd",
        max_batch_size=256 * 1024,
        linger_ms=2,
    )


async def send_all(bootstrap: str, messages: Sequence[Message], page: int) -> float:
    """Records a second, from the first to the last acknowledgement."""
    producer = new_producer(bootstrap)
    await producer.start()
    try:
        for topic in {message.topic for message in messages}:
            await producer.partitions_for(topic)
        began = time.perf_counter()
        pending: list[asyncio.Future[object]] = []
        for start in range(0, len(messages), page):
            sent = [await _send(producer, message) for message in messages[start : start + page]]
            await asyncio.gather(*pending)
            pending = sent
        await asyncio.gather(*pending)
        return len(messages) / (time.perf_counter() - began)
    finally:
        await producer.stop()


async def _send(producer: AIOKafkaProducer, message: Message) -> "asyncio.Future[object]":
    future: asyncio.Future[object] = await producer.send(
        message.topic, message.value, key=message.key, headers=list(message.headers)
    )
    return future
