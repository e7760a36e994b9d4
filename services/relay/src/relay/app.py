"""relay: the event store in, Kafka out. One process leads, the others stand by."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from prometheus_client import CollectorRegistry

from eventstore.postgres import connect
from eventstore.store import EventStore
from relay.checkpoint import Checkpoint, Deposed
from relay.leader import Leader, OpenPublisher, Route
from relay.metrics import Metrics
from relay.settings import RelaySettings
from relay.tables import open_checkpoint
from runtime import logs
from runtime.clock import Clocks, boottime
from runtime.keep_running import Run, every, kept_running
from runtime.metrics import new_registry
from runtime.publisher import open_publisher
from runtime.randomness import Chance, NewId, system_chance, system_id
from runtime.service import Service, serve
from runtime.session import OpenSession, Session, open_session
from runtime.settings import load_or_exit
from runtime.turns import is_set_within

log = structlog.get_logger()
LOCK_SPACE: Final = 7308
LOCK: Final = "relay"


@dataclass(frozen=True, slots=True)
class Connections:
    """What the relay is connected to; ``route`` names the store and the topics."""

    store: EventStore
    checkpoint: Checkpoint
    open_session: OpenSession
    open_publisher: OpenPublisher
    route: Route


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayService(Service):
    """The service, and whoever publishes once this process leads."""

    leader: Leader


def build(
    connections: Connections,
    settings: RelaySettings,
    clocks: Clocks,
    _new_id: NewId,
    chance: Chance,
    registry: CollectorRegistry,
) -> RelayService:
    """The whole service, given its connections."""
    store, checkpoint = connections.store, connections.checkpoint
    metrics = Metrics(registry, clocks.wall)
    leader = Leader(
        store,
        checkpoint,
        connections.open_publisher,
        connections.route,
        metrics,
        page=settings.page,
        poll_interval_s=settings.poll_interval_s,
        gather_s=settings.gather_s,
    )
    runs: dict[str, Run] = {
        "lead": partial(
            _lead_once, connections.open_session, leader, metrics, settings.standby_interval_s
        ),
        "measure": every(
            settings.measure_interval_s, partial(_measure, store, checkpoint, metrics)
        ),
    }
    tasks = kept_running(runs, clocks, chance, also=(Deposed,))
    return RelayService(tasks=tasks, leader=leader)


async def _lead_once(
    open_session: OpenSession, leader: Leader, metrics: Metrics, standby_s: float
) -> None:
    """Stand by until the lock is free, then lead until something fails."""
    async with open_session() as session:
        await _until_leader(session, standby_s)
        log.info("relay.leading")
        metrics.leads(leading=True)
        try:
            await leader.lead(session.lease)
        finally:
            metrics.leads(leading=False)


async def _until_leader(session: Session, standby_s: float) -> None:
    while not await session.try_lock(LOCK_SPACE, LOCK):
        await is_set_within(session.lost, standby_s)


async def _measure(store: EventStore, checkpoint: Checkpoint, metrics: Metrics) -> None:
    """Tell the metrics how far behind Kafka is."""
    published_to = await checkpoint.position()
    metrics.measured(await store.head(), published_to, await checkpoint.count_aside())


async def main() -> int:
    """Run the relay until asked to stop."""
    settings = load_or_exit(RelaySettings)
    logs.configure("relay", settings.log_level)
    dsn = settings.database_url.get_secret_value()
    registry = new_registry()
    async with connect(dsn, listen=True) as store, open_checkpoint(dsn) as checkpoint:
        connections = Connections(
            store,
            checkpoint,
            partial(open_session, dsn, times=settings.session_times, clock=boottime),
            partial(open_publisher, settings.kafka_bootstrap, client_id="relay"),
            Route(settings.topic_prefix, *await store.identity()),
        )
        service = build(connections, settings, Clocks(), system_id, system_chance, registry)
        return await serve(settings, service.tasks, registry=registry)
