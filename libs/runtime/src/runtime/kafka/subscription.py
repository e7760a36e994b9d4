"""The one way to consume: batches of raw bytes, acknowledged by hand, from the earliest offset.

What becomes of a batch is ``delivery``; what carries it here is a ``transport``.
"""

import asyncio
import functools
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import structlog
from aiokafka import ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from runtime.kafka.connection import Connection
from runtime.kafka.dead import Dead, to_dead_message
from runtime.kafka.delivery import Bury, Delivery
from runtime.kafka.gate import GateSide, LiveSide, ReplayGate, ReplaySide
from runtime.kafka.holds import Later
from runtime.kafka.observer import Observer
from runtime.kafka.plan import Decode, Handle
from runtime.kafka.policy import DeliveryPolicy
from runtime.kafka.record import Raw
from runtime.kafka.transport import GroupConsumer, Subscriber
from runtime.randomness import Chance

T = TypeVar("T")
LAG_LIMIT_S = 3.0
DEFAULT_POLICY = DeliveryPolicy()

log = structlog.get_logger()


class Subscription(Generic[T]):
    """One consumer of this process: hears the transport's batches and rebalances."""

    def __init__(
        self, delivery: Delivery[T], observer: Observer, side: GateSide, policy: DeliveryPolicy
    ) -> None:
        self._delivery = delivery
        self._observer = observer
        self._side = side
        self._policy = policy
        self._one_batch = asyncio.Lock()
        self.subscriber: Subscriber | None = None

    @property
    def trouble(self) -> str | None:
        """Why the group does not get on, in a sentence; None while it does."""
        trouble = self._observer.trouble
        return trouble and f"{self._observer.group}: {trouble}"

    @property
    def consumer(self) -> GroupConsumer | None:
        """The consumer while it runs."""
        return self.subscriber.consumer if self.subscriber else None

    async def on_batch(self, batch: tuple[Raw, ...]) -> None:
        """Deliver one polled batch."""
        self._observer.polled()
        async with self._one_batch:
            consumer = self.consumer
            if consumer is None or not self._side.admits(consumer, batch):
                return
            await self._delivery.deliver(consumer, batch)
            if self._observer.trouble is None:
                self._side.settled()
        if len(batch) < self._policy.max_records:
            await asyncio.sleep(self._policy.gather_ms / 1000)

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """A rebalance waits for the batch in flight, so that it is committed by its owner."""
        async with self._one_batch:
            log.info("kafka.partitions_revoked", group=self._observer.group, count=len(revoked))

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """A member without partitions stays: it goes on polling and takes over when asked."""
        log.info("kafka.partitions_assigned", group=self._observer.group, count=len(assigned))
        self._side.settled()

    async def measure_lag(self) -> None:
        """Tell the watchdog how many records of our partitions are not settled yet."""
        consumer = self.consumer
        if consumer is None:
            return
        try:
            async with asyncio.timeout(LAG_LIMIT_S):
                lag = await self._lag(consumer)
                self._observer.measured(lag, waits=self._side.waits)
        except (KafkaError, OSError, TimeoutError):
            self._observer.measured(None)

    async def _lag(self, consumer: GroupConsumer) -> int:
        partitions = consumer.assignment()
        if not partitions:
            return 0
        lag = 0
        for partition, end in (await consumer.end_offsets(partitions)).items():
            unsettled = self._delivery.in_flight.get(partition)
            begin = await consumer.position(partition) if unsettled is None else unsettled
            lag += max(0, end - begin)
        return lag


ConsumerRebalanceListener.register(Subscription)


def replay_group(group: str) -> str:
    """The group that reads the replay topic of this group, and commits there."""
    return f"{group}-replay"


def subscribe(
    connection: Connection,
    topics: Sequence[str],
    *,
    group: str,
    decode: Decode[T],
    handle: Handle[T],
    dead_topic: str,
    replay_topic: str | None = None,
    policy: DeliveryPolicy = DEFAULT_POLICY,
) -> None:
    """Deliver every record of the topics to ``handle``, at least once, in batches.

    ``decode`` turns one Record into what ``handle`` takes; it may raise Undecodable or
    NewerVersion. ``handle`` takes up to ``policy.max_records`` of them in partition order; it
    returns when all is done, and may be called with the same ones again. It runs once at a time
    for live records and, beside that, once at a time for replayed ones. Topic names are used as
    given. The replay topic has a group of its own (``replay_group``), so that a replay batch
    never holds up a rebalance of live work.
    """
    gate = ReplayGate(
        full=policy.max_records, quiet_s=policy.replay_quiet_s, later=connection.later
    )
    deliver = functools.partial(Delivery, decode, handle, _burial(connection, group, dead_topic))
    _add(connection, topics, group, LiveSide(gate), deliver, policy)
    if replay_topic is not None:
        replays = policy.for_replays()
        _add(connection, (replay_topic,), replay_group(group), ReplaySide(gate), deliver, replays)


def _add(
    connection: Connection,
    topics: Sequence[str],
    group: str,
    side: GateSide,
    deliver: Callable[[DeliveryPolicy, Observer, Chance, Later], Delivery[T]],
    policy: DeliveryPolicy,
) -> None:
    observer = Observer(group, connection.watchdog, connection.metrics)
    delivery = deliver(policy, observer, connection.chance, connection.later)
    subscription = Subscription(delivery, observer, side, policy)
    subscription.subscriber = connection.transport.subscribe(topics, group, subscription, policy)
    connection.subscriptions.append(subscription)


def _burial(connection: Connection, group: str, dead_topic: str) -> Bury:
    async def bury(dead: Sequence[Dead]) -> None:
        now = connection.clock()
        client_id = f"{connection.client_id}-dead"
        async with connection.transport.open_publisher(client_id=client_id) as publisher:
            await publisher.send(
                [to_dead_message(record, topic=dead_topic, group=group, now=now) for record in dead]
            )

    return bury
