"""A relay between a store in memory and a Kafka that is a list."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from prometheus_client import CollectorRegistry
from tests.world.story import NOW

from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, Append
from ordersync_contracts import events
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream
from relay.app import Connections, RelayService, build
from relay.leader import Route
from relay.memory import MemoryCheckpoint, Published
from relay.settings import RelaySettings
from runtime.clock import Clocks
from runtime.publisher import Message, NotPublished, Publisher
from runtime.session import Lease
from runtime.session_memory import MemoryLocks

Hook = Callable[[], Awaitable[None]]


class ListPublisher(Publisher):
    """Stores messages in ``kafka``; ``before`` runs ahead of each page, and may fail it."""

    def __init__(self, kafka: "Kafka") -> None:
        self._kafka = kafka

    async def send(self, messages: Sequence[Message]) -> None:
        self._kafka.pages.append(len(messages))
        if self._kafka.stores_before_failing is not None:
            stored = messages[: self._kafka.stores_before_failing]
            self._kafka.stores_before_failing = None
            self._kafka.messages.extend(stored)
            raise NotPublished(f"{len(messages)} records")
        self._kafka.messages.extend(messages)
        await self._kafka.after_page()


async def nothing() -> None:
    """What happens after a page, unless a test says so."""


@dataclass
class Kafka:
    """What was published, in the order of arrival."""

    messages: list[Message] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    opened: int = 0
    is_open: asyncio.Event = field(default_factory=asyncio.Event)
    stores_before_failing: int | None = None
    after_page: Hook = nothing

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Publisher]:
        self.opened += 1
        self.is_open.set()
        yield ListPublisher(self)


@dataclass
class World:
    """One relay and all it touches; ``seconds`` is the lease's clock."""

    seconds: float = 0.0
    kafka: Kafka = field(default_factory=Kafka)
    row: Published = field(default_factory=Published)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        self.checkpoint: MemoryCheckpoint = self.row.checkpoint()
        self.store = MemoryEventStore(lambda: NOW)
        self.lease = Lease(10.0, lambda: self.seconds)
        self.lease.extend(0.0)
        self.locks = MemoryLocks(lambda: self.seconds)
        self.service = self.built()
        self.leader = self.service.leader

    def built(self) -> RelayService:
        """The relay as its process builds it."""
        settings = RelaySettings.model_construct(page=3, poll_interval_s=0.001, gather_s=0.0)
        connections = Connections(
            self.store,
            self.checkpoint,
            self.locks.open_session,
            self.kafka.open,
            Route("t-", "3", 2),
        )
        clocks = Clocks(lambda: NOW, lambda: self.seconds)
        return build(connections, settings, clocks, lambda: "1", lambda: 0.0, self.registry)

    @asynccontextmanager
    async def running(self, task: str) -> AsyncIterator[None]:
        """This task of the service goes on, and has begun, until the block ends."""
        running = asyncio.create_task(self.service.tasks[task]())
        try:
            for _ in range(20):
                await asyncio.sleep(0)
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def lag(self) -> float | None:
        """What is shown once it was measured."""
        async with self.running("measure"):
            return self.registry.get_sample_value("relay_lag_events")

    async def say(self, order_id: str, *named: str) -> None:
        """Append one event of each name to an order's stream."""
        stream = order_stream("7495", order_id)
        known = len(await self.store.read(stream))
        for n, name in enumerate(named, start=known):
            event = events.BY_NAME[name].model_validate(
                {
                    "shop_id": "7495",
                    "order_id": order_id,
                    "snapshot_version": 1,
                    "reason_code": "unpaid",
                    "requested_by": "ana",
                    "mode": "manual",
                    "request_id": f"form-{n}",
                }
            )
            new = NewEvent(fact_id(stream, str(n)), event, NOW, Trace("test", "talk", "cause"))
            await self.store.append([Append(stream, ANY_VERSION, (new,))])

    def published(self, key: str) -> list[int]:
        """Versions of one stream in the order in which Kafka got them, repeats included."""
        return [
            int(dict(message.headers)["ce_sequence"])
            for message in self.kafka.messages
            if message.key == key.encode()
        ]


@pytest.fixture
def world() -> World:
    return World()
