"""status-tracker: OrderFetched in; deliveries, cancellations, corrections out and into Shopify."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry

from connections.backpressure import Lag, lag_of
from connections.opening import open_budgeted, open_pool, vault_on
from connections.shop_book import ShopBook
from eventstore.journal import Journal
from eventstore.marks import Marks
from eventstore.missed import Missed, MissedMetrics, Names
from eventstore.postgres import connect
from eventstore.store import EventStore
from eventstore.tables import PostgresMarks
from eventstore.wakeups import serve_group
from jobs.budget_stores import PostgresBudget
from jobs.interface import JobStore
from jobs.owner import OpenOwner, open_owner
from jobs.postgres import PostgresJobs
from jobs.worker import Perform, run_worker
from ordersync_contracts.envelope import Recorded
from runtime import logs
from runtime.clock import Clocks, boottime
from runtime.keep_running import every, kept_running
from runtime.metrics import new_registry
from runtime.randomness import Chance, NewId, system_chance, system_id
from runtime.service import Service
from runtime.settings import load_or_exit
from shopify.calls import Calls
from shopify_jobs.buyers import Buyers
from shopify_jobs.doubts import Doubts
from shopify_jobs.known import OrderStreams
from shopify_jobs.pauses import Pauses
from shopify_jobs.retries import Retries
from status_tracker.apply import Applier
from status_tracker.calls import Caller
from status_tracker.domain import is_answered
from status_tracker.intake import KINDS, Intake
from status_tracker.settings import TrackerSettings
from vault.interface import Vault

SOURCE: Final = "status-tracker"


@dataclass(frozen=True, slots=True)
class Connections:
    """What the service works with; each may be a double."""

    store: EventStore
    vault: Vault
    shopify: Calls
    job_store: JobStore
    open_owner: OpenOwner
    marks: Marks
    lag: Lag


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerService(Service):
    """``perform`` carries out one job of ``kinds``, for whoever steps the service."""

    perform: Perform
    kinds: tuple[str, ...] = KINDS


def build(
    connections: Connections,
    settings: TrackerSettings,
    clocks: Clocks,
    new_id: NewId,
    chance: Chance,
    registry: CollectorRegistry,
) -> TrackerService:
    """The whole service, given its connections."""
    journal = Journal(connections.store, SOURCE, clocks.wall)
    intake = Intake(journal, ShopBook(connections.store), connections.job_store)
    streams = OrderStreams(journal)
    caller = Caller(
        streams=streams,
        pauses=Pauses(journal),
        shopify=connections.shopify,
        job_store=connections.job_store,
        doubts=Doubts.by(settings),
        retries=Retries(settings.waits, chance),
        clock=clocks.wall,
    )
    perform = Applier(streams, caller, Buyers(connections.vault)).perform
    work = partial(
        run_worker,
        connections.job_store,
        connections.open_owner,
        KINDS,
        perform,
        settings=settings.worker,
        clocks=clocks,
        new_id=new_id,
        chance=chance,
    )
    missed = Missed(
        SOURCE,
        connections.store,
        connections.marks,
        intake.on_records,
        unanswered,
        lag=connections.lag,
        clock=clocks.wall,
        chance=chance,
        metrics=MissedMetrics(registry),
        times=settings.missed,
    )
    runs = {"missed": every(settings.missed_interval_s, missed.round)}
    return TrackerService(
        tasks={**kept_running(runs, clocks, chance), "work": work},
        rounds={"missed": missed.round},
        on_records=missed.on_records,
        perform=perform,
    )


async def unanswered(recorded: Sequence[Recorded], names: Names) -> Sequence[Recorded]:
    """Those on which the status-tracker may not have decided yet."""
    return [each for each in recorded if not is_answered(names[each.stream], each.version)]


async def main() -> int:
    """Run the status-tracker until asked to stop."""
    settings = load_or_exit(TrackerSettings)
    logs.configure(SOURCE, settings.log_level)
    dsn = settings.database_url.get_secret_value()
    clocks, registry = Clocks(), new_registry()
    async with (
        connect(dsn) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_budgeted(settings, pool, PostgresBudget(pool, system_id())) as shopify,
    ):
        connections = Connections(
            store,
            vault_on(pool, settings),
            shopify,
            PostgresJobs(pool, clocks.wall),
            partial(open_owner, dsn, clock=boottime),
            PostgresMarks(pool),
            lag_of(settings, [SOURCE]),
        )
        service = build(connections, settings, clocks, system_id, system_chance, registry)
        return await serve_group(service, SOURCE, settings, registry)
