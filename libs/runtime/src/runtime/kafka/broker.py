"""The FastStream broker of a process, told to leave records as they are and acks to us."""

import logging

from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaAckableMessage
from faststream.message import StreamMessage

from runtime.kafka.record import Raw

GRACEFUL_STOP_S = 10.0
FASTSTREAM_LOG = logging.getLogger("ordersync.faststream")  # "faststream" has a handler of its own
FASTSTREAM_LOG.setLevel(logging.ERROR)  # below, it warns that it makes no topics


def new_broker(bootstrap: str, client_id: str) -> KafkaBroker:
    """A broker that consumes only; nothing is opened before it is started."""
    return KafkaBroker(
        bootstrap,
        client_id=client_id,
        consumer_only=True,  # publishing is runtime.publisher's
        ack_policy=AckPolicy.MANUAL,
        retry_backoff_ms=250,
        metadata_max_age_ms=30_000,  # a topic made after us is seen soon
        graceful_timeout=GRACEFUL_STOP_S,
        parser=_unparsed,
        decoder=_undecoded,
        apply_types=False,
        serializer=None,
        logger=FASTSTREAM_LOG,
        log_level=logging.DEBUG,
    )


async def _unparsed(batch: tuple[Raw, ...]) -> KafkaAckableMessage:
    """FastStream's own parser decodes all headers, and one that is not UTF-8 loses the batch."""
    return KafkaAckableMessage(
        body=b"", raw_message=batch, correlation_id="-", consumer=FAKE_CONSUMER
    )


async def _undecoded(message: StreamMessage[tuple[Raw, ...]]) -> tuple[Raw, ...]:
    return message.raw_message
