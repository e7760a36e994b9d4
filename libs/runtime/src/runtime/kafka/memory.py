"""A Kafka cluster in memory: what a process is given instead of ``connect``, and its faults.

Topics are made when they are first used. Everything happens at once, in the order of the calls;
nothing polls. A process that dies is told of (``lose_member``), since its tasks never run again.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import Context
from fnmatch import fnmatchcase

from aiokafka import TopicPartition
from prometheus_client import CollectorRegistry

from runtime.clock import Clock
from runtime.health import Watchdog
from runtime.kafka.broker import GRACEFUL_STOP_S
from runtime.kafka.connection import Connection
from runtime.kafka.holds import call_later
from runtime.kafka.memory_group import Group
from runtime.kafka.memory_log import Batch, Interruption, PartitionLog, Producer
from runtime.kafka.memory_member import Member
from runtime.kafka.policy import DeliveryPolicy
from runtime.kafka.subscription import replay_group
from runtime.kafka.transport import Listener
from runtime.metrics import DeliveryMetrics
from runtime.publisher import Publisher
from runtime.randomness import Chance


class MemoryCluster:
    """``clock`` stamps records; ``context`` is that of timers, which belong to no process.

    ``before_send`` and ``before_commit`` are awaited before each batch that is sent, and each
    commit.
    """

    def __init__(
        self, clock: Clock, *, partitions: int = 3, context: Context | None = None
    ) -> None:
        self.before_send: Interruption | None = None
        self.before_commit: Interruption | None = None
        self._clock = clock
        self._partitions = partitions
        self._context = context
        self._topics: dict[str, list[PartitionLog]] = {}
        self._groups: dict[str, Group] = {}
        self._running: dict[str, list[Member]] = {}
        self._lost: list[Member] = []
        """Kept: a coroutine of a dead process that is closed would run its ``finally``."""

    def connection(
        self, *, client_id: str, registry: CollectorRegistry, clock: Clock, chance: Chance
    ) -> Connection:
        """What ``runtime.kafka.connect`` returns, to this cluster; a process has its own."""
        return Connection(
            transport=_Transport(self, client_id),
            client_id=client_id,
            watchdog=Watchdog(lambda: asyncio.get_running_loop().time()),
            registry=registry,
            metrics=DeliveryMetrics(registry),
            clock=clock,
            chance=chance,
            later=call_later,
        )

    @asynccontextmanager
    async def open_publisher(self, *, client_id: str) -> AsyncIterator[Publisher]:
        """As ``runtime.publisher.open_publisher``."""
        yield Publisher(Producer(client_id, self.logs, self._store, lambda: self.before_send))

    async def lag(self, groups: Sequence[str] | None = None) -> Mapping[str, int]:
        """Records that each group has not committed; None: of all groups but those of replays.

        A group's topics are those it was ever subscribed to.
        """
        if groups is None:
            replays = [replay_group(name) for name in self._groups]
            groups = [name for name in self._groups if name not in replays]
        return {name: self.group(name).lag() for name in groups}

    def trim(self, topic: str, partition: int, before: int) -> int:
        """Records before the offset are gone, as when their retention is over; how many."""
        return self.logs(topic)[partition].trim(before)

    def forget(self, pattern: str) -> int:
        """All records of the topics that match (``*``: any characters) are gone; how many."""
        topics = [topic for topic in self._topics if fnmatchcase(topic, pattern)]
        return sum(log.trim(log.end) for topic in topics for log in self._topics[topic])

    def rewind(self, group: str) -> None:
        """The group's commits are lost: its members join anew and read from the beginning."""
        self.group(group).rewind()

    def lose_member(self, client_id: str) -> None:
        """The process died: it is out of its groups when its sessions are over."""
        for member in self._running.pop(client_id, []):
            member.die()
            self._lost.append(member)

    def silence(self, client_id: str) -> None:
        """The process stands still: so are those who do not come back in time."""
        for member in self._running.get(client_id, []):
            member.fell_silent()

    def is_back(self, client_id: str) -> None:
        """The process goes on; one that is out finds out and joins anew."""
        for member in self._running.get(client_id, []):
            member.is_back()

    def group(self, name: str) -> Group:
        """The group of that name."""
        if name not in self._groups:
            self._groups[name] = Group(name, self.logs, self._context)
        return self._groups[name]

    def logs(self, topic: str) -> Sequence[PartitionLog]:
        """The topic's partitions; it is made if it is not there."""
        if topic not in self._topics:
            places = (TopicPartition(topic, number) for number in range(self._partitions))
            self._topics[topic] = [PartitionLog(place) for place in places]
        return self._topics[topic]

    def began(self, member: Member) -> None:
        """A process began to consume."""
        self._running.setdefault(member.client_id, []).append(member)

    def ended(self, member: Member) -> None:
        """A process left by itself."""
        running = self._running.get(member.client_id, [])
        if member in running:
            running.remove(member)

    def _store(self, log: PartitionLog, batch: Batch) -> None:
        log.append(batch.appended, int(self._clock().timestamp() * 1000))
        for group in self._groups.values():
            group.appended(log.place)


class _Transport:
    """One process's way to the cluster."""

    address = "memory"

    def __init__(self, cluster: MemoryCluster, client_id: str) -> None:
        self._cluster = cluster
        self._client_id = client_id
        self._members: list[Member] = []

    def subscribe(
        self, topics: Sequence[str], group: str, listener: Listener, policy: DeliveryPolicy
    ) -> Member:
        """See Transport."""
        cluster = self._cluster
        joined = cluster.group(group)
        joined.topics += [topic for topic in topics if topic not in joined.topics]
        member = Member(
            *(self._client_id, joined, topics, listener, policy),
            log_of=lambda place: cluster.logs(place.topic)[place.partition],
            before_commit=lambda: cluster.before_commit,
        )
        self._members.append(member)
        return member

    async def start(self) -> None:
        """See Transport."""
        for member in self._members:
            self._cluster.began(member)
            member.start()

    async def stop(self) -> None:
        """See Transport."""
        await asyncio.gather(*(member.stop(GRACEFUL_STOP_S) for member in self._members))
        for member in self._members:
            self._cluster.ended(member)

    def open_publisher(self, *, client_id: str) -> AbstractAsyncContextManager[Publisher]:
        """See Transport."""
        return self._cluster.open_publisher(client_id=client_id)
