"""Kafka by FastStream and aiokafka, told to leave records as they are and acks to us.

Everything they are told is told here; what becomes of a batch is ``delivery``.
"""

import logging
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaAckableMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from faststream.message import StreamMessage

from runtime.kafka.policy import DeliveryPolicy
from runtime.kafka.record import Raw
from runtime.kafka.transport import Listener
from runtime.publisher import Publisher, open_publisher

GRACEFUL_STOP_S = 10.0
FASTSTREAM_LOG = logging.getLogger("ordersync.faststream")  # "faststream" has a handler of its own
FASTSTREAM_LOG.setLevel(logging.ERROR)  # below, it warns that it makes no topics


class FastStreamTransport:
    """A Kafka cluster at ``address`` (host:port)."""

    def __init__(self, address: str, client_id: str) -> None:
        self.address = address
        self.broker = _new_broker(address, client_id)

    def subscribe(
        self, topics: Sequence[str], group: str, listener: Listener, policy: DeliveryPolicy
    ) -> BatchSubscriber:
        """See Transport."""
        subscriber = self.broker.subscriber(
            *topics,
            batch=True,
            max_records=policy.max_records,
            batch_timeout_ms=policy.poll_wait_ms,
            group_id=group,
            auto_offset_reset="earliest",
            # One stream's records of all topics meet in one member: members seldom meet on one
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=policy.session_timeout_ms,
            heartbeat_interval_ms=1_000,  # a rebalance is noticed with the next heartbeat
            rebalance_timeout_ms=policy.rebalance_limit_ms,
            max_poll_interval_ms=policy.max_poll_interval_ms,
            listener=listener,
            no_reply=True,
        )
        subscriber(listener.on_batch)
        return subscriber

    async def start(self) -> None:
        """See Transport."""
        await self.broker.start()

    async def stop(self) -> None:
        """See Transport."""
        await self.broker.stop()

    def open_publisher(self, *, client_id: str) -> AbstractAsyncContextManager[Publisher]:
        """See Transport."""
        return open_publisher(self.address, client_id=client_id)


def _new_broker(bootstrap: str, client_id: str) -> KafkaBroker:
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
