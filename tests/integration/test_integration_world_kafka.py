"""What tests/world's Kafka promises, asked of both: real Kafka and memory."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Protocol

import pytest
from libs.runtime.tests.group_members import LIMIT_S, QUICK
from prometheus_client import CollectorRegistry
from tests.world.kafka import MemoryKafka
from tests.world.story import NOW, SHOP_ID

from devstack.backends import Servers
from eventstore.memory import MemoryEventStore
from eventstore.store import ANY_VERSION, Append
from eventstore.wakeups import Wakeup, subscribe_group
from ordersync_contracts import events, topics
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.events import Event
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream
from relay.leader import Route
from runtime import admin, kafka
from runtime.admin import TopicSpec
from runtime.publisher import Message, Publisher, open_publisher

GROUP = "mapper"
Handle = Callable[[Sequence[Wakeup]], Awaitable[None]]


class Hub(Protocol):
    """What publishes, and delivers to the mapper's group until ``enough`` says so."""

    route: Route

    async def send(self, messages: Sequence[Message]) -> None: ...

    async def deliver(self, handle: Handle, enough: Callable[[], bool]) -> None: ...

    async def dead(self) -> int: ...


class InMemory:
    """As a world's process consumes."""

    route = Route("", "0", 0)

    def __init__(self) -> None:
        self.kafka = MemoryKafka(lambda: NOW)

    async def send(self, messages: Sequence[Message]) -> None:
        await self.kafka.send(messages)

    async def deliver(self, handle: Handle, enough: Callable[[], bool]) -> None:
        while wakeups := self.kafka.poll(GROUP, limit=7):
            with contextlib.suppress(OSError):
                await handle(wakeups)
                self.kafka.commit(GROUP)
        self.kafka.commit(GROUP)
        assert enough()

    async def dead(self) -> int:
        return len(self.kafka.dead[GROUP])


class OnKafka:
    """As a service consumes: each delivery is by a new member of the group."""

    def __init__(self, bootstrap: str, prefix: str, publisher: Publisher) -> None:
        self.route = Route(prefix, "0", 0)
        self.bootstrap = bootstrap
        self.prefix = prefix
        self.publisher = publisher

    async def send(self, messages: Sequence[Message]) -> None:
        await self.publisher.send(messages)

    async def deliver(self, handle: Handle, enough: Callable[[], bool]) -> None:
        registry = CollectorRegistry()
        connection = kafka.connect(self.bootstrap, client_id="test", registry=registry)
        subscribe_group(connection, GROUP, handle, topic_prefix=self.prefix, policy=QUICK)
        consuming = asyncio.create_task(kafka.consume(connection))
        names = [f"{self.prefix}{topic.name}" for topic in topics.consumed_by(GROUP)]
        try:
            async with asyncio.timeout(LIMIT_S):
                await self._until_committed(names, enough)
        finally:
            consuming.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await consuming

    async def _until_committed(self, names: Sequence[str], enough: Callable[[], bool]) -> None:
        while True:
            lag = await admin.lag(self.bootstrap, f"{self.prefix}{GROUP}", names)
            if enough() and not any(lag.values()):
                return
            await asyncio.sleep(0.02)

    async def dead(self) -> int:
        name = f"{self.prefix}{topics.dead_topic(GROUP)}"
        return (await admin.lag(self.bootstrap, "nobody", [name]))[name]


@pytest.fixture(params=["memory", "kafka"])
async def hub(
    request: pytest.FixtureRequest, stack: Servers, topic_prefix: str
) -> AsyncIterator[Hub]:
    if request.param == "memory":
        yield InMemory()
        return
    names = [*(topic.name for topic in topics.ALL), "mapper-replay", "mapper-dead"]
    specs = [TopicSpec(topic_prefix + name, 3, 3_600_000) for name in names]
    await admin.ensure_topics(stack.kafka, specs)
    async with open_publisher(stack.kafka, client_id="test") as publisher:
        yield OnKafka(stack.kafka, topic_prefix, publisher)


class Recorder:
    """Handles what is delivered, or fails as a store that is away does."""

    def __init__(self) -> None:
        self.calls: list[list[tuple[str, int]]] = []
        self.handled: list[tuple[str, int]] = []
        self.failures = 0

    async def handle(self, wakeups: Sequence[Wakeup]) -> None:
        given = [(wakeup.stream, wakeup.version) for wakeup in wakeups]
        self.calls.append(given)
        if self.failures:
            self.failures -= 1
            raise ConnectionRefusedError
        self.handled += given

    def has(self, count: int) -> Callable[[], bool]:
        return lambda: len(self.handled) >= count


class Said:
    """A store in memory; what is said there is what the relay would publish."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._store = MemoryEventStore(lambda: NOW)

    async def say(self, *said: Event, order_id: str = "1") -> None:
        stream, before = order_stream(SHOP_ID, order_id), await self._store.head()
        for event in said:
            new = NewEvent(fact_id(str(await self._store.head())), event, NOW, Trace("test"))
            await self._store.append([Append(stream, ANY_VERSION, (new,))])
        recorded = await self._store.read_after(before, 1_000)
        await self._hub.send([self._hub.route.to_message(event) for event in recorded])


def wishes(count: int, order_id: str = "1") -> list[Event]:
    return [
        events.SyncRequested(
            shop_id=SHOP_ID,
            order_id=order_id,
            requested_by="ana",
            mode="manual",
            request_id=f"form-{n}",
        )
        for n in range(count)
    ]


async def test_a_stream_comes_in_its_order_and_once_when_it_is_handled(hub: Hub) -> None:
    said, member = Said(hub), Recorder()
    for order_id in ("1", "2", "3"):
        await said.say(*wishes(20, order_id), order_id=order_id)
    await hub.deliver(member.handle, member.has(60))
    for order_id in ("1", "2", "3"):
        stream = order_stream(SHOP_ID, order_id)
        assert [n for name, n in member.handled if name == stream] == list(range(1, 21))


async def test_what_was_given_out_and_not_handled_comes_again(hub: Hub) -> None:
    said, member = Said(hub), Recorder()
    member.failures = 2
    await said.say(*wishes(5))
    await hub.deliver(member.handle, member.has(5))
    assert member.calls[0] == member.calls[1] == member.calls[2]
    assert [version for _, version in member.handled] == [1, 2, 3, 4, 5]


async def test_another_member_goes_on_from_the_last_commit(hub: Hub) -> None:
    said, first, second = Said(hub), Recorder(), Recorder()
    await said.say(*wishes(4))
    await hub.deliver(first.handle, first.has(4))
    await said.say(*wishes(3))
    await hub.deliver(second.handle, second.has(3))
    assert [version for _, version in second.handled] == [5, 6, 7]


async def test_a_group_is_given_only_what_it_consumes(hub: Hub) -> None:
    said, member = Said(hub), Recorder()
    eligible = events.OrderEligible(shop_id=SHOP_ID, order_id="1", snapshot_version=1)
    await said.say(eligible, *wishes(1), eligible)
    await hub.deliver(member.handle, member.has(1))
    assert [version for _, version in member.handled] == [2]


async def test_what_cannot_be_read_is_put_aside_and_the_rest_goes_on(hub: Hub) -> None:
    said, member = Said(hub), Recorder()
    topic = hub.route.topic_prefix + topics.BY_EVENT["SyncRequested"].name
    await hub.send([Message(topic, b"{}", b"order", (("ce_type", b"not ours"),))])
    await said.say(*wishes(2))
    await hub.deliver(member.handle, member.has(2))
    assert await hub.dead() == 1
