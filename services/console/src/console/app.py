"""console: the pages, and the rows they show, kept up to date."""

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog
from prometheus_client import CollectorRegistry, Gauge

from connections.backpressure import Backlog, Backpressure, Lag, lag_of
from connections.opening import bulk_backlog, open_pool
from connections.shop_book import ShopBook
from console import projection, tables
from console.backend import SOURCE, Backend
from console.orders.bulk import BulkSyncs
from console.orders.bulk_runs import BulkRuns
from console.rows import Rows
from console.settings import ConsoleSettings
from console.tables.bulk_runs import PostgresBulkRuns
from console.web.app import pages
from eventstore.postgres import connect
from eventstore.store import EventStore
from runtime import logs
from runtime.clock import Clocks
from runtime.health import Check
from runtime.keep_running import Run, every, kept_running
from runtime.metrics import new_registry
from runtime.randomness import Chance, NewId, system_chance, system_id
from runtime.service import Service, serve
from runtime.serving import answer_on, listen
from runtime.settings import load_or_exit

log = structlog.get_logger()
_TOO_FAR_BEHIND: Final = 100_000


@dataclass(frozen=True, slots=True)
class Connections:
    """What ``main`` opened: ``lag`` asks the consumer groups, ``backlog`` a store's bulk lane."""

    store: EventStore
    rows: Rows
    lag: Lag
    backlog: Backlog
    bulk_runs: BulkRuns


@dataclass(frozen=True, slots=True, kw_only=True)
class Console(Service):
    """The whole console, and the bulk syncs that it carries out."""

    bulk: BulkSyncs


def build(
    connections: Connections,
    settings: ConsoleSettings,
    clocks: Clocks,
    new_id: NewId,
    chance: Chance,
    registry: CollectorRegistry,
) -> Console:
    """The whole console; ``endpoints["pages"]`` is what browsers talk to."""
    store, rows = connections.store, connections.rows
    backend = Backend(store, rows, ShopBook(store), clocks, SOURCE, new_id)
    backpressure = Backpressure(
        connections.lag,
        connections.backlog,
        clocks.monotonic,
        ask_every_s=0.0,
    )
    bulk = BulkSyncs(backend, backpressure, connections.bulk_runs, settings.bulk_poll_s)
    follow = partial(projection.follow, store, rows, settings.rows_poll_s)
    retry = _retry(store, rows, registry)
    runs: dict[str, Run] = {
        "project": follow,
        "retry-rows": every(settings.rows_retry_s, retry),
        "bulk": bulk.work,
    }
    return Console(
        rounds={"project": partial(projection.catch_up, store, rows), "retry-rows": retry},
        tasks=kept_running(runs, clocks, chance),
        endpoints={"pages": pages(backend, bulk)},
        readiness={"rows": _up_to_date(store, rows)},
        bulk=bulk,
    )


def _retry(store: EventStore, rows: Rows, registry: CollectorRegistry) -> Run:
    """Tries what could not be shown again, and counts what still cannot be."""
    unshown = Gauge(
        "console_streams_not_shown", "Streams whose row could not be written.", registry=registry
    )

    async def retry() -> None:
        unshown.set(await projection.try_again(store, rows))

    return retry


async def main() -> int:
    """Run the console until asked to stop."""
    settings = load_or_exit(ConsoleSettings)
    logs.configure(SOURCE, settings.log_level)
    dsn = settings.database_url.get_secret_value()
    listening = listen(settings.console_host, settings.console_port, "CONSOLE_PORT")
    registry = new_registry()
    async with (
        connect(dsn, listen=True) as store,
        tables.connect(dsn) as rows,
        open_pool(settings, name=SOURCE, max_connections=2) as pool,
    ):
        lag = lag_of(settings, replayed=True)
        connections = Connections(store, rows, lag, bulk_backlog(pool), PostgresBulkRuns(pool))
        service = build(connections, settings, Clocks(), system_id, system_chance, registry)
        host, port = listening.getsockname()[:2]
        log.info("console.listening", host=host, port=port)
        return await serve(
            settings,
            {"pages": lambda: answer_on(listening, service.endpoints["pages"]), **service.tasks},
            readiness=service.readiness,
            registry=registry,
        )


def _up_to_date(store: EventStore, rows: Rows) -> Check:
    async def check() -> str | None:
        head, position = await asyncio.gather(store.head(), rows.position())
        behind = head - position
        return f"the rows are {behind} events behind" if behind > _TOO_FAR_BEHIND else None

    return check
