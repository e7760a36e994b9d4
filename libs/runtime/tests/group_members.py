"""A consumer group for tests, on whichever cluster: its topics, and members that do as told."""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from aiokafka import ConsumerRecord

from runtime import kafka
from runtime.backoff import Backoff
from runtime.health import Watchdog
from runtime.kafka import DeliveryPolicy, NewerVersion, Record, Undecodable
from runtime.publisher import Message, Publisher

LIMIT_S = 120.0
"""How long anything may take on a machine that is busy; only a failure waits so long."""
QUICK = DeliveryPolicy(
    backoff=Backoff(first=0.05, longest=0.2),
    newer_version_wait_s=0.1,
    session_timeout_ms=30_000,  # a busy machine is not a dead member
    replay_quiet_s=0.2,
)


@dataclass
class Group(ABC):
    """One consumer group's topics, and ways to send to and look at them."""

    prefix: str
    name: str = field(init=False)

    def __post_init__(self) -> None:
        self.name = f"{self.prefix}mapper"

    @property
    def live(self) -> str:
        return f"{self.prefix}order-fetched"

    @property
    def replay(self) -> str:
        return f"{self.name}-replay"

    @property
    def dead(self) -> str:
        return f"{self.name}-dead"

    async def send(self, *texts: str, topic: str | None = None, same_key: bool = False) -> None:
        messages = [
            Message(
                topic or self.live,
                text.encode(),
                b"order" if same_key else f"order-{n}".encode(),
                (("ce_id", str(n).encode()),),
            )
            for n, text in enumerate(texts)
        ]
        async with self.open_publisher() as publisher:
            await publisher.send(messages)

    @abstractmethod
    def connection(self, watchdog: Watchdog | None = None) -> kafka.Connection:
        """One process's, to subscribe on."""

    @abstractmethod
    def open_publisher(self) -> AbstractAsyncContextManager[Publisher]:
        """To the cluster."""

    @abstractmethod
    async def lag(self) -> int:
        """Live records that are not committed."""

    @abstractmethod
    async def buried(self, count: int) -> Sequence[ConsumerRecord[bytes, bytes]]:
        """The first so many records of the dead topic."""

    @abstractmethod
    async def trim(self, partition: int, before: int) -> None:
        """Live records before the offset are gone, as after their retention."""


class Member:
    """One process of the group, as far as Kafka can tell."""

    def __init__(self) -> None:
        self.handled: list[str] = []
        self.calls: list[list[str]] = []
        self.fault: Exception | None = None
        self.newest = 1
        self.may_finish = asyncio.Event()
        self.may_finish.set()

    def decode(self, record: Record) -> str:
        text = record.value.decode()
        if text == "unreadable":
            raise Undecodable("order_id: missing")
        if text.startswith("v2") and self.newest < 2:
            raise NewerVersion("OrderFetched.v2 is newer than v1")
        return text

    async def handle(self, texts: Sequence[str]) -> None:
        self.calls.append(list(texts))
        await self.may_finish.wait()
        if self.fault is not None:
            raise self.fault
        if "poison" in texts:
            raise LookupError("planted@buyer.example")
        self.handled.extend(texts)

    def connect(
        self, group: Group, policy: DeliveryPolicy = QUICK, watchdog: Watchdog | None = None
    ) -> kafka.Connection:
        connection = group.connection(watchdog)
        kafka.subscribe(
            connection,
            [group.live],
            group=group.name,
            decode=self.decode,
            handle=self.handle,
            dead_topic=group.dead,
            replay_topic=group.replay,
            policy=policy,
        )
        return connection

    async def consume(self, group: Group) -> None:
        """Until it is cancelled."""
        await kafka.consume(self.connect(group), lag_interval_s=0.1)

    @contextlib.asynccontextmanager
    async def consuming(
        self, group: Group, policy: DeliveryPolicy = QUICK, watchdog: Watchdog | None = None
    ) -> AsyncIterator[kafka.Connection]:
        connection = self.connect(group, policy, watchdog)
        consuming = asyncio.create_task(kafka.consume(connection, lag_interval_s=0.1))
        try:
            yield connection
        finally:
            self.may_finish.set()
            consuming.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await consuming


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            if condition():
                return
            await asyncio.sleep(0.005)


async def until_answered(question: Callable[[], Awaitable[int]], answer: int) -> None:
    async with asyncio.timeout(LIMIT_S):
        while True:
            if await question() == answer:
                return
            await asyncio.sleep(0.02)


async def until_lag(group: Group, lag: int) -> None:
    await until_answered(group.lag, lag)


def subscription(connection: kafka.Connection, number: int = 0) -> kafka.Subscription[str]:
    """The live one; number 1: the one for replays."""
    found = connection.subscriptions[number]
    assert isinstance(found, kafka.Subscription)
    return found


def partitions(connection: kafka.Connection) -> int:
    """How many live partitions this member has."""
    consumer = subscription(connection).consumer
    return len(consumer.assignment()) if consumer else 0


def is_paused(waiting: kafka.Subscription[str]) -> bool:
    return bool(waiting.consumer and waiting.consumer.paused())


def is_past(moment: float) -> bool:
    return asyncio.get_running_loop().time() > moment
