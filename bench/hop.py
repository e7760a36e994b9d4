"""``bench hop``: the mapper alone. Consume 500, read streams, decide, append, acknowledge.

Orders of 3.3 KB that are already stored and in Kafka, automatic sync on, links known; one process,
which is this one, with the service built as its own ``main`` builds it.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from prometheus_client import CollectorRegistry

from bench import counters, ours
from bench.mapping_service import GROUP, opened_mapper
from bench.result import Result
from bench.rounds import interleaved
from bench.servers import BenchServers, database
from bench.size import Size
from bench.topics import make_topics
from eventstore.store import EventStore
from eventstore.wakeups import Wakeup, subscribe_group
from mapper.app import MapperService
from relay.leader import Route
from runtime import kafka
from runtime.publisher import open_publisher

_PAGE: Final = 1000
_LIMIT_S: Final = 120.0


@dataclass
class Clocked:
    """The service's handler, timed from the end of the first batch to the end of the last."""

    service: MapperService
    count: int
    handled: int = 0
    first: int = 0
    began: float = 0.0
    ended: float = 0.0
    batches: int = 0
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def on_records(self, wakeups: Sequence[Wakeup]) -> None:
        """As the service does."""
        await self.service.on_records(wakeups)
        self.handled += len(wakeups)
        self.batches += 1
        self.ended = time.perf_counter()
        if not self.began:
            self.first, self.began = self.handled, self.ended
        if self.handled >= self.count:
            self.done.set()

    @property
    def rate(self) -> float:
        """Orders a second after the first batch."""
        return (self.handled - self.first) / (self.ended - self.began)


async def run(servers: BenchServers, size: Size) -> tuple[Result, dict[str, Any]]:
    """Measure orders a second from Kafka to acknowledged."""
    await servers.make_room()

    async def turn() -> float:
        async with database(servers.postgres) as of, opened_mapper(of) as (store, service):
            prefix = f"b{secrets.token_hex(4)}-"
            await make_topics(servers.kafka, prefix, (GROUP,))
            await _load(store, servers.kafka, prefix, size.hop_orders)
            return await _drain(service, servers.kafka, prefix, size.hop_orders)

    measured = await interleaved("hop", {"ours": turn}, size.rounds)
    async with database(servers.postgres) as of:
        counted = await counters.of_hop(of)
    figures: dict[str, float] = {"hop_orders_per_s": round(measured["ours"].median)}
    return Result("hop", {}, figures, counted), {"hop": measured["ours"].to_json()}


async def _load(store: EventStore, bootstrap: str, prefix: str, count: int) -> None:
    """The orders stand in the store and, as the relay sends them, in Kafka."""
    before = await store.head()
    await ours.append_orders(store, count)
    route = Route(prefix, "0", 0)
    async with open_publisher(bootstrap, client_id="bench") as publisher:
        position = before
        while page := await store.read_after(position, _PAGE):
            position = page[-1].position
            await publisher.send([route.to_message(recorded) for recorded in page])


async def _drain(service: MapperService, bootstrap: str, prefix: str, count: int) -> float:
    clocked = Clocked(service, count)
    connection = kafka.connect(bootstrap, client_id="bench", registry=CollectorRegistry())
    subscribe_group(connection, GROUP, clocked.on_records, topic_prefix=prefix)
    consuming = asyncio.create_task(kafka.consume(connection))
    try:
        async with asyncio.timeout(_LIMIT_S):
            await clocked.done.wait()
    finally:
        consuming.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await consuming
    return clocked.rate
