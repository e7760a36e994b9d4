"""``bench relay``: the store to real Kafka, against aiokafka sending the same bytes."""

import asyncio
import contextlib
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
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
from relay.app import build
from relay.leader import Leader, Route
from relay.metrics import Metrics
from relay.settings import RelaySettings
from relay.tables import MIGRATIONS, open_checkpoint
from runtime.clock import utc_now
from runtime.migrations import migrate
from runtime.publisher import Message
from runtime.session import Lease

EVENTS_PER_ORDER: Final = 5
_RATE: Final = 200
_FOREVER_S: Final = 3600.0


class Lags(Metrics):
    """Notes when each event was known to be in Kafka, and when all of them are."""

    def __init__(self) -> None:
        super().__init__(CollectorRegistry(), utc_now)
        self.ms: list[float] = []
        self.position = 0
        self.moved = asyncio.Event()

    def published(self, page: Sequence[Recorded]) -> None:
        """Keeps the age of each event; the store's clock and ours are the same machine's."""
        super().published(page)
        now = utc_now()
        self.ms.extend((now - one.recorded_at).total_seconds() * 1000 for one in page)
        self.position = page[-1].position
        self.moved.set()

    async def reach(self, position: int) -> None:
        """Returns when everything up to the position is in Kafka."""
        while self.position < position:
            self.moved.clear()
            await self.moved.wait()


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
    async def leading(self) -> AsyncIterator[Lags]:
        """A leader at work from the beginning, until the block ends."""
        await self.admin.execute("UPDATE relay.checkpoint SET position = 0")
        async with open_checkpoint(self.of.app_dsn) as checkpoint:
            figures = Lags()
            settings = RelaySettings(kafka_bootstrap=self.kafka, database_url=self.of.app_dsn)
            leader = build(self.store, checkpoint, self.route, figures, settings)
            leading = asyncio.create_task(_lead(leader))
            try:
                yield figures
            finally:
                leading.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await leading


async def _lead(leader: Leader) -> None:
    lease = Lease(_FOREVER_S)
    lease.extend(time.monotonic())
    await leader.lead(lease)


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
    details = {who: one.to_json() for who, one in measured.items()}
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
    async with bench.leading() as figures:
        await figures.reach(await bench.store.head())


async def _turns(bench: Bench) -> dict[str, Turn]:
    head = await bench.store.head()
    messages = await _messages(bench)

    async def relayed() -> float:
        async with bench.leading() as figures:
            await figures.reach(1)
            began, from_position = time.perf_counter(), figures.position
            await figures.reach(head)
            return (head - from_position) / (time.perf_counter() - began)

    async def bare() -> float:
        return await bare_kafka.send_all(bench.kafka, messages, 500)

    return {"ours": relayed, "aiokafka": bare}


async def _messages(bench: Bench) -> list[Message]:
    position, found = 0, list[Message]()
    while page := await bench.store.read_after(position, 1000):
        position = page[-1].position
        found.extend(bench.route.to_message(one) for one in page)
    return found


async def _trickle(bench: Bench, seconds: int) -> list[float]:
    """Lags in ms of single events appended at a steady rate, as seen by the checkpoint."""
    await ours.empty(bench.admin)
    commands = [orders.append_order(n) for n in range(_RATE * seconds)]
    async with bench.leading() as figures:
        await bench.store.append(commands[:1])
        await figures.reach(1)
        figures.ms.clear()
        loop = asyncio.get_running_loop()
        began, appends = loop.time(), []
        for number, command in enumerate(commands[1:], start=1):
            await asyncio.sleep(max(0.0, began + number / _RATE - loop.time()))
            appends.append(asyncio.create_task(bench.store.append([command])))
        await asyncio.gather(*appends)
        await figures.reach(await bench.store.head())
    median = statistics.median(figures.ms)
    say(f"trickle      {len(figures.ms)} events at {_RATE}/s, median {median:.1f} ms")
    return figures.ms
