"""The relay on real servers: every event in its topic, in order, whoever leads."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeAlias

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from tests.system.relay_process import running_relay
from tests.world.story import NOW

from console.migrate.actions import ensure_all_topics, migrate_database
from devstack.backends import Servers
from devstack.databases import Database
from eventstore.postgres import PostgresEventStore, connect
from eventstore.store import ANY_VERSION, Append
from ordersync_contracts import codec, envelope, events, topics
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream, shop_stream
from relay.checkpoint import Checkpoint
from relay.tables import open_checkpoint
from runtime.clock import monotonic

LIMIT_S = 40.0
SHOP = "7495000001"
Raw: TypeAlias = "ConsumerRecord[bytes, bytes]"


@dataclass
class Topics:
    """What stands in our topics, read from their beginning, in order per partition."""

    consumer: AIOKafkaConsumer
    seen: list[Raw] = field(default_factory=list)

    async def positions(self, count: int) -> list[int]:
        """Positions in order of arrival, repeats included, once ``count`` different ones came."""
        async with asyncio.timeout(LIMIT_S):
            while len({_position(raw) for raw in self.seen}) < count:
                batches = await self.consumer.getmany(timeout_ms=200)
                self.seen += [raw for batch in batches.values() for raw in batch]
        return [_position(raw) for raw in self.seen]


def _position(raw: Raw) -> int:
    return int(dict(raw.headers)["ce_position"])


@dataclass
class World:
    """One store, one cluster's topics under a prefix, and relays as real processes."""

    dsn: str
    bootstrap: str
    prefix: str
    store: PostgresEventStore
    checkpoint: Checkpoint
    topics: Topics
    said: int = 0

    async def say(self, orders: int, per_order: int) -> None:
        """Append events of many streams, interleaved as they are when a shop is busy."""
        for _ in range(per_order):
            await self.store.append([self._event(order) for order in range(orders)])

    def _event(self, order: int) -> Append:
        self.said += 1
        eligible = events.OrderEligible(shop_id=SHOP, order_id=str(order), snapshot_version=1)
        new = NewEvent(fact_id("relay", str(self.said)), eligible, NOW, Trace("test", "talk"))
        return Append(order_stream(SHOP, str(order)), ANY_VERSION, (new,))

    def relay(self) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
        """One relay process; killed at the latest when the block ends."""
        return running_relay(
            DATABASE_URL=self.dsn, KAFKA_BOOTSTRAP=self.bootstrap, TOPIC_PREFIX=self.prefix
        )

    async def until_published(self, position: int) -> None:
        end = monotonic() + LIMIT_S
        while monotonic() < end:
            if await self.checkpoint.position() >= position:
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"position {position} was not published within {LIMIT_S} s")


@pytest.fixture
async def world(stack: Servers, database: Database, topic_prefix: str) -> AsyncIterator[World]:
    await migrate_database(database.admin_dsn)
    await ensure_all_topics(stack.kafka, topic_prefix, 2)
    names = [topic_prefix + topic.name for topic in topics.ALL]
    async with (
        connect(database.app_dsn) as store,
        open_checkpoint(database.app_dsn) as checkpoint,
        AIOKafkaConsumer(bootstrap_servers=stack.kafka, auto_offset_reset="earliest") as consumer,
    ):
        consumer.assign([TopicPartition(name, n) for name in names for n in range(2)])
        yield World(
            database.app_dsn, stack.kafka, topic_prefix, store, checkpoint, Topics(consumer)
        )


def _versions(seen: Sequence[Raw]) -> dict[bytes, list[int]]:
    """First deliveries of each key, in order of arrival."""
    versions: dict[bytes, list[int]] = {}
    for raw in seen:
        assert raw.key is not None
        version = int(dict(raw.headers)["ce_sequence"])
        if version not in versions.setdefault(raw.key, []):
            versions[raw.key].append(version)
    return versions


async def test_every_event_is_in_its_topic_as_a_cloud_event(world: World) -> None:
    order, shop = order_stream(SHOP, "1"), shop_stream(SHOP)
    said = [
        (order, events.OrderEligible(shop_id=SHOP, order_id="1", snapshot_version=1)),
        (shop, events.ShopResumed(shop_id=SHOP, side="tiktok")),
        (
            order,
            events.OrderIneligible(
                shop_id=SHOP, order_id="1", snapshot_version=2, reason_code="cancelled"
            ),
        ),
    ]
    for n, (stream, event) in enumerate(said):
        new = NewEvent(fact_id("one", str(n)), event, NOW, Trace("test", "talk", "cause"))
        await world.store.append([Append(stream, ANY_VERSION, (new,))])
    async with world.relay():
        await world.topics.positions(3)
    by_position = {_position(raw): raw for raw in world.topics.seen}
    shard, epoch = await world.store.identity()
    for position, (stream, event) in enumerate(said, start=1):
        raw = by_position[position]
        headers = {key: value.decode() for key, value in raw.headers}
        message = envelope.from_headers(headers)
        assert raw.topic == world.prefix + topics.BY_EVENT[event.type_name()].name
        assert raw.key == stream.encode()
        assert (message.stream, message.replayed) == (stream, False)
        assert raw.value == codec.encode(event)
        assert headers["ce_specversion"] == "1.0"
        assert (headers["ce_shard"], headers["ce_epoch"]) == (shard, str(epoch))
        assert headers["content-type"] == "application/json"


async def test_many_events_arrive_once_and_in_order_per_key(world: World) -> None:
    await world.say(orders=40, per_order=10)
    async with world.relay():
        await world.until_published(400)
        assert sorted(await world.topics.positions(400)) == list(range(1, 401))
    assert list(_versions(world.topics.seen).values()) == [list(range(1, 11))] * 40


async def test_when_the_leader_is_killed_another_goes_on_and_nothing_is_missing(
    world: World,
) -> None:
    async with world.relay() as first:
        await world.say(orders=20, per_order=2)
        await world.until_published(40)
        async with world.relay() as second:
            saying = asyncio.create_task(world.say(orders=20, per_order=60))
            await world.until_published(200)
            first.kill()
            await first.wait()
            await saying
            await world.until_published(world.said)
            assert second.returncode is None
            await world.topics.positions(world.said)
    assert list(_versions(world.topics.seen).values()) == [list(range(1, 63))] * 20


async def test_a_standby_publishes_nothing_while_another_leads(world: World) -> None:
    async with world.relay(), world.relay():
        await world.say(orders=10, per_order=20)
        await world.until_published(200)
        positions = await world.topics.positions(200)
    assert len(positions) == 200


async def test_an_event_of_a_newer_version_stops_nothing_and_waits_for_a_newer_relay(
    world: World, database: Database
) -> None:
    await world.say(orders=3, per_order=2)
    await rename(database, "OrderEligible", "OrderTeleported", at=2)
    async with world.relay():
        await world.until_published(6)
    assert sorted(set(await world.topics.positions(5))) == [1, 3, 4, 5, 6]
    assert await world.checkpoint.count_aside() == 1
    await rename(database, "OrderTeleported", "OrderEligible", at=2)
    async with asyncpg_of(database) as admin:
        await admin.execute("UPDATE relay.unknown_event SET name = 'OrderEligible'")
    await world.say(orders=1, per_order=1)
    async with world.relay():
        await world.until_published(7)
    assert sorted(set(await world.topics.positions(7))) == [1, 2, 3, 4, 5, 6, 7]
    assert await world.checkpoint.count_aside() == 0


async def rename(database: Database, name: str, other: str, *, at: int) -> None:
    """As if another version had written the event at this position."""
    async with asyncpg_of(database) as admin:
        await admin.execute("ALTER TABLE eventstore.event DISABLE TRIGGER USER")
        await admin.execute(
            "UPDATE eventstore.event SET name = $2 WHERE position = $3 AND name = $1",
            name,
            other,
            at,
        )
        await admin.execute("ALTER TABLE eventstore.event ENABLE TRIGGER USER")


@asynccontextmanager
async def asyncpg_of(database: Database) -> AsyncIterator[asyncpg.Connection]:
    admin = await asyncpg.connect(database.admin_dsn)
    try:
        yield admin
    finally:
        await admin.close()
