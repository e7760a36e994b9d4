"""``bench relay``: the store to real Kafka, against aiokafka sending the same bytes."""

import asyncio
import contextlib
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

import asyncpg
from prometheus_client import CollectorRegistry

from bench import orders, ours
from bench.peers import bare_kafka
from bench.result import Result
from bench.rounds import Turn, interleaved, ratio
from bench.say import say
from bench.servers import BenchServers, database
from bench.size import Size
from bench.topics import make_topics
from devstack.databases import Database
from eventstore import postgres
from ordersync_contracts.envelope import Recorded
from relay.app import Connections, RelayService, build
from relay.leader import Route
from relay.settings import RelaySettings
from relay.tables import MIGRATIONS, PostgresCheckpoint
from runtime.clock import Clocks, boottime, utc_now
from runtime.migrations import migrate
from runtime.publisher import Message, open_publisher
from runtime.randomness import system_chance, system_id
from runtime.session import open_session

EVENTS_PER_ORDER: Final = 5
_RATE: Final = 200


class NotedCheckpoint(PostgresCheckpoint):
    """The relay's checkpoint, and when it moved to where."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        super().__init__(pool)
        self.moves: list[tuple[int, datetime]] = []
        self.moved = asyncio.Event()

    async def move(self, position: int) -> None:
        """See ``Checkpoint.move``."""
        await super().move(position)
        self.moves.append((position, utc_now()))
        self.moved.set()

    @property
    def reached(self) -> int:
        """The position up to which all is in Kafka."""
        return self.moves[-1][0] if self.moves else 0

    async def reach(self, position: int) -> None:
        """Returns when everything up to the position is in Kafka."""
        while self.reached < position:
            self.moved.clear()
            await self.moved.wait()

    def lags_ms(self, events: Iterable[Recorded]) -> list[float]:
        """How old each event was when the checkpoint passed it; both clocks are this machine's."""
        moves = iter(self.moves)
        to, at = next(moves)
        lags = []
        for recorded in events:
            while to < recorded.position:
                to, at = next(moves)
            lags.append((at - recorded.recorded_at).total_seconds() * 1000)
        return lags


@dataclass(frozen=True)
class Bench:
    """What every turn needs."""

    kafka: str
    prefix: str
    of: Database
    store: postgres.PostgresEventStore
    admin: "asyncpg.Connection[asyncpg.Record]"

    @property
    def route(self) -> Route:
        """How events become records."""
        return Route(self.prefix, "0", 0)

    @asynccontextmanager
    async def leading(self) -> AsyncIterator[NotedCheckpoint]:
        """A relay that leads from the beginning, until the block ends."""
        await self.admin.execute("UPDATE relay.checkpoint SET position = 0")
        async with asyncpg.create_pool(self.of.app_dsn, min_size=1, max_size=2) as pool:
            checkpoint = NotedCheckpoint(pool)
            leading = asyncio.create_task(self._relay(checkpoint).tasks["lead"]())
            try:
                yield checkpoint
            finally:
                leading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await leading

    def _relay(self, checkpoint: PostgresCheckpoint) -> RelayService:
        settings = RelaySettings(kafka_bootstrap=self.kafka, database_url=self.of.app_dsn)
        connections = Connections(
            self.store,
            checkpoint,
            partial(open_session, self.of.app_dsn, clock=boottime),
            partial(open_publisher, self.kafka, client_id="relay"),
            self.route,
        )
        registry = CollectorRegistry()
        return build(connections, settings, Clocks(), system_id, system_chance, registry)


async def run(servers: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """Measure throughput against the floor, then the lag of a steady trickle."""
    await servers.make_room()
    async with AsyncExitStack() as opened:
        bench = await _open(opened, servers)
        await _load(bench, size.relay_orders)
        await _warm_up(bench)
        turns = await _turns(bench)
        measured = await interleaved("relay", turns, size.rounds)
        lags = await _trickle(bench, 10 if size.quick else 30)
    figures = {
        "relay_events_per_s": round(measured["ours"].median),
        "bare_aiokafka_per_s": round(measured["aiokafka"].median),
        "relay_lag_p50_ms": round(statistics.median(lags), 2),
        "relay_lag_p99_ms": round(statistics.quantiles(lags, n=100)[98], 2),
    }
    against_floor = round(ratio(measured["ours"], measured["aiokafka"]), 2)
    details = {who: timings.to_json() for who, timings in measured.items()}
    return Result("relay", {"relay_vs_aiokafka": against_floor}, figures), {"relay": details}


async def _open(opened: AsyncExitStack, servers: BenchServers) -> Bench:
    of = await opened.enter_async_context(database(servers.postgres))
    await migrate(of.admin_dsn, [postgres.MIGRATIONS, MIGRATIONS])
    store = await opened.enter_async_context(postgres.connect(of.app_dsn, listen=True))
    admin = await asyncpg.connect(of.admin_dsn)
    opened.push_async_callback(admin.close)
    prefix = f"b{secrets.token_hex(4)}-"
    await make_topics(servers.kafka, prefix)
    return Bench(servers.kafka, prefix, of, store, admin)


async def _load(bench: Bench, count: int) -> None:
    """So many orders with their own five events; one order's follow each other."""
    for start in range(0, count, 100):
        await bench.store.append([orders.five_events(n) for n in range(start, start + 100)])


async def _warm_up(bench: Bench) -> None:
    """Every partition has taken records once: a new one refuses its first."""
    async with bench.leading() as checkpoint:
        await checkpoint.reach(await bench.store.head())


async def _turns(bench: Bench) -> dict[str, Turn]:
    head = await bench.store.head()
    messages = await _messages(bench)

    async def relayed() -> float:
        async with bench.leading() as checkpoint:
            await checkpoint.reach(1)
            began, from_position = time.perf_counter(), checkpoint.reached
            await checkpoint.reach(head)
            return (head - from_position) / (time.perf_counter() - began)

    async def bare() -> float:
        return await bare_kafka.send_all(bench.kafka, messages, 500)

    return {"ours": relayed, "aiokafka": bare}


async def _messages(bench: Bench) -> list[Message]:
    position, found = 0, list[Message]()
    while page := await bench.store.read_after(position, 1000):
        position = page[-1].position
        found.extend(bench.route.to_message(recorded) for recorded in page)
    return found


async def _trickle(bench: Bench, seconds: int) -> list[float]:
    """Lags in ms of single events appended at a steady rate, as seen by the checkpoint."""
    await ours.empty(bench.admin)
    commands = [orders.append_order(n) for n in range(_RATE * seconds)]
    async with bench.leading() as checkpoint:
        await bench.store.append(commands[:1])
        await checkpoint.reach(1)
        loop = asyncio.get_running_loop()
        began, appends = loop.time(), []
        for number, command in enumerate(commands[1:], start=1):
            await asyncio.sleep(max(0.0, began + number / _RATE - loop.time()))
            appends.append(asyncio.create_task(bench.store.append([command])))
        await asyncio.gather(*appends)
        await checkpoint.reach(await bench.store.head())
    lags = checkpoint.lags_ms(await bench.store.read_after(1, len(commands)))
    say(f"trickle      {len(lags)} events at {_RATE}/s, median {statistics.median(lags):.1f} ms")
    return lags
