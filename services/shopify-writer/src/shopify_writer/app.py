"""shopify-writer: ShopifyOrderDraft in, ShopifyOrderCreated out, exactly once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from prometheus_client import CollectorRegistry

from connections.backpressure import Lag, lag_of
from connections.budgeted import BudgetedShopify
from connections.opening import digest_key, open_budgeted, open_pool, vault_on
from connections.probing import Probing
from connections.shop_book import ShopBook
from eventstore.journal import Journal
from eventstore.marks import Marks
from eventstore.missed import Missed, MissedMetrics
from eventstore.postgres import connect
from eventstore.store import EventStore
from eventstore.tables import PostgresMarks
from eventstore.wakeups import Wakeup, serve_group
from inbox.interface import Inbox
from inbox.postgres import PostgresInbox
from jobs.budget import Budget
from jobs.budget_stores import PostgresBudget
from jobs.interface import JobStore
from jobs.owner import OpenOwner, open_owner
from jobs.postgres import PostgresJobs
from jobs.worker import Perform, run_worker
from ordersync_contracts.events import ShopifyOrderCreated
from runtime import logs
from runtime.clock import Clocks, boottime
from runtime.keep_running import Run, every, kept_running
from runtime.metrics import new_registry
from runtime.randomness import Chance, NewId, system_chance, system_id
from runtime.service import Handle, Round, Service, webhooks_task
from runtime.settings import load_or_exit
from shopify.webhooks import Webhook
from shopify_jobs.admission import Admission
from shopify_jobs.buyers import Buyers
from shopify_jobs.doubts import Doubts
from shopify_jobs.known import OrderStreams
from shopify_jobs.pauses import SIDE, Pauses
from shopify_jobs.retries import Retries
from shopify_writer.adoption.adopt_first import AdoptFirst
from shopify_writer.adoption.kept_orders import KeptOrders
from shopify_writer.adoption.scan import Scanning
from shopify_writer.adoption.scans import AdoptionScans
from shopify_writer.creation.attempt import Writer
from shopify_writer.creation.intake import Intake
from shopify_writer.creation.once import CALLS
from shopify_writer.domain import CREATE_ORDER, SOURCE
from shopify_writer.hourly import looks
from shopify_writer.pause_metrics import PauseMetrics
from shopify_writer.readback.checkpoints import CheckpointedReadBack, Checkpoints
from shopify_writer.readback.read_back import ReadBack
from shopify_writer.reconciliation.listing import Listing
from shopify_writer.reconciliation.turns import Turns
from shopify_writer.settings import WriterSettings
from shopify_writer.store_recovery import StoreRecovery
from shopify_writer.tables import PostgresCheckpoints, PostgresKeptOrders, PostgresTurns
from shopify_writer.unanswered import Asking
from shopify_writer.webhooks.actions import WebhookActions
from shopify_writer.webhooks.endpoint import PATH, endpoints
from shopify_writer.webhooks.erasing import Erasing
from shopify_writer.webhooks.inbox import LAYOUT
from shopify_writer.webhooks.metrics import WebhookMetrics
from shopify_writer.webhooks.worker import webhook_worker
from vault.interface import Vault

KINDS: Final = (CREATE_ORDER,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """What the service is connected to; every one may be a double."""

    store: EventStore
    vault: Vault
    shopify: BudgetedShopify
    job_store: JobStore
    budget: Budget
    open_owner: OpenOwner
    kept_orders: KeptOrders
    checkpoints: Checkpoints
    turns: Turns
    inbox: Inbox[Webhook]
    marks: Marks
    lag: Lag


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterService(Service):
    """The whole shopify-writer; ``perform`` carries out one job of ``kinds``."""

    on_records: Handle
    perform: Perform
    kinds: tuple[str, ...] = KINDS


def build(
    connections: Connections,
    settings: WriterSettings,
    clocks: Clocks,
    new_id: NewId,
    chance: Chance,
    registry: CollectorRegistry,
) -> WriterService:
    """The whole service, given its connections."""
    shopify, job_store, beats = connections.shopify, connections.job_store, settings.beats
    journal, shops = Journal(connections.store, SOURCE, clocks.wall), ShopBook(connections.store)
    pauses, metrics = Pauses(journal), WebhookMetrics(registry)
    probing = Probing(SIDE, settings.waits, clocks.wall, chance, at_once=True)
    recovery = StoreRecovery(pauses, shops, shopify, job_store, probing, PauseMetrics(registry))
    asking = Asking(settings.waits.page, chance, clocks.sleep)
    scanning, kept = Scanning(shopify, asking), connections.kept_orders
    scans = AdoptionScans(journal, shops, scanning, kept, beats.adoption)
    read_back = ReadBack(journal, shopify, beats.read_back, settings.waits.read_back, chance)
    erasing = Erasing(journal, connections.vault)
    actions = WebhookActions(journal, shops, shopify, pauses, erasing, metrics)
    webhooks = webhook_worker(connections.inbox, actions, settings, clocks, chance)
    reading = CheckpointedReadBack(read_back, connections.checkpoints, journal, new_id())
    intake = Intake(job_store, recovery, clocks.wall)

    async def on_records(wakeups: Sequence[Wakeup]) -> None:
        await scans.on_records(wakeups)
        await intake.on_records(wakeups)

    missed = Missed(
        SOURCE,
        connections.store,
        connections.marks,
        on_records,
        intake.without_job,
        lag=connections.lag,
        clock=clocks.wall,
        chance=chance,
        metrics=MissedMetrics(registry),
        times=settings.missed,
        shows=False,
    )
    reads, turns = Listing(shopify, asking), connections.turns
    hourly = looks(journal, shops, reads, turns, settings, metrics, registry)
    runs: dict[str, Run] = {
        "recover": every(beats.stores, recovery.round),
        "adopt": scans.run,
        "carry-out": webhooks.run,
        "read-back": reading.run,
        **{name: every(beats.reconciliation, look) for name, look in hourly.items()},
        "missed": every(settings.missed_interval_s, missed.round),
    }
    rounds: dict[str, Round] = {
        "recover": recovery.round,
        "adopt": scans.round,
        "carry-out": webhooks.round,
        "read-back": reading.round,
        **hourly,
        "missed": missed.round,
    }
    perform = _perform(connections, settings, journal, clocks, pauses, chance, read_back.note)
    work = partial(
        run_worker,
        job_store,
        connections.open_owner,
        KINDS,
        perform,
        settings=settings.worker,
        clocks=clocks,
        new_id=new_id,
        chance=chance,
    )
    return WriterService(
        on_records=missed.on_records,
        perform=perform,
        rounds=rounds,
        tasks={**kept_running(runs, clocks, chance), "work": work},
        endpoints=endpoints(connections.inbox, webhooks.arrived, settings, clocks.wall, metrics),
    )


def _perform(
    connections: Connections,
    settings: WriterSettings,
    journal: Journal,
    clocks: Clocks,
    pauses: Pauses,
    chance: Chance,
    on_created: Callable[[ShopifyOrderCreated, str], None],
) -> Perform:
    """From inside: the protocol, adopted orders before it, the store's budget before both."""
    shopify, clock, kept = connections.shopify, clocks.wall, connections.kept_orders
    writer = Writer(
        orders=OrderStreams(journal),
        buyers=Buyers(connections.vault),
        shopify=shopify,
        pauses=pauses,
        job_store=connections.job_store,
        doubts=Doubts.by(settings),
        retries=Retries(settings.waits, chance),
        clock=clock,
        boot=clocks.boot,
        digest_key=digest_key(settings),
        on_created=on_created,
    )
    first = AdoptFirst(writer.perform, journal, shopify, kept, settings.waits.unanswered)
    return Admission(first.perform, CALLS, shopify, connections.budget, clock, chance).perform


async def main() -> int:
    """Run the shopify-writer until asked to stop."""
    settings = load_or_exit(WriterSettings)
    logs.configure(SOURCE, settings.log_level)
    dsn, clocks = settings.database_url.get_secret_value(), Clocks()
    async with (
        connect(dsn) as store,
        open_pool(settings, name=SOURCE) as pool,
        open_budgeted(settings, pool, budget := PostgresBudget(pool, system_id())) as shopify,
    ):
        connections = Connections(
            store=store,
            vault=vault_on(pool, settings),
            shopify=shopify,
            job_store=PostgresJobs(pool, clocks.wall),
            budget=budget,
            open_owner=partial(open_owner, dsn, clock=boottime),
            kept_orders=PostgresKeptOrders(pool),
            checkpoints=PostgresCheckpoints(pool),
            turns=PostgresTurns(pool),
            inbox=PostgresInbox(pool, LAYOUT),
            marks=PostgresMarks(pool),
            lag=lag_of(settings, [SOURCE]),
        )
        registry = new_registry()
        service = build(connections, settings, clocks, system_id, system_chance, registry)
        host, port = settings.shopify_webhook_host, settings.shopify_webhook_port
        webhooks = webhooks_task(service, host, port, "SHOPIFY_WEBHOOK_PORT", PATH)
        return await serve_group(service, SOURCE, settings, registry, also=webhooks)
