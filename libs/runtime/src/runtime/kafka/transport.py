"""What carries batches between Kafka and a subscription: FastStream's broker, or one in memory."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from aiokafka import TopicPartition

from runtime.kafka.holds import Consumer
from runtime.kafka.policy import DeliveryPolicy
from runtime.kafka.record import Raw
from runtime.publisher import Publisher


class GroupConsumer(Consumer, Protocol):
    """The part of aiokafka's consumer that a subscription uses."""

    def paused(self) -> Collection[TopicPartition]: ...  # noqa: D102
    async def position(self, partition: TopicPartition) -> int: ...  # noqa: D102
    async def end_offsets(  # noqa: D102
        self, partitions: Collection[TopicPartition]
    ) -> Mapping[TopicPartition, int]: ...


class Listener(Protocol):
    """Who hears of batches and rebalances; one batch at a time."""

    async def on_batch(self, batch: tuple[Raw, ...]) -> None: ...  # noqa: D102
    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None: ...  # noqa: D102
    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None: ...  # noqa: D102


class Subscriber(Protocol):
    """One member of one group."""

    @property
    def consumer(self) -> GroupConsumer | None:
        """The consumer while it runs."""


class Transport(Protocol):
    """One process's way to a cluster; nothing is opened before ``start``."""

    @property
    def address(self) -> str:
        """Where the cluster is, for texts."""

    def subscribe(
        self, topics: Sequence[str], group: str, listener: Listener, policy: DeliveryPolicy
    ) -> Subscriber:
        """Have the listener told of the topics' records as a member of the group; to be started."""

    async def start(self) -> None:
        """Begin on all subscriptions. Raises KafkaError when no broker answers."""

    async def stop(self) -> None:
        """Finish the batches in flight, for ten seconds at most, and leave the groups."""

    def open_publisher(self, *, client_id: str) -> AbstractAsyncContextManager[Publisher]:
        """See ``runtime.publisher.open_publisher``."""
