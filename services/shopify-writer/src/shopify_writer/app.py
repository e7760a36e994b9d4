"""shopify-writer: ShopifyOrderDraft in, ShopifyOrderCreated out, exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

from prometheus_client import CollectorRegistry

from connections.opening import open_budgeted, open_pool, vault_on
from connections.shop_book import ShopBook
from eventstore.journal import Journal
from eventstore.postgres import connect
from eventstore.wakeups import Wakeup, serve_group
from inbox.postgres import PostgresInbox
from jobs.budget_stores import PostgresBudget
from jobs.owner import open_owner
from jobs.postgres import PostgresJobs
from jobs.worker import Perform, run_worker
from runtime import logs
from runtime.clock import Clocks, boottime
from runtime.keep_running import kept_running
from runtime.metrics import new_registry
from runtime.randomness import Chance, NewId, system_chance, system_id
from runtime.service import Handle, Service, Task, webhooks_task
from runtime.settings import load_or_exit
from shopify_jobs.pauses import Pauses
from shopify_writer.creation.intake import CREATE_ORDER, Intake
from shopify_writer.domain import SOURCE
from shopify_writer.parts import Connections, Parts
from shopify_writer.readback.checkpoints import CheckpointedReadBack
from shopify_writer.readback.read_back import ReadBack
from shopify_writer.settings import WriterSettings
from shopify_writer.tables import PostgresCheckpoints, PostgresKeptOrders, PostgresTurns
from shopify_writer.webhooks.endpoint import PATH
from shopify_writer.webhooks.inbox import LAYOUT
from shopify_writer.webhooks.metrics import WebhookMetrics

__all__ = ["Connections", "WriterService", "build", "main"]

KINDS: Final = (CREATE_ORDER,)


class Repeating(Protocol):
    """What the service does by itself, again and again."""

    async def run(self) -> None:
        """For ever."""

    async def round(self) -> object:
        """Once."""


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
    journal = Journal(connections.store, SOURCE, clocks.wall)
    parts = Parts(
        connected=connections,
        settings=settings,
        clocks=clocks,
        chance=chance,
        journal=journal,
        shops=ShopBook(connections.store),
        pauses=Pauses(journal),
    )
    read_back = ReadBack(journal, connections.shopify, settings.beats.read_back)
    recovery, scans, metrics = parts.recovery(), parts.scans(), WebhookMetrics(registry)
    webhooks = parts.webhooks(metrics)
    repeating: dict[str, Repeating] = {
        "recover": recovery,
        "adopt": scans,
        "carry-out": webhooks,
        "read-back": CheckpointedReadBack(read_back, connections.checkpoints, journal, new_id()),
    }
    if settings.reconcile_stores_every_s:
        repeating["reconcile"] = parts.reconciling(registry)
    runs = {name: part.run for name, part in repeating.items()}
    intake = Intake(connections.job_store, recovery, clocks.wall)
    perform = parts.perform(read_back.note)
    return WriterService(
        on_records=_in_turn(scans.on_records, intake.on_records),
        perform=perform,
        rounds={name: part.round for name, part in repeating.items()},
        tasks={**kept_running(runs, clocks, chance), "work": _work(perform, parts, new_id)},
        endpoints=parts.endpoints(webhooks, metrics),
    )


def _in_turn(*handles: Handle) -> Handle:
    async def on_records(wakeups: Sequence[Wakeup]) -> None:
        for handle in handles:
            await handle(wakeups)

    return on_records


def _work(perform: Perform, parts: Parts, new_id: NewId) -> Task:
    connected = parts.connected
    return partial(
        run_worker,
        connected.job_store,
        connected.open_owner,
        KINDS,
        perform,
        settings=parts.settings.worker,
        clocks=parts.clocks,
        new_id=new_id,
        chance=parts.chance,
    )


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
        )
        registry = new_registry()
        service = build(connections, settings, clocks, system_id, system_chance, registry)
        host, port = settings.shopify_webhook_host, settings.shopify_webhook_port
        webhooks = webhooks_task(service, host, port, "SHOPIFY_WEBHOOK_PORT", PATH)
        return await serve_group(service, SOURCE, settings, registry, also=webhooks)
