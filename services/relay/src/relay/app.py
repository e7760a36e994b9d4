"""relay: the event store in, Kafka out. One process leads, the others stand by."""

import asyncio
import contextlib
from typing import Final

import structlog

from eventstore import EventStore
from eventstore.postgres import connect
from relay.leader import Leader, Route
from relay.metrics import Metrics
from relay.settings import RelaySettings
from relay.tables import Checkpoint, Deposed, open_checkpoint
from runtime import logs
from runtime.clock import utc_now
from runtime.keep_running import keep_running
from runtime.metrics import new_registry
from runtime.publisher import open_publisher
from runtime.service import serve
from runtime.session import Session, SessionTimes, open_session
from runtime.settings import load_or_exit

log = structlog.get_logger()
LOCK_SPACE: Final = 7308
LOCK: Final = "relay"
_STANDBY_S: Final = 1.0
_MEASURE_S: Final = 5.0


def build(
    store: EventStore,
    checkpoint: Checkpoint,
    route: Route,
    metrics: Metrics,
    settings: RelaySettings,
) -> Leader:
    """The whole relay, given its connections."""
    return Leader(
        store,
        checkpoint,
        lambda: open_publisher(settings.kafka_bootstrap, client_id="relay"),
        route,
        metrics,
        page=settings.page,
        poll_interval_s=settings.poll_interval_s,
        gather_s=settings.gather_s,
    )


async def lead_once(dsn: str, leader: Leader, metrics: Metrics, times: SessionTimes) -> None:
    """Stand by until the lock is free, then lead until something fails."""
    async with open_session(dsn, times=times) as session:
        await _until_leader(session)
        log.info("relay.leading")
        metrics.leads(leading=True)
        try:
            await leader.lead(session.lease)
        finally:
            metrics.leads(leading=False)


async def _until_leader(session: Session) -> None:
    while not await session.try_lock(LOCK_SPACE, LOCK):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STANDBY_S):
                await session.lost.wait()


async def measure(store: EventStore, checkpoint: Checkpoint, metrics: Metrics) -> None:
    """Tell the metrics every few seconds how far behind Kafka is."""
    while True:
        published_to = await checkpoint.position()
        metrics.measured(await store.head(), published_to)
        await asyncio.sleep(_MEASURE_S)


async def main() -> int:
    """Run the relay until asked to stop."""
    settings = load_or_exit(RelaySettings)
    logs.configure("relay", settings.log_level)
    dsn = settings.database_url.get_secret_value()
    registry = new_registry()
    metrics = Metrics(registry, utc_now)
    async with (
        connect(dsn, listen=True) as store,
        open_checkpoint(dsn) as checkpoint,
    ):
        shard, epoch = await store.identity()
        route = Route(settings.topic_prefix, shard, epoch)
        leader = build(store, checkpoint, route, metrics, settings)
        return await serve(
            settings,
            {
                "lead": lambda: keep_running(
                    "lead",
                    lambda: lead_once(dsn, leader, metrics, settings.session_times),
                    also=(Deposed,),
                ),
                "measure": lambda: keep_running(
                    "measure", lambda: measure(store, checkpoint, metrics)
                ),
            },
            registry=registry,
        )
