"""The relay while broker, database or leader fail: nothing missing, first deliveries in order."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from aiokafka import ConsumerRecord
from tests.system.relay_process import running_relay

from console.migrate.actions import ensure_all_topics, migrate_database
from devstack.cache import cache_folder
from devstack.databases import Database, create_database, drop_database
from devstack.kafka import Kafka
from devstack.postgres import Postgres
from eventstore.postgres import connect
from eventstore.store import ANY_VERSION, Append
from ordersync_contracts import events, topics
from ordersync_contracts.envelope import NewEvent, Trace
from ordersync_contracts.ids import fact_id
from ordersync_contracts.streams import order_stream
from runtime.clock import monotonic
from runtime.retained import retained

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
SHOP = "7495000001"
ORDERS = 20
LIMIT_S = 300.0
IDLE_TIMEOUT_S = 6.0  # a leader that is only slow keeps its lead
AWAY_S = 30.0
AWAY = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)


def missing(stored: Iterable[int], in_kafka: Iterable[int]) -> set[int]:
    """Positions of events that are in no topic."""
    return set(stored) - set(in_kafka)


def out_of_order(deliveries: Sequence[tuple[bytes, int]]) -> list[tuple[bytes, int]]:
    """First deliveries that came before a smaller version of their stream, or skipped one."""
    newest: dict[bytes, int] = {}
    wrong: list[tuple[bytes, int]] = []
    for key, version in deliveries:
        if version > newest.get(key, 0) + 1:
            wrong.append((key, version))
        newest[key] = max(newest.get(key, 0), version)
    return wrong


async def _until(
    ask: Callable[[], Awaitable[tuple[int, int]]], holds: Callable[[tuple[int, int]], bool]
) -> None:
    end = monotonic() + LIMIT_S
    while not holds(answer := await ask()):
        assert monotonic() < end, f"{answer} after {LIMIT_S} s"
        await asyncio.sleep(0.1)


@dataclass
class Servers:
    """A broker and a database that may be killed: nobody else uses them."""

    kafka: Kafka
    postgres: Postgres


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder: Path = tmp_path_factory.mktemp("relay")
    kafka = Kafka(folder / "kafka", cache=cache_folder(), log=folder / "kafka.log")
    postgres = Postgres(folder / "postgres", log=folder / "postgres.log")
    try:
        kafka.start()
        postgres.start()
        yield Servers(kafka, postgres)
    finally:
        kafka.stop()
        postgres.discard()


@dataclass
class World:
    """A store that is appended to while something fails, and relays as real processes."""

    servers: Servers
    database: Database
    prefix: str
    appended: int = 0
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def append_until_stopped(self) -> None:
        """Append events of many streams, a round at a time; a failed round is appended again."""
        while not self.stop.is_set():
            with contextlib.suppress(*AWAY):
                async with connect(self.database.app_dsn) as store:
                    while not self.stop.is_set():
                        await store.append([self._event(n) for n in range(ORDERS)])
                        self.appended += ORDERS
                        await asyncio.sleep(0.02)
            await asyncio.sleep(0.05)

    def _event(self, n: int) -> Append:
        eligible = events.OrderEligible(shop_id=SHOP, order_id=str(n), snapshot_version=1)
        new = NewEvent(
            fact_id("said", str(self.appended + n)), eligible, NOW, Trace("test", "talk")
        )
        return Append(order_stream(SHOP, str(n)), ANY_VERSION, (new,))

    def relay(self) -> AbstractAsyncContextManager[asyncio.subprocess.Process]:
        return running_relay(
            DATABASE_URL=self.database.app_dsn,
            KAFKA_BOOTSTRAP=self.servers.kafka.bootstrap,
            TOPIC_PREFIX=self.prefix,
            IDLE_SESSION_TIMEOUT_S=str(IDLE_TIMEOUT_S),
        )

    @asynccontextmanager
    async def appending_events(self) -> AsyncIterator[None]:
        """Events go on being appended; after the block all of them are waited for."""
        appending = asyncio.create_task(self.append_until_stopped())
        try:
            yield
        finally:
            self.stop.set()
            await appending

    async def checkpoint(self) -> tuple[int, int]:
        """Position and epoch; (-1, -1) while the database is away."""
        try:
            connection = await asyncpg.connect(self.database.admin_dsn)
        except AWAY:
            return -1, -1
        try:
            row = await connection.fetchrow("SELECT position, epoch FROM relay.checkpoint")
        finally:
            await connection.close()
        return row["position"], row["epoch"]

    async def head(self) -> int:
        async with connect(self.database.app_dsn) as store:
            return await store.head()

    async def until_published(self, position: int) -> None:
        await _until(self.checkpoint, lambda at: at[0] >= position)

    async def until_led_anew(self, epoch: int) -> None:
        """Another leader has begun since that epoch."""
        await _until(self.checkpoint, lambda at: at[1] > epoch)

    async def all_arrived(self) -> list["ConsumerRecord[bytes, bytes]"]:
        """Everything is in Kafka by the checkpoint; what Kafka holds, in order per partition."""
        await self.until_published(await self.head())
        names = [self.prefix + topic.name for topic in topics.ALL]
        pages = retained(self.servers.kafka.bootstrap, names)
        return [raw async for page in pages for raw in page]

    async def check(self) -> None:
        """Every event at least once, first deliveries in stream order per key."""
        appended = self.appended
        stored = await self._stored_positions()  # first: one more round may just be appended
        raws = await self.all_arrived()
        headers = [(raw.key, dict(raw.headers)) for raw in raws]
        assert len(stored) >= appended > 0
        assert missing(stored, {int(header["ce_position"]) for _, header in headers}) == set()
        assert out_of_order([(key, int(header["ce_sequence"])) for key, header in headers]) == []

    async def _stored_positions(self) -> set[int]:
        found, position = set[int](), 0
        async with connect(self.database.app_dsn) as store:
            while page := await store.read_after(position, 1000):
                position = page[-1].position
                found.update(recorded.position for recorded in page)
        return found


@pytest.fixture
async def world(servers: Servers, topic_prefix: str) -> AsyncIterator[World]:
    name = f"relay_{topic_prefix.strip('-')}"
    database = await create_database(servers.postgres.access, name)
    await migrate_database(database.admin_dsn)
    await ensure_all_topics(servers.kafka.bootstrap, topic_prefix, 2)
    yield World(servers, database, topic_prefix)
    await drop_database(servers.postgres.access, name)


async def test_a_broker_killed_and_away_for_30_seconds_loses_nothing(world: World) -> None:
    async with world.relay() as relay:
        async with world.appending_events():
            await world.until_published(100)
            world.servers.kafka.kill()
            await asyncio.sleep(AWAY_S)
            world.servers.kafka.start()  # here: Linux ends it with the thread that started it
            await world.until_published((await world.checkpoint())[0] + 100)
        await world.check()
        assert relay.returncode is None


async def test_a_database_killed_in_the_middle_loses_nothing(world: World) -> None:
    async with world.relay() as relay:
        async with world.appending_events():
            await world.until_published(100)
            world.servers.postgres.kill()
            world.servers.postgres.start()
            await world.until_published((await world.checkpoint())[0] + 100)
        await world.check()
        assert relay.returncode is None


async def test_a_leader_killed_in_the_middle_loses_nothing(world: World) -> None:
    async with world.relay() as first, world.appending_events():
        await world.until_published(100)
        async with world.relay():
            _, epoch = await world.checkpoint()
            first.kill()
            await world.until_led_anew(epoch)
            await world.until_published((await world.checkpoint())[0] + 100)
            world.stop.set()
            await world.check()


async def test_a_paused_leader_that_wakes_after_its_successor_took_over_disturbs_nothing(
    world: World,
) -> None:
    async with world.relay() as paused, world.appending_events():
        await world.until_published(100)
        _, epoch = await world.checkpoint()
        async with world.relay():
            paused.send_signal(signal.SIGSTOP)
            await world.until_led_anew(epoch)
            position, taken_over = await world.checkpoint()
            await world.until_published(position + 100)
            paused.send_signal(signal.SIGCONT)
            position, _ = await world.checkpoint()
            await world.until_published(position + 200)
            assert (await world.checkpoint())[1] == taken_over
            assert paused.returncode is None
            world.stop.set()
            await world.check()


def test_the_check_notices_what_is_missing_and_what_came_too_early() -> None:
    assert missing([1, 2, 3, 5], [1, 2, 5, 5]) == {3}
    assert out_of_order([(b"a", 1), (b"a", 2), (b"a", 1), (b"b", 1), (b"a", 3)]) == []
    assert out_of_order([(b"a", 1), (b"a", 3), (b"a", 2)]) == [(b"a", 3)]
